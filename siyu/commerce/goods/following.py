"""Goods seen in paid orders: what nobody told of appears by itself, and keeps its name and price from the newest order.

What is known by hand, API or file is not written over; only when it was last ordered.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from siyu.commerce.goods.keeping import by_keys, put
from siyu.commerce.goods.model import CENTS_MAX, KEY_CHARACTERS_MAX, NAME_CHARACTERS_MAX
from siyu.commerce.tables import goods
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.jobs.tables import cursors
from siyu.jobs.turns import run_until_empty
from siyu.people import news
from siyu.people.moments import aware
from siyu.storage import Stores, in_chunks, insert_into
from siyu.storage.ledger import to_millis

JOB = CURSOR = "goods_of_orders"
BY = "orders"
PIECES_A_STEP = 50
GOODS_A_WRITE = 500

_SEEN = (
    "SELECT line.1 AS sku, argMax(line.2, time), argMax(line.3, time), argMax(line.4, time), max(time) AS last "
    "FROM events ARRAY JOIN arrayZip(lines.sku, lines.title, lines.category, lines.price) AS line "
    "WHERE batch IN {batches:Array(UInt64)} AND name IN ('order_paid', 'order_amended') AND line.1 != '' "
    "GROUP BY sku ORDER BY sku"
)


def follow(stores: Stores) -> int:
    """The next stored batches, from the first on; how many."""
    if news.anything_new(stores):
        news.give_places(stores)
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar() or 0
    pieces = news.pieces_after(stores, place, PIECES_A_STEP)
    if not pieces:
        return 0
    rows = stores.events.rows(_SEEN, {"batches": [piece.batch for piece in pieces]}, heavy=True)
    seen = [row for row in rows if len(str(row[0])) <= KEY_CHARACTERS_MAX]
    for chunk in in_chunks(seen, GOODS_A_WRITE):
        _note(stores, chunk)
    with stores.ledger.write() as conn:
        row = insert_into(conn, cursors).values(name=CURSOR, place=pieces[-1].place)
        conn.execute(row.on_conflict_do_update(index_elements=["name"], set_={"place": pieces[-1].place}))
    return len(pieces)


def _note(stores: Stores, seen: Sequence[Sequence[Any]]) -> None:
    now = stores.clock.now()
    told = {str(row[0]): (_fields(row), aware(row[4])) for row in seen}
    with stores.ledger.write() as conn:
        there = by_keys(conn, list(told))
        put(conn, now, BY, "orders", {key: {} for key in told if key not in there})
        there = by_keys(conn, list(told))
        held = dict(
            conn.execute(
                sa.select(goods.c.id, goods.c.told).where(goods.c.id.in_([good.id for good in there.values()]))
            )
            .tuples()
            .all()
        )
        for key, (fields, last) in told.items():
            good = there[key]
            values: dict[str, Any] = {"ordered": max(last, good.ordered or last)}
            if good.came == "orders" and (held[good.id] or 0) < to_millis(last):
                values |= {name: value for name, value in fields.items() if name not in good.hand} | {
                    "told": to_millis(last)
                }
            conn.execute(sa.update(goods).where(goods.c.id == good.id).values(values))


def _fields(row: Sequence[Any]) -> dict[str, Any]:
    cents = int(Decimal(row[3]) * 100)
    said = {"name": str(row[1]).strip()[:NAME_CHARACTERS_MAX], "category": str(row[2]).strip()}
    return {name: value for name, value in said.items() if value} | ({"cents": cents} if 0 < cents <= CENTS_MAX else {})


@handles(JOB)
def mind(stores: Stores, job: Job) -> dict[str, Any]:
    """Have what was ordered in the catalogue."""
    del job
    return {"batches": run_until_empty(lambda: follow(stores))}


schedule(JOB, "*/5 * * * *", JOB)
