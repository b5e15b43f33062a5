"""What ``siyu goods …`` and the API answer of goods."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from siyu.commerce.goods import cycles, keeping, sold
from siyu.commerce.goods.files import Report
from siyu.commerce.goods.keeping import Told
from siyu.commerce.goods.model import Good
from siyu.storage import Stores


class GoodAnswer(msgspec.Struct, frozen=True):
    """One of what is sold. `key` is the shop's own number of it, as order lines have it. `came`: who told of it first
    (`staff`, `api`, `file`, `orders`); `hand`: fields that staff wrote, which nothing else writes; `ordered`: last seen
    in a paid order. `cycle_seen`: days between two purchases of a person by orders (the median of `cycle_people`; half
    of them from `cycle_low` to `cycle_high`), null where fewer than 20 bought again."""

    id: int
    key: str
    name: str
    category: str
    cents: int | None
    cycle_days: int | None
    suits: str
    picture: str
    url: str
    on_sale: bool
    came: str
    hand: list[str]
    ordered: datetime | None
    cycle_seen: int | None
    cycle_low: int | None
    cycle_high: int | None
    cycle_people: int
    created: datetime
    changed: datetime


class GoodsAnswer(msgspec.Struct, frozen=True):
    """A page of goods, the newest first. `next`: give it as `before`; null at the end."""

    goods: list[GoodAnswer]
    next: int | None


class ToldAnswer(msgspec.Struct, frozen=True):
    """What came of a batch. `kept`: goods of which fields that staff wrote were left as they are."""

    added: int
    changed: int
    same: int
    kept: dict[str, list[str]]


class FaultAnswer(msgspec.Struct, frozen=True):
    """A row of a file that was left out, and why."""

    row: int
    zh: str
    en: str


class FileAnswer(msgspec.Struct, frozen=True):
    """What came of a file; `kept`: goods of which staff's own fields were left alone."""

    read: int
    added: int
    changed: int
    same: int
    kept: int
    left_out: int
    faults: list[FaultAnswer]


class SoldAnswer(msgspec.Struct, frozen=True):
    """What sold of one product in the last 30 days: pieces, what its lines were worth (yuan), how many bought."""

    pieces: Decimal
    worth: Decimal
    people: int


class CycleAnswer(msgspec.Struct, frozen=True):
    """How long it lasts, by orders now: `enough` says whether enough people bought again to believe it."""

    people: int
    enough: bool
    days: int | None
    low: int | None
    high: int | None


def good_told(good: Good) -> GoodAnswer:
    """One."""
    return GoodAnswer(**{name: getattr(good, name) for name in GoodAnswer.__struct_fields__})


def goods_told(
    stores: Stores, words: str = "", category: str = "", sale: str = "", before: int | None = None, limit: int = 50
) -> GoodsAnswer:
    """A page of them."""
    rows_max = max(1, min(limit, keeping.ROWS_MAX - 1))
    found = keeping.list_goods(stores, words, category=category, sale=sale, before=before, rows_max=rows_max + 1)
    shown = found[:rows_max]
    return GoodsAnswer([good_told(each) for each in shown], shown[-1].id if len(found) > len(shown) else None)


def told_told(told: Told) -> ToldAnswer:
    """What came of a batch."""
    return ToldAnswer(told.added, told.changed, told.same, {key: list(names) for key, names in told.kept.items()})


def file_told(report: Report) -> FileAnswer:
    """What came of a file."""
    faults = [FaultAnswer(each.row, each.zh, each.en) for each in report.faults]
    return FileAnswer(
        report.read, report.added, report.changed, report.same, report.kept, report.left_out, faults
    )  # fmt: skip


def sold_told(stores: Stores, good: int) -> SoldAnswer:
    """Raises :class:`NotFound`."""
    key = keeping.get_good(stores, good).key
    found = sold.sold_of(stores, [key]).get(key)
    return (
        SoldAnswer(Decimal(0), Decimal(0), 0) if found is None else SoldAnswer(found.pieces, found.worth, found.people)
    )


def cycle_told(stores: Stores, good: int) -> CycleAnswer:
    """Worked out now. Raises :class:`NotFound`."""
    key = keeping.get_good(stores, good).key
    found = next(iter(cycles.cycles_of(stores, [key])), None)
    if found is None or found.people < cycles.PEOPLE_MIN:
        return CycleAnswer(0 if found is None else found.people, False, None, None, None)
    return CycleAnswer(found.people, True, found.days, found.low, found.high)
