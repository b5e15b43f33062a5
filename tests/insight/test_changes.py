"""What moved a figure, and where data is missing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa

from siyu.insight.changes import gaps, movers
from siyu.insight.figure import Total
from siyu.insight.figures import figures
from siyu.insight.period import Period
from siyu.people.tables import batches, imports
from siyu.storage import Stores
from tests.insight.world import START, Happened, store

WEEK = Period(date(2026, 3, 8), date(2026, 3, 14), "UTC")


def total(name: str) -> Total:
    figure = figures()[name]
    assert isinstance(figure, Total)
    return figure


def test_a_jump_is_put_down_to_the_import_that_brought_it(stores: Stores) -> None:
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        file = {
            "kind": "orders",
            "file_name": "w2.csv",
            "file_path": "x",
            "sha256": "0",
            "source": "file",
            "mapping": {},
        }
        state = {"timezone": "UTC", "state": "done", "stage": "", "created": now, "by": "staff:1", "report": {}}
        conn.execute(sa.insert(imports).values(id=5, **file, **state))
        conn.execute(sa.insert(batches).values(id=9, stream="import:5", first=1, last=9, opened=now, stored=now))
    store(stores.events, [Happened(1, "order_paid", 24, Decimal(10)), Happened(1, "order_paid", 24 * 9, Decimal(12))])
    store(stores.events, [Happened(2, "order_paid", 24 * 9, Decimal(70), source="file", batch=9)], prefix="f")
    moved = {(each.kind, each.part): each.difference for each in movers(stores, total("gross_sales"), WEEK)}
    assert moved == {
        ("event", "order_paid"): Decimal("72.00"),
        ("import", "5"): Decimal("70.00"),
        ("source", "file"): Decimal("70.00"),
        ("source", "shop"): Decimal("2.00"),
    }


def test_nothing_moved_where_nothing_changed(stores: Stores) -> None:
    store(stores.events, [Happened(1, "page_viewed", 24), Happened(1, "page_viewed", 24 * 9)])
    assert movers(stores, total("active"), WEEK) == []


def test_a_pause_longer_than_usual_is_shown(stores: Stores) -> None:
    days = [day for day in range(40) if day % 7 != 5 and not 20 <= day <= 27]
    store(stores.events, [Happened(1, "page_viewed", 24 * day + 1) for day in days])
    found = gaps(stores, Period(START.date(), START.date() + timedelta(days=39), "UTC"))
    assert [(each.source, each.first, each.last, each.days) for each in found] == [
        ("shop", date(2026, 3, 20), date(2026, 3, 28), 9)
    ]


def test_a_source_that_fell_silent_is_shown(stores: Stores) -> None:
    store(stores.events, [Happened(1, "page_viewed", 24 * day) for day in range(20)])
    (gap,) = gaps(stores, Period(START.date(), START.date() + timedelta(days=29), "UTC"))
    assert (gap.first, gap.days) == (date(2026, 3, 21), 10)
