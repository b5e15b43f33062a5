"""Moving coupons from one stage to another, and what their kinds count with them.

Whoever moves coupons first has their kinds locked (:func:`opened`), so that what is read stays true; the update
compares the stage nevertheless, and the checks of the tables stand behind both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.coupons.model import Kind, Stage, most_cents
from siyu.loyalty.coupons.steps import Step, note
from siyu.loyalty.coupons.tables import coupon_kinds, coupons
from siyu.loyalty.coupons.taking import locked
from siyu.people.actions import append_own
from siyu.storage import sent
from siyu.storage.ledger import to_millis

EVENTS: Mapping[str, str] = {
    "used": "coupon_used",
    "undone": "coupon_returned",
    "given_back": "coupon_returned",
    "ended": "coupon_ended",
    "taken_back": "coupon_taken_back",
}
"""What happened → the event that tells of it."""


class Row(NamedTuple):
    """A coupon as it stands."""

    id: int
    kind: int
    person: int | None
    code: str
    stage: Stage
    begins: datetime
    ends: datetime
    used: datetime | None
    order: str | None
    off_cents: int


VIEW = [coupons.c[name] for name in Row._fields]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What is done to a coupon: its new stage, what that is called (of ``model.WHAT``), and what changes with it."""

    row: Row
    to: Stage
    what: str
    by: str
    order: str | None = None
    off_cents: int = 0
    used: datetime | None = None
    ends: datetime | None = None
    why: str = ""


def opened(conn: Connection, which: sa.ColumnElement[bool]) -> tuple[dict[int, Kind], dict[int, Row]]:
    """The coupons of a condition on ``coupons`` and their kinds, nobody else's until the transaction ends."""
    first = conn.execute(sa.select(coupons.c.kind).where(which).distinct()).scalars().all()
    kinds = locked(conn, set(first))
    rows = {row.id: Row(*row) for row in conn.execute(sa.select(*VIEW).where(which).order_by(coupons.c.id))}
    return kinds, {number: row for number, row in rows.items() if row.kind in kinds}


def move(conn: Connection, now: datetime, kinds: Mapping[int, Kind], moves: Sequence[Move]) -> None:
    """Do these, of coupons that were :func:`opened`; each coupon at most once."""
    if not moves:
        return
    ends = [each.ends or each.row.ends for each in moves]
    new = sent(
        conn,
        id=(sa.BigInteger, [each.row.id for each in moves]),
        was=(sa.Text, [each.row.stage for each in moves]),
        stage=(sa.Text, [each.to for each in moves]),
        order=(sa.Text, [each.order for each in moves]),
        off_cents=(sa.BigInteger, [each.off_cents for each in moves]),
        used=(sa.BigInteger, [None if each.used is None else to_millis(each.used) for each in moves]),
        ends=(sa.BigInteger, [to_millis(each) for each in ends]),
    )
    names = ("stage", "order", "off_cents", "used", "ends")
    values = {name: sa.type_coerce(new.c[name], coupons.c[name].type) for name in names}
    same = sa.and_(coupons.c.id == new.c.id, coupons.c.stage == new.c.was)
    if conn.execute(sa.update(coupons).where(same).values(values)).rowcount != len(moves):
        raise RuntimeError("a coupon moved beside its kind's lock")
    _count(conn, kinds, moves)
    note(conn, now, [Step(e.row.id, e.what, e.by, e.order or e.row.order, e.off_cents, e.why) for e in moves])
    told = [each for each in moves if each.row.person is not None and each.what in EVENTS]
    append_own(conn, [_event(now, kinds[each.row.kind], each) for each in told])


def _counts(kind: Kind, stage: Stage, off_cents: int) -> tuple[int, int, int]:
    """What a coupon adds to its kind's (taken, promised, spent)."""
    match stage:
        case "open":
            return 1, most_cents(kind.terms) or 0, 0
        case "used":
            return 1, 0, off_cents
        case "ended":
            return 1, 0, 0
        case "taken_back":
            return 0, 0, 0


def _count(conn: Connection, kinds: Mapping[int, Kind], moves: Sequence[Move]) -> None:
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in moves:
        kind = kinds[each.row.kind]
        before = _counts(kind, each.row.stage, each.row.off_cents)
        after = _counts(kind, each.to, each.off_cents)
        for place in range(3):
            sums[kind.id][place] += after[place] - before[place]
    table = coupon_kinds.c
    for number, (taken, promised, spent) in sorted(sums.items()):
        more = {
            "taken": table.taken + taken,
            "promised_cents": table.promised_cents + promised,
            "spent_cents": table.spent_cents + spent,
        }
        conn.execute(sa.update(coupon_kinds).where(table.id == number).values(more))


def _event(now: datetime, kind: Kind, moved: Move) -> dict[str, Any]:
    told: dict[str, Any] = {"coupon": moved.row.id, "kind": kind.id, "title": kind.name}
    order = moved.order or moved.row.order
    if order is not None:
        told["order"] = order.partition("/")[2]
    if moved.to == "used":
        told["cents"] = moved.off_cents
    return {
        "message_id": f"coupon-{moved.row.id}-{uuid4().hex}",  # it may be used and given back again and again
        "time": now,
        "name": EVENTS[moved.what],
        "person": moved.row.person,
        "properties": told,
    }
