"""What codes take off an order: looked up, looked at together, and used at once for a shop that asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.coupons.model import Kind, Refused, Take, code_of
from siyu.loyalty.coupons.moving import VIEW, Row, opened
from siyu.loyalty.coupons.redeeming import WHY_NOT, NotRedeemed, NotUsable, Use, redeem, unusable
from siyu.loyalty.coupons.stacking import Coupon, Line, Off, go_together, off
from siyu.loyalty.coupons.tables import coupon_kinds, coupons
from siyu.loyalty.coupons.taking import kind_of, take
from siyu.storage import Conflict, sent

CODES_MAX = 20
"""Of one order."""
LINES_MAX = 500
NOT_TAKEN_YET = 1 << 62
"""Coupons that a shared code would give are numbered from here: younger than any that is there."""


@dataclass(frozen=True, slots=True)
class Order:
    """What coupons are used for. ``key``: of :func:`~siyu.loyalty.coupons.redeeming.order_key`; ``person`` is needed
    for shared codes alone."""

    key: str
    at: datetime
    lines: Sequence[Line]
    shipping: int = 0
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A code and the coupon it is; ``coupon`` is None where a shared code would give one."""

    code: str
    kind: Kind
    coupon: Row | None
    why: str = ""
    """Why it can't be used (of ``WHY_NOT``); "" where it can."""

    @property
    def number(self) -> int:
        return self.coupon.id if self.coupon is not None else NOT_TAKEN_YET + self.kind.id


@dataclass(frozen=True, slots=True)
class Quote:
    """``offs``: what each takes, in the order in which they do, where all can be used together; else ``why`` says of
    each code why not."""

    found: Sequence[Found]
    offs: Sequence[Off]
    why: Mapping[str, str]

    @property
    def lines(self) -> list[int]:
        """What each line gets off in all."""
        return [sum(parts) for parts in zip(*(each.lines for each in self.offs), strict=True)]

    @property
    def shipping(self) -> int:
        return sum(each.shipping for each in self.offs)

    @property
    def cents(self) -> int:
        return sum(each.cents for each in self.offs)


def find(conn: Connection, typed: Sequence[str]) -> dict[str, tuple[Kind, Row | None]]:
    """Codes as they are kept → the kind and the coupon; codes that nobody knows are left out."""
    codes = [code_of(each) for each in typed]
    asked = sent(conn, code=(sa.Text, codes))
    mine = sa.select(*VIEW).where(coupons.c.code.in_(sa.select(asked.c.code)))
    rows = [Row(*row) for row in conn.execute(mine)]
    shared = coupon_kinds.c.code.in_(sa.select(asked.c.code))
    query = sa.select(coupon_kinds).where(sa.or_(shared, coupon_kinds.c.id.in_({row.kind for row in rows})))
    kinds = {row.id: kind_of(row) for row in conn.execute(query)}
    found: dict[str, tuple[Kind, Row | None]] = {
        kind.code: (kind, None) for kind in kinds.values() if kind.code is not None and kind.code in codes
    }
    return found | {row.code: (kinds[row.kind], row) for row in rows}


def quote(conn: Connection, now: datetime, order: Order, typed: Sequence[str]) -> Quote:
    """What these codes take off an order, all of them together; nothing is written."""
    codes = list(dict.fromkeys(code_of(each) for each in typed))
    known = find(conn, codes)
    given = _given(conn, order, [kind for kind, row in known.values() if row is None])
    found, why = list[Found](), dict[str, str]()
    for code in codes:
        if code not in known:
            why[code] = "unknown"
            continue
        kind, row = known[code]
        row = row or given.get(kind.id)
        reason = _why_not(now, order, kind, row)
        found.append(Found(code, kind, row, reason))
        if reason:
            why[code] = reason
    if why:
        return Quote(found, (), why)
    together = [Coupon(each.number, each.kind.terms) for each in found]
    offs = off(together, order.lines, order.shipping)
    if offs is None:
        alone = {
            each.code: off([coupon], order.lines, order.shipping) for each, coupon in zip(found, together, strict=True)
        }
        why = {code: "nothing" for code, taken in alone.items() if taken is None}
        if not why:  # each would do, alone
            why = dict.fromkeys(alone, "together" if not go_together(together) else "nothing")
        return Quote(found, (), why)
    return Quote(found, offs, {})


def use(conn: Connection, now: datetime, by: str, order: Order, typed: Sequence[str]) -> Quote:
    """Use these codes for an order, all of them or none; asked again with the same order and lines, the same answer.

    Raises :class:`Conflict` with ``why`` (code → of ``WHY_NOT``) where one can't be used, and where the order was told
    with other lines before.
    """
    asked = sent(conn, code=(sa.Text, [code_of(each) for each in typed]))
    opened(conn, coupons.c.code.in_(sa.select(asked.c.code)))  # nobody moves them between looking and using
    _take_shared(conn, now, by, order, typed)
    looked = quote(conn, now, order, typed)
    if looked.why:
        raise refusal(looked.why)
    by_number = {each.number: each for each in looked.found}
    uses = [Use(part.coupon, order.key, part.cents + part.worth, order.at, by) for part in looked.offs]
    refused: dict[str, str] = {}
    for part, answer in zip(uses, redeem(conn, now, uses), strict=True):
        if isinstance(answer, NotRedeemed):
            refused[by_number[part.coupon].code] = answer.why
        elif answer.off_cents != part.off_cents:
            raise Conflict(
                "coupon_order_differs",
                "这笔订单已用这张券核销过，但明细不同。请用原来的明细，或先撤销。",
                "This order used the coupon before, with other lines. Send the same lines, or undo it first.",
                codes=[by_number[part.coupon].code],
            )
    if refused:
        raise refusal(refused)
    return looked


def refusal(why: Mapping[str, str]) -> Conflict:
    """The error that says why codes can't be used."""
    zh = "；".join(f"{code}：{WHY_NOT[each][0]}" for code, each in why.items())
    en = "; ".join(f"{code}: {WHY_NOT[each][1]}" for code, each in why.items())
    return Conflict("coupon_unusable", f"{zh}。", f"{en}.", why=dict(why))


def shared_key(order: str, kind: int) -> str:
    """The key of the coupon that a shared code gives for an order."""
    return f"shared:{kind}:{order}"[:200]


def _take_shared(conn: Connection, now: datetime, by: str, order: Order, typed: Sequence[str]) -> None:
    shared = [kind for kind, row in find(conn, typed).values() if row is None]
    if order.person is None or not shared:
        return
    wishes = [Take(kind.id, order.person, shared_key(order.key, kind.id), f"通用码 {kind.code}", by) for kind in shared]
    answers = zip(shared, take(conn, now, wishes), strict=True)
    refused = {str(kind.code): answer.why for kind, answer in answers if isinstance(answer, Refused)}
    if refused:
        raise refusal(refused)


def _given(conn: Connection, order: Order, shared: Sequence[Kind]) -> dict[int, Row]:
    """Kind → the coupon that its shared code gave for this order already."""
    if not shared:
        return {}
    keys = sent(conn, key=(sa.Text, [shared_key(order.key, kind.id) for kind in shared]))
    mine = sa.select(*VIEW).where(coupons.c.key.in_(sa.select(keys.c.key)))
    return {row.kind: Row(*row) for row in conn.execute(mine)}


def _why_not(now: datetime, order: Order, kind: Kind, row: Row | None) -> str:
    if row is not None:
        why: NotUsable | None = unusable(row, order.at, order.key)
        return why or ""
    if order.person is None:
        return "person"
    refused = kind.refuses(now)
    if refused is None and kind.left == 0:
        return "stock"
    return refused or ""
