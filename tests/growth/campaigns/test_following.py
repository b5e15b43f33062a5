"""What a friend has to do first: followed in the news, counted once, also of who is known only later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.channels.platform.news import News, tell
from siyu.growth.campaigns import following, keeping, reading, settling
from siyu.growth.campaigns.model import Campaign, Only
from siyu.growth.campaigns.settling import Did
from siyu.growth.campaigns.tables import contributions
from siyu.growth.codes import links
from siyu.growth.codes.tables import code_targets, live_codes
from siyu.growth.visitors import devices
from siyu.growth.visitors.anonymous import person_for
from siyu.growth.visitors.recognising import recognise
from siyu.growth.ways.tables import wecom_ways
from siyu.jobs import run_due
from siyu.jobs.turns import run_until_empty
from siyu.people import families, merges
from siyu.people.drain import Drain
from siyu.people.tables import people
from siyu.storage import BadInput, ManualClock, Stores
from tests.growth.campaigns.playing import granted, play, some_people, started, wanted
from tests.people.calls import drained, track

SHOP = "https://shop.example.com/"


@pytest.fixture(autouse=True)
def bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "_told", [following.joined])


def wait(stores: Stores, **time: float) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(**time))


def opened(stores: Stores, campaign: Campaign, person: int) -> str:
    effort = play(stores, campaign, person).effort
    assert effort is not None
    return effort.slug


def did(stores: Stores, person: int, ask: str = "order", **more: Any) -> Did:
    told: dict[str, Any] = {"mark": f"m{person}"} | more
    return Did(person, ask, stores.clock.now(), **told)


def stages(stores: Stores) -> list[tuple[int, str, str]]:
    with stores.ledger.read() as conn:
        query = sa.select(contributions.c.person, contributions.c.stage, contributions.c.why)
        return [(row.person, row.stage, row.why) for row in conn.execute(query.order_by(contributions.c.id))]


def a_code(stores: Stores, slug: str, state: str, link: str = "") -> int:
    """A live code with a code at WeCom behind it, or a link."""
    now = stores.clock.now()
    same: dict[str, Any] = {"created": now, "changed": now, "by": "test", "name": slug}
    with stores.ledger.write() as conn:
        code = {"slug": slug, "kind": "staff", "mode": "turn", "stage": "live", **same}
        number = conn.execute(sa.insert(live_codes).values(code).returning(live_codes.c.id)).scalar_one()
        way = {"account": 1, "kind": "contact", "state": state, "stage": "live", "way": {}, "tags": [], **same}
        way = {name: value for name, value in way.items() if name in wecom_ways.c}
        made = None if link else conn.execute(sa.insert(wecom_ways).values(way).returning(wecom_ways.c.id)).scalar_one()
        target = {"code": number, "place": 1, "name": "a", "way": made, "link": link, "regions": [], "hours": []}
        conn.execute(sa.insert(code_targets).values(target))
    return number


def test_one_order_counts_once_however_often_it_is_told_and_whatever_waits(each_stores: Stores) -> None:
    one, two, friend = some_people(each_stores, 3)
    campaign = started(each_stores, "help", rules={"helpers": 1, "title": "杯子"}, ask="order", door=SHOP)
    for starter in (one, two):
        assert play(each_stores, campaign, friend, opened(each_stores, campaign, starter)).state == "waits"
    told = [did(each_stores, friend, order="a1", mark=mark) for mark in ("m1", "m2")]
    assert settling.settle(each_stores, told) == 1
    assert settling.settle(each_stores, told) == 0
    assert granted(each_stores) == [(one, "杯子", "granted")]
    assert settling.settle(each_stores, [did(each_stores, friend, order="a2")]) == 1
    assert granted(each_stores) == [(one, "杯子", "granted"), (two, "杯子", "granted")]


def test_only_the_goods_and_amounts_that_it_asks_for_count(each_stores: Stores) -> None:
    starter, friend = some_people(each_stores, 2)
    only = Only(goods=["玫瑰面膜", " sku-7 "], least_cents=5_000)
    campaign = started(each_stores, ask="order", door=SHOP, only=only)
    play(each_stores, campaign, friend, opened(each_stores, campaign, starter))
    wrong = [
        did(each_stores, friend, order="a1", cents=9_900, goods={"sku-8", "洁面"}),
        did(each_stores, friend, order="a2", cents=4_999, goods={"sku-7"}),
        did(each_stores, friend, "add", cents=9_900, goods={"sku-7"}),
    ]
    assert settling.settle(each_stores, wrong) == 0
    assert settling.settle(each_stores, [did(each_stores, friend, order="a3", cents=5_000, goods={"sku-7"})]) == 1


def test_only_the_campaigns_own_code_counts(each_stores: Stores) -> None:
    starter, friend, other = some_people(each_stores, 3)
    drafted = keeping.draft(each_stores, "x", wanted(each_stores, ask="join", door="/c/shop", only=Only(by_door=True)))
    with pytest.raises(BadInput) as nothing_behind:
        keeping.start(each_stores, drafted.id)
    assert nothing_behind.value.field == "only.by_door"
    code = a_code(each_stores, "shop", "ours")
    a_code(each_stores, "else", "theirs")
    campaign = keeping.start(each_stores, drafted.id)
    slug = opened(each_stores, campaign, starter)
    for person in (friend, other):
        play(each_stores, campaign, person, slug)
    wrong = [did(each_stores, friend, "join", state=state) for state in ("", "theirs")]
    assert settling.settle(each_stores, wrong) == 0
    assert settling.settle(each_stores, [did(each_stores, friend, "join", state="ours")]) == 1
    by_link = did(each_stores, other, "join", state=f"code {code}")
    assert settling.settle(each_stores, [by_link]) == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"ask": "order", "door": SHOP, "only": Only(by_door=True)}, "only.by_door"),
        ({"ask": "add", "door": "/c/shop", "only": Only(goods=["x"])}, "only.goods"),
        ({"ask": "add", "door": "/c/shop", "only": Only(least_cents=1)}, "only.least_cents"),
    ],
)
def test_what_can_not_be_narrowed_is_said_before_it_starts(stores: Stores, more: dict[str, Any], field: str) -> None:
    drafted = keeping.draft(stores, "staff:1", wanted(stores, **more))
    assert [each.field for each in keeping.findings(stores, drafted.id) if each.severity == "stop"] == [field]


def test_who_turns_out_to_be_oneself_or_the_same_friend_does_not_count(each_stores: Stores) -> None:
    starter, friend = some_people(each_stores, 2)
    campaign = started(each_stores, rules={"helpers": 3, "title": "杯子"}, ask="order", door=SHOP)
    slug = opened(each_stores, campaign, starter)
    second, third = (person_for(each_stores, device) for device in ("d2", "d3"))
    for person in (friend, second, third):
        assert play(each_stores, campaign, person, slug).state == "waits"
    merges.merge(each_stores, "staff:1", starter, second)
    merges.merge(each_stores, "staff:1", friend, third)
    wait(each_stores, seconds=1)
    told = [did(each_stores, starter, order="a1"), *(did(each_stores, friend, order=each) for each in ("a2", "a3"))]
    settling.settle(each_stores, told)
    assert sorted(stages(each_stores)) == sorted(
        [(friend, "counted", "helped_now"), (second, "refused", "self"), (third, "refused", "helped_before")]
    )


def test_who_was_known_before_is_not_new_because_they_came_on_another_phone(each_stores: Stores) -> None:
    starter, old = some_people(each_stores, 2)
    wait(each_stores, seconds=1)
    campaign = started(each_stores, "invite", ask="order", door=SHOP)
    slug = opened(each_stores, campaign, starter)
    play(each_stores, campaign, person_for(each_stores, "phone"), slug)
    with each_stores.ledger.write() as conn:
        conn.execute(sa.update(people).where(people.c.person == old).values(attributes={}))
    merges.merge(each_stores, "staff:1", old, person_for(each_stores, "phone"))
    settling.settle(each_stores, [did(each_stores, old, order="a1")])
    assert [(stage, why) for _, stage, why in stages(each_stores)] == [("refused", "not_new")]


def test_what_an_unknown_friend_did_counts_once_they_are_known(stores: Stores) -> None:
    drained(stores, track("u1", "page_viewed", at=stores.clock.now()))
    campaign = started(stores, "help", rules={"helpers": 1, "title": "杯子"}, ask="order", door=SHOP)
    following.follow(stores)
    slug = opened(stores, campaign, 1)
    nobody = person_for(stores, "phone")
    assert play(stores, campaign, nobody, slug).state == "waits"
    wait(stores, minutes=1)
    bought = {"order_id": "a1", "total": 12}
    drained(stores, track("u2", "Order Completed", at=stores.clock.now(), properties=bought))
    while following.follow(stores):
        pass
    assert granted(stores) == [], "nobody knows that it was them"
    assert recognise(stores, "phone", (("user_id", "u2"),))
    run_due(stores)
    assert granted(stores) == [(1, "杯子", "granted")]
    effort = reading.effort_at(stores, slug)
    assert effort is not None
    assert effort.stage == "done"


def test_who_adds_an_adviser_by_the_link_of_their_phone_is_known_on_it(stores: Stores) -> None:
    code = a_code(stores, "shop", "way", link="https://work.weixin.qq.com/ca/abc")
    only = Only(by_door=True)
    campaign = started(stores, "help", rules={"helpers": 1, "title": "杯"}, ask="add", door="/c/shop", only=only)
    following.follow(stores)
    (starter,) = some_people(stores, 1)
    device = "AbCdEfGhIjKlMnOpQrSt"
    slug = opened(stores, campaign, starter)
    play(stores, campaign, person_for(stores, device), slug)
    link = links.link_for(stores.home, "https://work.weixin.qq.com/ca/abc", device, code)
    state = link.partition("customer_channel=")[2]
    assert len(state) <= links.STATE_CHARACTERS_MAX
    wait(stores, minutes=1)
    for customer, told in (("wm1", f"x{state[1:]}"), ("wm2", state)):
        who = (("external_userid", customer),)
        tell(stores, "wecom:1", [News("friend_added", stores.clock.now(), who, customer, {"channel_state": told})])
        run_until_empty(Drain(stores).step)
    while following.follow(stores):
        pass
    assert granted(stores) == [(starter, "杯", "granted")]
    with stores.ledger.read() as conn:
        assert devices.bound(conn, [device])


def test_a_state_that_was_changed_names_nobody(stores: Stores) -> None:
    state = links.state_of(stores.home, "AbCdEfGhIjKlMnOpQrSt", 7)
    assert links.read(stores.home, state) == ("AbCdEfGhIjKlMnOpQrSt", 7)
    for changed in ("", state[:-1], state.replace(".7.", ".8."), "v" + "x" * 20 + state[21:], "teststate"):
        assert links.read(stores.home, changed) is None
    assert links.link_for(stores.home, "https://shop.example.com/ca/", "d", 1) == "https://shop.example.com/ca/"
