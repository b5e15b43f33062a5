"""A red packet for friends (拼手气红包): its parts are drawn at the start and add up by construction. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from siyu.growth.campaigns.mechanic import Act, Finding, Grant, Refused, Step, asked
from siyu.growth.mechanics.dice import shared
from siyu.growth.purses.givers import currency_of

PARTS_MAX = 100
TOTAL_CENTS_MAX = 20_000
"""As much as WeChat's own packet of one friend to another may hold: 200 yuan."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """``total_cents`` in ``parts`` of at least ``least_cents``. ``own_part``: who opens it takes the first."""

    total_cents: Annotated[int, asked("红包总额", "In the packet", unit="yuan", ge=1, le=TOTAL_CENTS_MAX)] = 1_000
    parts: Annotated[int, asked("分成几份", "Parts", unit="pieces", ge=1, le=PARTS_MAX)] = 10
    least_cents: Annotated[int, asked("每份至少", "Each at least", unit="yuan", ge=1)] = 10
    own_part: Annotated[bool, asked("发起人先拿一份", "Who opens it takes the first")] = True
    hours: Annotated[int, asked("多久内领完", "Open for", unit="hours", ge=1, le=168)] = 24
    after_order: Annotated[
        bool,
        asked(
            "下单后才能开，每单一个",
            "Opened by who has paid an order, one each",
            note=("订单付款几分钟后可开；开之前退货的不能开", "Minutes after it is paid; not once it was returned"),
        ),
    ] = False
    order_cents: Annotated[int, asked("订单至少", "Orders of at least", unit="yuan", ge=0)] = 0
    kind: Annotated[str, asked("发放方式", "Given as", unit="kind")] = "money"


class State(msgspec.Struct, frozen=True):
    """``parts`` as they were drawn; ``takers``: persons in the order in which they came, one part each."""

    parts: tuple[int, ...]
    takers: tuple[int, ...] = ()


def start(rules: Rules, act: Act) -> Step[State]:
    """Open one. The draw is that of the effort's seed: it does not change, however often it is asked for."""
    state = State(shared(act.seed, rules.total_cents, rules.parts, rules.least_cents))
    return _take(rules, state, act.person) if rules.own_part else Step(state, said="opened")


def contribute(rules: Rules, state: State, act: Act) -> Step[State]:
    """Take the next part. Raises :class:`Refused`: taken before, nothing left, one's own packet."""
    if act.person in state.takers:
        raise Refused("taken")
    if act.starter and not rules.own_part:
        raise Refused("own")
    if len(state.takers) >= len(state.parts):
        raise Refused("empty")
    return _take(rules, state, act.person)


def expire(rules: Rules, state: State, at: datetime) -> Step[State]:
    """What nobody took was never granted, so nothing has to be given back."""
    del rules, at
    return Step(state, done=True, said="over")


def ticket(rules: Rules) -> int | None:
    """See :class:`Mechanic`: an order of so many cents opens one."""
    return rules.order_cents if rules.after_order else None


def need(rules: Rules, state: State) -> tuple[int, int]:
    """Parts that were taken, and all."""
    del rules
    return len(state.takers), len(state.parts)


def luckiest(state: State) -> int | None:
    """Who has the largest part, the first of equals; None until all are taken."""
    if len(state.takers) < len(state.parts):
        return None
    return max(zip(state.parts, state.takers, strict=True), key=lambda pair: pair[0])[1]


def check(rules: Rules) -> list[Finding]:
    """What the rules may not be."""
    found: list[Finding] = []
    if rules.total_cents < rules.parts * rules.least_cents:
        found.append(
            Finding("total_cents", "总额不够每份最少的金额。", "The total does not reach the least for each.", "stop")
        )
    if currency_of(rules.kind) != "yuan":
        found.append(Finding("kind", "红包须以元发放。", "A packet is given in yuan.", "stop"))
    if rules.order_cents and not rules.after_order:
        zh = "只有下单后才能开的红包才有订单金额。"
        found.append(Finding("order_cents", zh, "It belongs to packets that an order opens.", "stop"))
    return found


def _take(rules: Rules, state: State, person: int) -> Step[State]:
    nth = len(state.takers)
    now = msgspec.structs.replace(state, takers=(*state.takers, person))
    grant = Grant(f"part:{nth + 1}", person, rules.kind, state.parts[nth], "红包")
    return Step(now, (grant,), done=nth + 1 == len(state.parts), said="got")
