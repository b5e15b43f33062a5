"""How long goods last, by orders: the days between a person's purchases of the same.

Each person has one voice: the middle of their own gaps. What is said is the median of the voices, with the quarter
below and above it; and only where enough people bought again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from siyu.commerce.goods.model import CYCLE_DAYS_MAX
from siyu.commerce.tables import goods
from siyu.jobs import handles, preferences, schedule
from siyu.jobs.model import Job
from siyu.storage import Stores, in_chunks
from siyu.storage.eventlog_schema import PERSON

JOB = "goods_cycles"
PEOPLE_MIN = 20
"""Fewer who bought again say nothing."""
GOODS_A_WRITE = 1_000


@dataclass(frozen=True, slots=True)
class Cycle:
    """Of goods: ``days`` between two purchases (the median of ``people``), half of them from ``low`` to ``high``."""

    key: str
    people: int
    days: int
    low: int
    high: int


def cycles_of(stores: Stores, keys: Sequence[str] | None = None) -> list[Cycle]:
    """Of these goods, or of all; who bought again on the same day bought once. Also where too few bought again to be
    believed: ask ``people``."""
    with stores.ledger.read() as conn:
        zone = preferences.timezone(conn)
    chosen = "" if keys is None else "AND sku IN {keys:Array(String)} "
    rows = stores.events.rows(
        "SELECT sku, count() AS people, "
        "quantileExact(0.5)(own), quantileExact(0.25)(own), quantileExact(0.75)(own) FROM ("
        "SELECT sku, arrayReduce('quantileExact(0.5)', gaps) AS own FROM ("
        "SELECT sku, arrayPopFront(arrayDifference(arraySort(groupUniqArray("
        "toInt32(toDate(time, {zone:String})))))) AS gaps "
        f"FROM (SELECT {PERSON} AS who, time, lines.sku AS skus FROM events WHERE name = 'order_paid') "
        f"ARRAY JOIN skus AS sku WHERE sku != '' {chosen}GROUP BY who, sku HAVING notEmpty(gaps))"
        ") GROUP BY sku ORDER BY sku",
        {"zone": zone.key, **({} if keys is None else {"keys": list(keys)})},
        heavy=True,
    )
    return [Cycle(str(row[0]), int(row[1]), *(min(int(each), CYCLE_DAYS_MAX) for each in row[2:5])) for row in rows]


def usual_cycle(stores: Stores) -> int | None:
    """How many days the shop's goods last: the median over goods on sale of what staff say, else of what orders show;
    None where nothing is known of any."""
    days = sa.func.coalesce(goods.c.cycle_days, goods.c.cycle_seen)
    with stores.ledger.read() as conn:
        known = list(conn.execute(sa.select(days).where(goods.c.on_sale, days.is_not(None)).order_by(days)).scalars())
    return known[len(known) // 2] if known else None


@handles(JOB)
def work_out(stores: Stores, job: Job) -> dict[str, Any]:
    """Write down what orders say of every product."""
    del job
    found = cycles_of(stores)
    now = stores.clock.now()
    said = 0
    for chunk in in_chunks(found, GOODS_A_WRITE):
        with stores.ledger.write() as conn:
            for each in chunk:
                enough = each.people >= PEOPLE_MIN
                days = (each.days, each.low, each.high) if enough else (None, None, None)
                values = dict(zip(("cycle_seen", "cycle_low", "cycle_high"), days, strict=True))
                row = {**values, "cycle_people": each.people, "cycle_at": now}
                conn.execute(sa.update(goods).where(goods.c.key == each.key).values(row))
                said += enough
    return {"goods": len(found), "said": said}


schedule(JOB, "40 4 * * *", JOB)
