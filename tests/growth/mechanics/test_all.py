"""What holds of every mechanic, whatever people do: words for what is said, a state that is JSON, a bounded cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.growth.campaigns import forms
from siyu.growth.campaigns.mechanic import MECHANICS, Act, Grant, Mechanic, Refused, Step
from siyu.growth.mechanics.bargain import model as bargain
from siyu.growth.mechanics.check_in import model as check_in
from siyu.growth.mechanics.commission import model as commission
from siyu.growth.mechanics.crowd import model as crowd
from siyu.growth.mechanics.free import model as free
from siyu.growth.mechanics.group_buy import model as group_buy
from siyu.growth.mechanics.group_packet import model as group_packet
from siyu.growth.mechanics.help import model as helping
from siyu.growth.mechanics.invite import model as inviting
from siyu.growth.mechanics.lottery import model as lottery
from siyu.growth.mechanics.red_packet import model as red_packet
from tests.examples import examples
from tests.growth.mechanics.acting import NOON, STARTER, act

PRIZES = (
    lottery.Prize(name="面膜", odds=300_000, stock=1, value_cents=9_900),
    lottery.Prize(name="红包", odds=500_000, stock=9, value_cents=88, kind="money", amount=88),
)
RULES: Mapping[str, msgspec.Struct] = {
    "invite": inviting.Rules(rungs=(inviting.Rung(friends=2, title="杯子"),)),
    "help": helping.Rules(title="杯子"),
    "red_packet": red_packet.Rules(parts=4),
    "lottery": lottery.Rules(prizes=PRIZES, draws=2, friend_draws=2),
    "bargain": bargain.Rules(product="杯子", price_cents=9_900, partial=True),
    "group_buy": group_buy.Rules(product="礼盒", alone_cents=9_900, price_cents=5_900, pay_first=True),
    "check_in": check_in.Rules(
        rungs=(check_in.Rung(days=2, title="贴纸"), check_in.Rung(days=4, title="杯子")), days=6, friend_make_ups=1
    ),
    "free": free.Rules(product="试用装", friend_gift="小样"),
    "crowd": crowd.Rules(rungs=(crowd.Rung(people=3, title="券"), crowd.Rung(people=5, title="礼"))),
    "commission": commission.Rules(),
    "group_packet": group_packet.Rules(people=4, parts=3, total_cents=1_000),
}
ACTS = st.lists(
    st.tuples(st.integers(1, 7), st.sampled_from(["help", "draw", "make_up"]), st.booleans(), st.integers(0, 30)),
    max_size=25,
)


def test_every_mechanic_is_played_here() -> None:
    assert set(RULES) == set(MECHANICS)


@pytest.mark.parametrize("name", RULES)
def test_its_rules_are_a_form_and_pass_their_own_check(name: str) -> None:
    rules, mechanic = RULES[name], MECHANICS[name]
    assert forms.read(mechanic.rules, forms.filled(rules)) == rules
    assert all(each.words[0] != each.name for each in forms.fields_of(mechanic.rules)), "every field has words"
    assert not [found for found in mechanic.check(rules) if found.severity == "stop"]


def _tried(mechanic: Mechanic[Any, Any], rules: msgspec.Struct, state: msgspec.Struct, doing: Act) -> Step[Any]:
    """What comes of it; what is refused changes nothing, and says why."""
    mechanic.turn(rules, state, doing)
    try:
        return mechanic.contribute(rules, state, doing)
    except Refused as refused:
        return Step(state, said=str(refused))


@pytest.mark.parametrize("name", RULES)
@examples(25)
@given(acts=ACTS, gone=st.booleans())
def test_whatever_people_do(name: str, acts: list[tuple[int, str, bool, int]], gone: bool) -> None:
    mechanic: Mechanic[Any, Any] = MECHANICS[name]
    rules, granted = RULES[name], list[Grant]()
    step = mechanic.start(rules, act(kind="open"))
    for person, kind, new, hours in [*acts, (0, "", False, 0)]:
        granted += step.grants
        assert step.said in mechanic.said
        state = msgspec.json.decode(msgspec.json.encode(step.state), type=mechanic.state)
        assert state == step.state
        if gone and mechanic.short is not None and step.grants:
            mechanic.short(rules, state, step.grants[-1])
        if step.done or not person:
            break
        doing = act(person, kind, NOON + timedelta(hours=hours), new=new, order=f"no-{person}", paid_cents="5900")
        step = _tried(mechanic, rules, state, doing)
        have, need = mechanic.need(rules, step.state)
        assert have >= 0
        assert need >= 0
    if not step.done:
        end = mechanic.expire(rules, step.state, NOON + timedelta(days=30))
        granted += end.grants
        assert end.done
        assert end.said in mechanic.said
    assert max(Counter(grant.rung for grant in granted).values(), default=1) == 1, "a rung is granted once"
    cost = Counter[str]()
    for grant in granted:
        cost[grant.kind] += grant.amount
        assert grant.amount > 0
        assert grant.person in {STARTER, *(person for person, *_ in acts)}
    assert all(amount <= mechanic.costs(rules).get(kind, 0) for kind, amount in cost.items())
