"""Why a figure jumped: which source, import, event or channel moved it; and where data may be missing."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa
from msgspec import Struct

from siyu.insight.answers import Number, cents
from siyu.insight.figure import Measure, Total
from siyu.insight.measure import NOTHING, WHOLE, Raw, measure_totals, shown
from siyu.insight.period import Period
from siyu.insight.relation import Part, part_named
from siyu.people.tables import batches, imports
from siyu.storage import Stores

MOVERS_MAX = 20
GAP_DAYS_MIN = 2
GAP_TIMES_USUAL = 3
_BATCH = Part("batch", "导入批次", "Import batch", "toString(batch)")


class Mover(Struct, frozen=True):
    """One contribution to a change. ``kind``: source, import, event or channel."""

    kind: str
    part: str
    zh: str
    en: str
    value: Number
    before: Number
    difference: Number


class Gap(Struct, frozen=True):
    """Days on which a source, which else brings events, brought none."""

    source: str
    first: date
    last: date
    days: int
    usual_days: int
    """The longest pause that is usual for this source (days without events between two with)."""


def movers(stores: Stores, total: Total, period: Period) -> list[Mover]:
    """What moved a total from the period before to this one, the largest difference first.

    Sums add up over the parts; a count of people does not where a person is in two of them.
    """
    kinds = [
        ("source", part_named("source", period.zone)),
        ("event", part_named("event", period.zone)),
        ("import", _BATCH),
    ]
    if total.name.startswith("message"):
        kinds.append(("channel", part_named("channel", period.zone)))
    found: list[Mover] = []
    for kind, part in kinds:
        now, then = measure_totals(stores.events, [total], (period, period.before()), part)
        moved = _differences(total, now[total.name], then[total.name], period)
        found += _imports(stores, moved) if kind == "import" else [_mover(kind, each, part) for each in moved]
    return sorted(found, key=lambda mover: (-abs(float(mover.difference)), mover.kind, mover.part))[:MOVERS_MAX]


@dataclass(frozen=True, slots=True)
class _Moved:
    part: str
    value: Number
    before: Number

    @property
    def difference(self) -> Number:
        return (
            cents(Decimal(self.value) - Decimal(self.before))
            if isinstance(self.value, Decimal)
            else self.value - _int(self.before)
        )


def _int(value: Number) -> int | float:
    return value if isinstance(value, int | float) else float(value)


def _differences(total: Total, now: dict[str, Raw], then: dict[str, Raw], period: Period) -> list[_Moved]:
    moved: list[_Moved] = []
    for part in sorted({*now, *then} - {WHOLE}):
        value = shown(total, {total.name: {WHOLE: now.get(part, NOTHING)}}, WHOLE, period.days)
        before = shown(total, {total.name: {WHOLE: then.get(part, NOTHING)}}, WHOLE, period.before().days)
        zero = Decimal(0) if total.measure is Measure.AMOUNT else 0
        if (value or zero) != (before or zero):
            moved.append(_Moved(part, value if value is not None else zero, before if before is not None else zero))
    return moved


def _mover(kind: str, moved: _Moved, part: Part) -> Mover:
    name = moved.part or "—"
    return Mover(
        kind, moved.part, f"{part.zh} {name}", f"{part.en} {name}", moved.value, moved.before, moved.difference
    )


def _imports(stores: Stores, moved: list[_Moved]) -> list[Mover]:
    """Batches that were imports, named by their file; what came bit by bit is no explanation."""
    numbers = {int(each.part): each for each in moved if each.part.isdigit()}
    with stores.ledger.read() as conn:
        streams = conn.execute(
            sa.select(batches.c.id, batches.c.stream).where(
                batches.c.id.in_(list(numbers)[:1000]), batches.c.stream.like("import:%")
            )
        ).all()
        wanted = [int(stream.partition(":")[2]) for _, stream in streams]
        named = conn.execute(sa.select(imports.c.id, imports.c.file_name).where(imports.c.id.in_(wanted))).all()
    files: dict[int, str] = {number: name for number, name in named}  # noqa: C416  (typed rows)
    found: list[Mover] = []
    for batch, stream in streams:
        number = int(stream.partition(":")[2])
        name = files.get(number, "?")
        each = numbers[batch]
        found.append(
            Mover(
                "import",
                str(number),
                f"导入 {number}（{name}）",
                f"Import {number} ({name})",
                each.value,
                each.before,
                each.difference,
            )
        )
    return found


def gaps(stores: Stores, period: Period) -> list[Gap]:
    """Pauses of a source longer than three times what is usual for it, and at least two days, inside a period."""
    found: list[Gap] = []
    for source, days in stores.events.rows(
        "SELECT toString(source), arraySort(groupUniqArray(toDate(time, {zone:String}))) FROM events "
        "WHERE time < {end:DateTime64(3)} GROUP BY source ORDER BY source",
        {"zone": period.zone, "end": period.end},
        heavy=True,
    ):
        found += _gaps_of(source, days, period)
    return found


def _gaps_of(source: str, days: list[date], period: Period) -> list[Gap]:
    pauses = [(early, late, (late - early).days - 1) for early, late in itertools.pairwise(days)]
    lengths = sorted(length for _, _, length in pauses)
    if len(lengths) < 7:
        return []  # too little is known of its rhythm
    usual = lengths[int(len(lengths) * 0.95)]
    limit = max(GAP_DAYS_MIN, usual * GAP_TIMES_USUAL) if usual else GAP_DAYS_MIN
    one = timedelta(days=1)
    ended = [(days[-1], period.last + one, (period.last - days[-1]).days)]
    return [
        Gap(source, early + one, late - one, length, usual)
        for early, late, length in [*pauses, *ended]
        if length >= limit and late - one >= period.first and early + one <= period.last
    ]
