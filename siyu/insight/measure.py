"""Measures figures: many in one scan where they read the same span, one relation each where they do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from siyu.insight.answers import FigureAnswer, Number, PartValue, Point, Reason, cents
from siyu.insight.figure import AnyFigure, Measure, Share, Span, Total, filled, spanned, totals_of
from siyu.insight.period import UNITS, Period, Unit, bucket, bucket_of, step
from siyu.insight.relation import PERSON, Part, counted, part_named
from siyu.storage import EventLog

PARTS_MAX = 500
"""Rows of a breakdown that are answered, the largest first; a city list is longer than anybody reads."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What a total's relation adds up to, and how many events were in it."""

    sum: int | Decimal
    events: int


NOTHING = Raw(0, 0)
WHOLE = "\0whole"
"""Stands for all parts together: no part of the data is called so."""

Measured = dict[str, dict[str, Raw]]
"""Total → part, and :data:`WHOLE` → what it adds up to."""


def measure_totals(
    events: EventLog, totals: Iterable[Total], periods: Sequence[Period], part: Part | None = None
) -> list[Measured]:
    """Each total over each period, split by ``part``; the whole is there too, under :data:`WHOLE`.

    A part that nothing fell into is absent.
    """
    unique = list({total.name: total for total in totals}.values())
    found: list[Measured] = [{total.name: {} for total in unique} for _ in periods]
    shared = [total for total in unique if total.plain and not (part is not None and part.of_person)]
    told = [total for total in shared if total.at and (part is None or part.name in UNITS)]
    for group in _sharing(told):
        _measure_histories(events, group, periods, part, found)
    for group in _sharing([total for total in shared if total not in told]):
        _measure_together(events, group, periods, part, found)
    for total in unique:
        if total not in shared:
            for period, measured in zip(periods, found, strict=True):
                measured[total.name] = _measure_alone(events, total, period, part)
    return found


def _sharing(totals: Sequence[Total]) -> list[list[Total]]:
    """Which totals go through one scan: those with the same history (it is read once), and those that read properties
    apart from those that don't (reading a property costs as much as all the rest)."""
    groups: dict[tuple[str, ...], list[Total]] = {}
    for total in totals:
        history = total.history
        key = (history.source, history.columns, history.where) if history else ("",)
        costly = "properties" in total.where + total.weight + total.thing
        groups.setdefault((*key, "costly" if costly else ""), []).append(total)
    return list(groups.values())


def _measure_together(
    events: EventLog, totals: Sequence[Total], periods: Sequence[Period], part: Part | None, found: list[Measured]
) -> None:
    columns: list[str] = []
    conditions: list[str] = []
    times: list[str] = []
    keeping: list[str] = []
    for period in periods:
        for total in totals:
            time, _ = spanned(total.span, period)
            kept = total.history.kept_in(period) if total.history else "1"
            condition = f"({time} AND ({kept}) AND ({filled(total.where, period)}))"
            times.append(time)
            conditions.append(condition)
            keeping.append(f"({kept})")
            weight = filled(total.weight, period)
            columns += [total.measure.sql(period.zone, condition, weight, total.thing), f"countIf({condition})"]
    history = totals[0].history
    thin, joined = "1", ""
    if history is not None:  # a join costs by its rows: the fewer come to it, the better
        thin = " OR ".join(dict.fromkeys(f"({counted(total.events)})" for total in totals))
        read = history.read(history.columns, history.where, " OR ".join(dict.fromkeys(keeping)))
        joined = f"INNER JOIN ({read}) AS history ON history.of_person = rows.kept"
    sql = (
        f"SELECT {_split(part and part.expression)}, {', '.join(columns)} "
        f"FROM (SELECT *, {PERSON} AS kept FROM events "
        f"WHERE ({' OR '.join(dict.fromkeys(times))}) AND ({thin})) AS rows {joined} "
        f"WHERE {' OR '.join(conditions)}{_GROUPED if part else ''}"
    )
    _fill(events.rows(sql, heavy=True), totals, found, paired=True)


def _measure_histories(
    events: EventLog, totals: Sequence[Total], periods: Sequence[Period], part: Part | None, found: list[Measured]
) -> None:
    """Totals of one history, one contribution a person: nothing but the history has to be read."""
    history = totals[0].history
    assert history is not None
    kept = [total.history.kept_in(period) for period in periods for total in totals if total.history is not None]
    read = history.read(history.columns, history.where, " OR ".join(f"({each})" for each in dict.fromkeys(kept)))
    moment = bucket(part.name, periods[0].zone, totals[0].at) if part is not None and part.name in UNITS else None
    sql = (
        f"SELECT {_split(moment)}, {', '.join(f'countIf({each})' for each in kept)} "
        f"FROM ({read}){_GROUPED if moment else ''}"
    )
    _fill(events.rows(sql, heavy=True), totals, found, paired=False)


def _fill(rows: Iterable[Sequence[Any]], totals: Sequence[Total], found: list[Measured], *, paired: bool) -> None:
    """Rows of (part, is it a part, then for each period and total its sum and, where ``paired``, its events)."""
    for name, is_part, *values in rows:
        cells = iter(values)
        for measured in found:
            for total in totals:
                value = next(cells)
                raw = Raw(value, next(cells) if paired else value)
                if not is_part:
                    measured[total.name][WHOLE] = raw
                elif raw.events:
                    measured[total.name][name] = raw


def _measure_alone(events: EventLog, total: Total, period: Period, part: Part | None) -> dict[str, Raw]:
    relation = total.relation(period, part)
    sql = (
        f"SELECT {_split('rows.part' if part else None)}, {total.measure.sql(period.zone)}, count() "
        f"FROM ({relation.sql}) AS rows{_GROUPED if part else ''}"
    )
    found = events.rows(sql, relation.parameters, heavy=True)
    return {name if is_part else WHOLE: Raw(value, count) for name, is_part, value, count in found}


_GROUPED = " GROUP BY GROUPING SETS ((split), ())"


def _split(expression: str | None) -> str:
    """SQL: the part a row belongs to, and whether the row is of a part (1) or of the whole (0)."""
    return f"toString({expression} AS split), grouping(split) = 0" if expression else "'', 0"


# From sums to what is shown.


def shown(figure: AnyFigure, measured: Mapping[str, Mapping[str, Raw]], part: str, days: int) -> Number | None:
    """A figure's value from its totals' sums; ``None`` where it has none."""
    if isinstance(figure, Share):
        top, below = totals_of(figure)
        whole = _exact(below, measured[below.name].get(part, NOTHING), days)
        if not whole:
            return None
        value = _exact(top, measured[top.name].get(part, NOTHING), days) / whole
        return cents(value) if figure.unit == "money" else round(float(value), 6)
    raw = measured[figure.name].get(part, NOTHING)
    if figure.undefined_en and not raw.events:
        return None
    if figure.measure is Measure.AMOUNT:
        return cents(Decimal(raw.sum))
    if figure.measure is Measure.PEOPLE_A_DAY:
        return round(float(_exact(figure, raw, days)), 2)
    return int(raw.sum)


def _exact(total: Total, raw: Raw, days: int) -> Decimal:
    if total.measure is Measure.PEOPLE_A_DAY:
        return Decimal(raw.sum) / {Span.TAIL_7: 7, Span.TAIL_30: 30}.get(total.span, days)
    return Decimal(raw.sum)


def why_undefined(figure: AnyFigure, value: Number | None) -> Reason | None:
    """Why a figure has no value; None where it has one."""
    if value is not None:
        return None
    if isinstance(figure, Share):
        return Reason(figure.nothing_zh, figure.nothing_en)
    return Reason(figure.undefined_zh, figure.undefined_en)


def change_of(value: Number | None, before: Number | None) -> float | None:
    """Relative change; none where there was nothing to compare with."""
    if value is None or not before:
        return None
    return round((float(value) - float(before)) / abs(float(before)), 6)


def measure(
    events: EventLog,
    figures: Sequence[AnyFigure],
    period: Period,
    *,
    by: str | None = None,
    series: Unit | None = None,
) -> list[FigureAnswer]:
    """Figures of a period beside the one before; with ``by`` also split, with ``series`` also over time.

    Raises :class:`BadInput` for a breakdown that there is not.
    """
    both = (period, period.before())
    totals = [total for figure in figures for total in totals_of(figure)]
    # One call for all: totals that share a history are measured together, whether a line is drawn of them or not.
    measured = measure_totals(events, totals, both, part_named(series, period.zone) if series else None)
    parts = measure_totals(events, totals, both, part_named(by, period.zone)) if by else None
    return [_answer(figure, measured, period, parts, series) for figure in figures]


def _answer(
    figure: AnyFigure, measured: list[Measured], period: Period, parts: list[Measured] | None, series: Unit | None
) -> FigureAnswer:
    now, then = measured
    value = shown(figure, now, WHOLE, period.days)
    before = shown(figure, then, WHOLE, period.before().days)
    return FigureAnswer(
        name=figure.name,
        zh=figure.zh,
        en=figure.en,
        unit=figure.unit,
        good=figure.good,
        value=value,
        undefined=why_undefined(figure, value),
        before=before,
        change=change_of(value, before),
        meaning_zh=figure.meaning_zh,
        meaning_en=figure.meaning_en,
        sides=[shown(side, now, WHOLE, period.days) for side in totals_of(figure)]
        if isinstance(figure, Share)
        else None,
        series=_series(figure, now, period, series) if series and has_series(figure) else None,
        parts=_parts(figure, parts, period) if parts else None,
    )


def _parts(figure: AnyFigure, parts: list[Measured], period: Period) -> list[PartValue]:
    now, then = parts
    whole = totals_of(figure)[-1].name
    names = sorted(
        {*now[whole], *then[whole]} - {WHOLE}, key=lambda name: (-float(now[whole].get(name, NOTHING).sum), name)
    )
    return [
        PartValue(name, shown(figure, now, name, period.days), shown(figure, then, name, period.before().days))
        for name in names[:PARTS_MAX]
    ]


def has_series(figure: AnyFigure) -> bool:
    """Whether points over time add up to it or average it: it looks at the period's own events only."""
    return all(total.span is Span.PERIOD for total in totals_of(figure))


def _series(figure: AnyFigure, now: Measured, period: Period, unit: Unit) -> list[Point]:
    return [
        Point(start, shown(figure, now, start.isoformat(), _days_inside(start, unit, period)))
        for start in _starts(period, unit)
    ]


def _starts(period: Period, unit: Unit) -> Iterable[date]:
    start = bucket_of(period.first, unit)
    while start <= period.last:
        yield start
        start = step(start, unit, 1)


def _days_inside(start: date, unit: Unit, period: Period) -> int:
    """Days of a unit that lie in the period: its first and last unit may be cut."""
    last = min(step(start, unit, 1) - timedelta(days=1), period.last)
    return (last - max(start, period.first)).days + 1
