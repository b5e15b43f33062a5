"""Coupons as they stand: of a kind, of a person, of a code; what each kind came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.coupons.model import Kind, Stage
from siyu.loyalty.coupons.tables import coupon_kinds, coupon_steps, coupons
from siyu.loyalty.coupons.taking import kind_of
from siyu.people.families import members_of
from siyu.storage import NotFound, Stores

ROWS_MAX = 500
ORDERS_MAX = 20_000
"""Of one kind, whose revenue is looked up at a time."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A coupon with the name of its kind."""

    id: int
    kind: int
    name: str
    person: int | None
    code: str
    stage: Stage
    taken: datetime
    begins: datetime
    ends: datetime
    used: datetime | None
    order: str | None
    off_cents: int
    why: str
    by: str

    @property
    def number(self) -> str:
        """Of the order that it was used for, as the shop writes it."""
        return (self.order or "").partition("/")[2]


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a kind. ``revenue``: what the orders that used it paid, before returns; None where too many."""

    open: int
    used: int
    ended: int
    cost_cents: int
    orders: int
    revenue: Decimal | None

    @property
    def rate(self) -> float | None:
        """Used ones among those that could have been by now."""
        whole = self.open + self.used + self.ended
        return self.used / whole if whole else None


_COLUMNS = [coupons.c[name] for name in Shown.__dataclass_fields__ if name != "name"]
_VIEW = [*_COLUMNS[:2], coupon_kinds.c.name, *_COLUMNS[2:]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which coupons: of a ``kind``, of ``person`` (all nodes), in a ``stage``, numbers below ``before``."""

    kind: int | None = None
    person: int | None = None
    stage: str = ""
    before: int | None = None
    rows_max: int = 50


def page(stores: Stores, asked: Asked) -> list[Shown]:
    """A page of coupons, the newest first."""
    query = sa.select(*_VIEW).join(coupon_kinds, coupon_kinds.c.id == coupons.c.kind).order_by(coupons.c.id.desc())
    with stores.ledger.read() as conn:
        if asked.kind is not None:
            query = query.where(coupons.c.kind == asked.kind)
        if asked.person is not None:
            nodes = [node for nodes in members_of(conn, [asked.person]).values() for node in nodes]
            query = query.where(coupons.c.person.in_(nodes or [asked.person]))
        if asked.stage:
            query = query.where(coupons.c.stage == asked.stage)
        if asked.before is not None:
            query = query.where(coupons.c.id < asked.before)
        return [Shown(*row) for row in conn.execute(query.limit(min(asked.rows_max, ROWS_MAX + 1)))]


def one(stores: Stores, number: int) -> Shown:
    """Raises :class:`NotFound`."""
    found = page(stores, Asked(before=number + 1, rows_max=1))
    if not found or found[0].id != number:
        raise NotFound("no_coupon", f"没有编号为 {number} 的券。", f"There is no coupon {number}.")
    return found[0]


def steps_of(stores: Stores, number: int) -> list[dict[str, Any]]:
    """What happened to a coupon, the first first: what, at, by, order, off_cents, why."""
    names = ("what", "at", "by", "order", "off_cents", "why")
    query = sa.select(*(coupon_steps.c[name] for name in names)).where(coupon_steps.c.coupon == number)
    with stores.ledger.read() as conn:
        return [dict(row) for row in conn.execute(query.order_by(coupon_steps.c.id)).mappings()]


def refused(stores: Stores, rows_max: int = 20) -> list[dict[str, Any]]:
    """Coupons that shops used and should not have, the newest first: coupon, kind, name, at, order, off_cents, why."""
    columns = (coupon_steps.c.coupon, coupons.c.kind, coupon_kinds.c.name, coupon_steps.c.at)
    query = (
        sa.select(*columns, coupon_steps.c.order, coupon_steps.c.off_cents, coupon_steps.c.why)
        .join(coupons, coupons.c.id == coupon_steps.c.coupon)
        .join(coupon_kinds, coupon_kinds.c.id == coupons.c.kind)
        .where(coupon_steps.c.what == "refused")
        .order_by(coupon_steps.c.id.desc())
    )
    with stores.ledger.read() as conn:
        return [dict(row) for row in conn.execute(query.limit(rows_max)).mappings()]


def came(stores: Stores, kinds: Sequence[int]) -> dict[int, Came]:
    """What came of each kind."""
    query = (
        sa.select(coupons.c.kind, coupons.c.stage, sa.func.count(), sa.func.sum(coupons.c.off_cents))
        .where(coupons.c.kind.in_(list(kinds)))
        .group_by(coupons.c.kind, coupons.c.stage)
    )
    with stores.ledger.read() as conn:
        counted: dict[int, dict[str, tuple[int, int]]] = {kind: {} for kind in kinds}
        for kind, stage, many, cents in conn.execute(query):
            counted[kind][stage] = int(many), int(cents or 0)
        orders = {kind: _orders(conn, kind) for kind in kinds if counted[kind].get("used", (0, 0))[0]}
    found: dict[int, Came] = {}
    for kind, by_stage in counted.items():
        many = {stage: by_stage.get(stage, (0, 0))[0] for stage in ("open", "used", "ended")}
        mine = orders.get(kind, set())
        found[kind] = Came(
            **many, cost_cents=by_stage.get("used", (0, 0))[1], orders=len(mine), revenue=_paid(stores, mine)
        )
    return found


def _orders(conn: Connection, kind: int) -> set[str]:
    """The numbers of the orders that used coupons of a kind, some too many where there are too many."""
    used = sa.select(coupons.c.order).where(coupons.c.kind == kind, coupons.c.stage == "used")
    return {str(order).partition("/")[2] for order in conn.execute(used.limit(ORDERS_MAX + 1)).scalars() if order}


def _paid(stores: Stores, numbers: set[str]) -> Decimal | None:
    if len(numbers) > ORDERS_MAX:
        return None
    if not numbers:
        return Decimal(0)
    row = stores.events.row(
        "SELECT sum(amount) FROM (SELECT source, `order`, any(amount) AS amount FROM events "
        "WHERE name = 'order_paid' AND `order` IN {numbers:Array(String)} GROUP BY source, `order`)",
        {"numbers": sorted(numbers)},
    )
    return Decimal(row[0] or 0) if row else Decimal(0)


def offered(conn: Connection, now: datetime) -> list[Kind]:
    """Kinds that points buy now, the cheapest first."""
    query = sa.select(coupon_kinds).where(
        coupon_kinds.c.price_points.is_not(None), coupon_kinds.c.stopped.is_(None), coupon_kinds.c.codes != "printed"
    )
    found = [kind_of(row) for row in conn.execute(query.order_by(coupon_kinds.c.price_points, coupon_kinds.c.id))]
    return [kind for kind in found if kind.refuses(now) is None and kind.left != 0]


def used_by(conn: Connection, by: str, since: datetime, rows_max: int) -> list[int]:
    """Coupons that somebody redeemed since then and that are still used, the newest first."""
    query = (
        sa.select(coupon_steps.c.coupon, sa.func.max(coupon_steps.c.id))
        .join(coupons, coupons.c.id == coupon_steps.c.coupon)
        .where(
            coupon_steps.c.what == "used",
            coupon_steps.c.by == by,
            coupon_steps.c.at >= since,
            coupons.c.stage == "used",
        )
        .group_by(coupon_steps.c.coupon)
        .order_by(sa.func.max(coupon_steps.c.id).desc())
    )
    return [int(row[0]) for row in conn.execute(query.limit(rows_max))]
