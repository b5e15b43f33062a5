"""Group buying (拼团): so many seats in so many hours; a seat is set aside when it is taken, and nothing is kept of a
group that does not fill. Pure.

Where people pay first, whoever paid for a group that did not fill is owed the price of the group, with the order's
number; it waits until staff have seen that the shop did not give it back already. Where they pay afterwards
(先成团后付款) nothing has to be given back. 0元购 is a group in which nobody pays.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from siyu.growth.campaigns.mechanic import Act, Finding, Grant, Move, Refused, Step, asked
from siyu.growth.mechanics.money import yuan

SEATS_MAX = 100
HOURS_MAX = 24 * 7
REFUND_KIND = "money"
REFUND_WAITS = "核实该订单没有在店里退过货款，再发放"
Free = Literal["nobody", "starter", "all"]
FREE: Mapping[str, tuple[str, str]] = {
    "nobody": ("都付拼团价", "Everybody pays"),
    "starter": ("团长免单", "The starter"),
    "all": ("0 元购：都不付", "Everybody: free for all"),
}


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """``free``: who pays nothing. ``pay_first``: the others' seats count when their orders are paid."""

    product: Annotated[str, asked("商品", "Product", longest=60)]
    alone_cents: Annotated[int, asked("单买价", "Price alone", unit="yuan", ge=1)]
    price_cents: Annotated[int, asked("拼团价", "Price in the group", unit="yuan", ge=0)]
    seats: Annotated[int, asked("几人成团", "Seats", unit="people", ge=2, le=SEATS_MAX)] = 3
    hours: Annotated[int, asked("多久内成团", "Open for", unit="hours", ge=1, le=HOURS_MAX)] = 24
    free: Annotated[Free, asked("谁免单", "Who pays nothing", choices=FREE)] = "nobody"
    pay_first: Annotated[
        bool,
        asked(
            "先付款后成团",
            "Paid before the group is full",
            note=(
                "不成团则核实后退款；朋友的参与方式须选“下单付款才算”，并限定商品",
                "Not full: refunded once checked. Friends then take part by an order of the goods named",
            ),
        ),
    ] = False
    kind: Annotated[str, asked("发放方式", "Given as", unit="kind")] = "goods"


class Seat(msgspec.Struct, frozen=True):
    """``paid_cents`` by the order ``order``; nothing and "" where it was not paid first."""

    person: int
    paid_cents: int = 0
    order: str = ""


class State(msgspec.Struct, frozen=True):
    starter: int
    seats: tuple[Seat, ...] = ()


def start(rules: Rules, act: Act) -> Step[State]:
    """Open a group. The starter sits at once, unless it has to pay first."""
    state = State(act.person)
    if _pays_first(rules, state, act.person):
        return Step(state, said="pay")
    return _sit(rules, state, Seat(act.person))


def contribute(rules: Rules, state: State, act: Act) -> Step[State]:
    """Take a seat. Raises :class:`Refused`: seated before, full, not yet paid, or less than the group's price."""
    if any(seat.person == act.person for seat in state.seats):
        raise Refused("seated")
    if len(state.seats) >= rules.seats:
        raise Refused("full")
    if not _pays_first(rules, state, act.person):
        return _sit(rules, state, Seat(act.person))
    paid, order = int(act.data.get("paid_cents", "0")), act.data.get("order", "")
    if paid < rules.price_cents or not order:
        raise Refused("not_paid")
    return _sit(rules, state, Seat(act.person, paid, order))


def expire(rules: Rules, state: State, at: datetime) -> Step[State]:
    """Time is up: what was set aside is let go, and whoever paid is owed it back."""
    del at
    if len(state.seats) >= rules.seats:
        return Step(state, done=True, said="done")
    owed = [_refund(rules, seat) for seat in state.seats if seat.paid_cents]
    return Step(state, owed, True, "over", [Move(_rung(seat), "dropped") for seat in state.seats])


def short(rules: Rules, state: State, grant: Grant) -> Step[State]:
    """There is none left to set aside for the last seat: it is free again, and whoever paid is owed it back."""
    if grant.rung.startswith("refund:"):
        return Step(state, done=True)
    last = state.seats[-1]
    now = msgspec.structs.replace(state, seats=state.seats[:-1])
    return Step(now, [_refund(rules, last)] if last.paid_cents else [], said="sold_out")


def costs(rules: Rules) -> dict[str, int]:
    """The most that one group may cost."""
    most = {rules.kind: rules.seats}
    if rules.pay_first:
        most[REFUND_KIND] = most.get(REFUND_KIND, 0) + rules.seats * rules.price_cents
    return most


def need(rules: Rules, state: State) -> tuple[int, int]:
    """Seats that are taken, and all."""
    return len(state.seats), rules.seats


def to_pay(rules: Rules, state: State, person: int) -> int:
    """What this person pays for the product in this group, in cents."""
    return 0 if _free(rules, state, person) else rules.price_cents


def check(rules: Rules) -> list[Finding]:
    """What the rules may not be."""
    found: list[Finding] = []
    if not rules.product.strip():
        found.append(Finding("product", "请填写商品。", "Say which product.", "stop"))
    if rules.price_cents >= rules.alone_cents:
        found.append(
            Finding("price_cents", "拼团价应低于单买价。", "The price of the group is below that of one alone.", "stop")
        )
    if rules.free == "all" and rules.price_cents:
        found.append(Finding("price_cents", "0 元购的拼团价应为 0。", "Where nobody pays the price is 0.", "stop"))
    if rules.pay_first and not rules.price_cents:
        found.append(Finding("pay_first", "0 元的商品无需先付款。", "There is nothing to pay first.", "stop"))
    return found


def _sit(rules: Rules, state: State, seat: Seat) -> Step[State]:
    now = msgspec.structs.replace(state, seats=(*state.seats, seat))
    price = to_pay(rules, state, seat.person)
    title = f"{rules.product}（拼团价 {yuan(price)}）"
    full = len(now.seats) == rules.seats
    grant = Grant(_rung(seat), seat.person, rules.kind, 1, title, waits=not full)
    moves = [Move(_rung(other), "granted") for other in state.seats] if full else []
    return Step(now, (grant,), full, "done" if full else "sat", moves)


def _refund(rules: Rules, seat: Seat) -> Grant:
    """Of a larger order, with other goods in it, only the seat's price."""
    cents = min(seat.paid_cents, rules.price_cents)
    title = f"退款 {yuan(cents)}（订单 {seat.order}）"
    return Grant(f"refund:{seat.person}", seat.person, REFUND_KIND, cents, title, waits=True, why=REFUND_WAITS)


def _rung(seat: Seat) -> str:
    return f"seat:{seat.person}"


def _free(rules: Rules, state: State, person: int) -> bool:
    return rules.free == "all" or (rules.free == "starter" and person == state.starter)


def _pays_first(rules: Rules, state: State, person: int) -> bool:
    return rules.pay_first and not _free(rules, state, person)
