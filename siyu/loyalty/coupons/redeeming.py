"""Redeeming coupons, and undoing it: a coupon goes from open to used with its order's own key, so that whatever tells
of the order twice redeems once.

An order's key is ``source/number``; an empty source is an order that was named by its number alone (a till, the API),
which is the same as a shop's order of that number.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import preferences
from siyu.loyalty.coupons.model import Kind, midnight_after, most_cents
from siyu.loyalty.coupons.moving import Move, Row, move, opened
from siyu.loyalty.coupons.tables import coupons
from siyu.storage import CHUNK_ROWS, sent

NotUsable = Literal[
    "unknown", "used", "early", "ended", "taken_back", "too_much", "budget", "person", "nothing", "together"
]
WHY_NOT: dict[str, tuple[str, str]] = {
    "unknown": ("没有这张券，请核对券码", "There is no such coupon; check its code"),
    "used": ("这张券已用于另一笔订单", "It was used for another order"),
    "early": ("这张券还未到可用时间", "Its time has not come yet"),
    "ended": ("这张券已过期", "It has ended"),
    "taken_back": ("这张券已被收回", "It was taken back"),
    "too_much": ("优惠金额超过这张券的上限", "More was taken off than this coupon gives"),
    "budget": ("这种券的预算已用完", "The budget of its kind is used up"),
    "person": ("通用码须说明是哪位客户", "A shared code needs the person who uses it"),
    "nothing": ("订单不满足这张券的门槛或商品范围", "The order does not reach its threshold, or has none of its goods"),
    "together": ("这些券不能一起用", "These coupons don't go together"),
    "stopped": ("这种券已停发", "None of its kind is given any more"),
    "stock": ("这种券已领完", "All of its kind are taken"),
    "limit": ("这位客户已用满限用张数", "This person has had as many as one may have"),
    "gone": ("客户不存在或已被删除", "There is no such person any more"),
}
"""Why a coupon is not used, in words."""


CLOCKS_APART = timedelta(minutes=1)
"""So far a shop's clock may be behind ours, and its times are whole seconds; ours are kept in whole milliseconds,
rounded. A coupon that is taken and used in one breath is not used before its time."""


class Use(NamedTuple):
    """A coupon for the order of a key, at a moment, taking so much off (a gift: its worth)."""

    coupon: int
    order: str
    off_cents: int
    at: datetime
    by: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """``new``: just now, not before. ``off_cents``: what was written down for it."""

    coupon: int
    off_cents: int
    new: bool


@dataclass(frozen=True, slots=True)
class NotRedeemed:
    coupon: int
    why: NotUsable


def order_key(number: str, source: str = "") -> str:
    """The key of an order."""
    return f"{source.replace('/', '_')}/{number}"


def is_same_order(kept: str, asked: str) -> bool:
    """Whether two keys are of one order."""
    source, _, number = kept.partition("/")
    other, _, another = asked.partition("/")
    return number == another and (source == other or not source or not other)


def unusable(row: Row, at: datetime, order: str) -> NotUsable | None:
    """Why a coupon can't be used at a moment for an order; one that was used for that order can."""
    match row.stage:
        case "used":
            return None if row.order is not None and is_same_order(row.order, order) else "used"
        case "taken_back":
            return "taken_back"
        case "open" | "ended":  # what ended meanwhile counts for an order that was paid before
            if at + CLOCKS_APART < row.begins:
                return "early"
            return "ended" if at >= row.ends else None


def redeem(conn: Connection, now: datetime, uses: Sequence[Use]) -> list[Redeemed | NotRedeemed]:
    """Use these (at most ``CHUNK_ROWS``), in their order; an answer for each. A coupon that was used for the same order
    before is left as it is."""
    if len(uses) > CHUNK_ROWS:
        raise ValueError("too many at once")
    asked = sent(conn, id=(sa.BigInteger, sorted({use.coupon for use in uses})))
    kinds, rows = opened(conn, coupons.c.id.in_(sa.select(asked.c.id)))
    spent = {number: kind.spent_cents for number, kind in kinds.items()}
    moves: dict[int, Move] = {}
    answers: list[Redeemed | NotRedeemed] = []
    for use in uses:
        answer = _answer(kinds, rows, spent, moves, use)
        answers.append(answer)
        if isinstance(answer, Redeemed) and answer.new:
            row = rows[use.coupon]
            spent[row.kind] += use.off_cents
            moves[row.id] = Move(
                row=row, to="used", what="used", by=use.by, order=use.order, off_cents=use.off_cents, used=use.at,
                why=use.why,
            )  # fmt: skip
    move(conn, now, kinds, list(moves.values()))
    return answers


def _answer(
    kinds: dict[int, Kind], rows: dict[int, Row], spent: dict[int, int], moves: dict[int, Move], use: Use
) -> Redeemed | NotRedeemed:
    row, mine = rows.get(use.coupon), moves.get(use.coupon)
    if row is None:
        return NotRedeemed(use.coupon, "unknown")
    if mine is not None:
        same = mine.order is not None and is_same_order(mine.order, use.order)
        return Redeemed(row.id, mine.off_cents, new=False) if same else NotRedeemed(row.id, "used")
    why = unusable(row, use.at, use.order)
    if why is not None:
        return NotRedeemed(row.id, why)
    if row.stage == "used":
        return Redeemed(row.id, row.off_cents, new=False)
    kind = kinds[row.kind]
    most = most_cents(kind.terms)
    if most is not None and use.off_cents > most:
        return NotRedeemed(row.id, "too_much")
    if kind.budget_cents is not None and spent[kind.id] + use.off_cents > kind.budget_cents:
        return NotRedeemed(row.id, "budget")
    return Redeemed(row.id, use.off_cents, new=True)


def undo(conn: Connection, now: datetime, by: str, used: Collection[int], why: str = "") -> list[int]:
    """Have these used coupons open again, as if they had not been used; those that are."""
    asked = sent(conn, id=(sa.BigInteger, sorted(used)))
    kinds, rows = opened(conn, coupons.c.id.in_(sa.select(asked.c.id)))
    moves = [
        Move(row=row, to="open" if now < row.ends else "ended", what="undone", by=by, why=why)
        for row in rows.values()
        if row.stage == "used"
    ]
    move(conn, now, kinds, moves)
    return [each.row.id for each in moves]


def give_back(conn: Connection, now: datetime, by: str, orders: Sequence[str]) -> list[int]:
    """These orders are cancelled or wholly returned: their coupons come back where their kinds say so, and cost nothing
    in any case. Those that came back. Doing it again changes nothing."""
    numbers = sorted({order.partition("/")[2] for order in orders})
    keys = sorted({*orders, *(order_key(number) for number in numbers)})
    asked = sent(conn, order=(sa.Text, keys))
    mine = coupons.c.order.in_(sa.select(asked.c.order))
    kinds, rows = opened(conn, sa.and_(mine, coupons.c.stage == "used"))
    zone = preferences.timezone(conn) if rows else None
    moves: list[Move] = []
    for row in rows.values():
        kind, ends = kinds[row.kind], row.ends
        if zone is not None and kind.comes_back and kind.grace_days:
            ends = max(ends, midnight_after(now, kind.grace_days, zone))
        if kind.comes_back:
            to = "open" if now < ends else "ended"
            moves.append(Move(row=row, to=to, what="given_back", by=by, ends=ends))
        elif row.off_cents:
            moves.append(Move(row=row, to="used", what="kept", by=by, order=row.order, used=row.used))
    move(conn, now, kinds, moves)
    return [each.row.id for each in moves if each.what == "given_back"]


def take_back(conn: Connection, now: datetime, by: str, numbers: Collection[int], why: str = "") -> list[int]:
    """Take these from their persons again, where they are still open; those that were. Their stock is there again."""
    asked = sent(conn, id=(sa.BigInteger, sorted(numbers)))
    kinds, rows = opened(conn, coupons.c.id.in_(sa.select(asked.c.id)))
    moves = [
        Move(row=row, to="taken_back", what="taken_back", by=by, why=why)
        for row in rows.values()
        if row.stage == "open"
    ]
    move(conn, now, kinds, moves)
    return [each.row.id for each in moves]
