"""Printed codes: coupons that are nobody's until they are used, made in batches of one kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from siyu.jobs import preferences
from siyu.loyalty.coupons.model import REFUSALS, Kind, Refusal, most_cents, new_code
from siyu.loyalty.coupons.steps import Step, note
from siyu.loyalty.coupons.tables import coupon_kinds, coupons
from siyu.loyalty.coupons.taking import locked
from siyu.storage import BadInput, Conflict, NotFound, Stores, insert_into, sent

BATCH_MAX = 5_000
BATCHES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Batch:
    """Codes of a kind that were printed together. ``number`` is the id of the first."""

    number: int
    many: int
    used: int
    at: datetime
    by: str


def print_batch(stores: Stores, by: str, number: int, many: int, key: str) -> int:
    """Make so many codes of a kind, once for a ``key``; the number of the batch. Raises :class:`NotFound`,
    :class:`BadInput`, :class:`Conflict` (more than its stock or budget allows)."""
    if not 1 <= many <= BATCH_MAX:
        raise BadInput(
            "batch_size", f"一批 1 到 {BATCH_MAX:,} 张。", f"A batch has 1 to {BATCH_MAX:,} codes.", field="many"
        )
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        kind = locked(conn, {number}).get(number)
        if kind is None or kind.codes != "printed":
            raise NotFound("no_printed_kind", "没有这种印制券。", "There is no such kind of printed codes.")
        first = conn.execute(sa.select(coupons.c.batch).where(coupons.c.key == _key(number, key, 0))).scalar()
        if first is not None:
            return int(first)
        why = _refuses(kind, now, many)
        if why is not None:
            zh, en = REFUSALS[why]
            raise Conflict(f"coupon_{why}", f"{zh}。", f"{en}.", field="many")
        begins, ends = kind.lasts(now, preferences.timezone(conn))
        keys = [_key(number, key, place) for place in range(many)]
        rows = sent(conn, key=(sa.Text, keys), code=(sa.Text, [new_code() for _ in keys]))
        columns = {
            "key": rows.c.key,
            "code": rows.c.code,
            "kind": sa.literal(number, sa.BigInteger),
            "stage": sa.literal("open"),
            "taken": sa.literal(now, coupons.c.taken.type),
            "begins": sa.literal(begins, coupons.c.begins.type),
            "ends": sa.literal(ends, coupons.c.ends.type),
            "why": sa.literal(""),
            "by": sa.literal(by),
        }
        made = insert_into(conn, coupons).from_select(list(columns), sa.select(*columns.values()).where(sa.true()))
        numbers = list(conn.execute(made.returning(coupons.c.id)).scalars())
        batch = min(numbers)
        mine = sent(conn, id=(sa.BigInteger, numbers))
        conn.execute(sa.update(coupons).where(coupons.c.id.in_(sa.select(mine.c.id))).values(batch=batch))
        table = coupon_kinds.c
        more = {
            "taken": table.taken + many,
            "promised_cents": table.promised_cents + (most_cents(kind.terms) or 0) * many,
        }
        conn.execute(sa.update(coupon_kinds).where(table.id == number).values(more))
        note(conn, now, [Step(each, "taken", by, why="印制") for each in numbers])
        return batch


def batches(stores: Stores, number: int) -> list[Batch]:
    """The batches of a kind, the newest first."""
    used = sa.func.count().filter(coupons.c.stage == "used")
    query = (
        sa.select(coupons.c.batch, sa.func.count(), used, sa.func.min(coupons.c.taken), sa.func.min(coupons.c.by))
        .where(coupons.c.kind == number, coupons.c.batch.is_not(None))
        .group_by(coupons.c.batch)
        .order_by(coupons.c.batch.desc())
        .limit(BATCHES_SHOWN)
    )
    with stores.ledger.read() as conn:
        return [Batch(*row) for row in conn.execute(query)]


def codes_of(stores: Stores, number: int, batch: int) -> Sequence[str]:
    """The codes of a batch, in their order. Raises :class:`NotFound`."""
    query = sa.select(coupons.c.code).where(coupons.c.kind == number, coupons.c.batch == batch).order_by(coupons.c.id)
    with stores.ledger.read() as conn:
        found = list(conn.execute(query).scalars())
    if not found:
        raise NotFound("no_batch", "没有这一批券码。", "There is no such batch of codes.")
    return found


def _key(kind: int, key: str, place: int) -> str:
    return f"print:{kind}:{key[:80]}:{place}"


def _refuses(kind: Kind, now: datetime, many: int) -> Refusal | None:
    why = kind.refuses(now)
    if why is not None:
        return why
    if kind.left is not None and many > kind.left:
        return "stock"
    more = (most_cents(kind.terms) or 0) * many
    if kind.budget_cents is not None and kind.spent_cents + kind.promised_cents + more > kind.budget_cents:
        return "budget"
    return None
