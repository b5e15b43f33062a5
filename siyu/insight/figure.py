"""What a figure is. Each one lives in a small file of ``figures/`` and registers itself.

A :class:`Total` measures a relation of events; a :class:`Share` divides one total by another. Nothing else is needed,
and so everything that is shown can be listed: the people and the events of a total, of a share's part and whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from siyu.insight.period import Period, at, within
from siyu.insight.relation import EVENT_COLUMNS, PERSON, Events, Part, Relation, counted, people_parts
from siyu.people.event_names import NAMES
from siyu.storage import NotFound

FigureUnit = Literal["people", "events", "orders", "money", "share", "messages"]


class Measure(Enum):
    """How contributions are put together. ``{c}`` is the condition under which a row counts."""

    EVENTS = "countIf({c})"
    PEOPLE = "groupBitmapIf(kept, {c})"
    AMOUNT = "sumIf({weight}, {c})"
    THINGS = "uniqExactIf(toString({thing}), {c})"
    PEOPLE_A_DAY = "uniqExactIf((kept, toDate(time, '{zone}')), {c})"  # divided by the days of the period

    def sql(self, zone: str, condition: str = "1", weight: str = "weight", thing: str = "thing") -> str:
        """SQL: the aggregate. The defaults read a relation; a shared scan gives its own condition and columns."""
        return (
            self.value.replace("{c}", condition)
            .replace("{zone}", zone)
            .replace("{weight}", weight)
            .replace("{thing}", thing)
        )


class Span(Enum):
    """Which time of events counts, seen from a period."""

    PERIOD = "period"
    TAIL_7 = "tail_7"
    TAIL_30 = "tail_30"
    BACK_7 = "back_7"  # the period and the 7 days before it, for what takes 7 days to be known
    BACK_30 = "back_30"
    EVER = "ever"  # up to the period's end
    FROM_START = "from_start"  # answers to what happened in the period may come after it


def spanned(span: Span, period: Period) -> tuple[str, Period]:
    """SQL for the time, and the period of the days that count."""
    if span is Span.EVER:
        return f"time < {at(period.end)}", period
    if span is Span.FROM_START:
        return f"time >= {at(period.start)}", period
    back = {Span.BACK_7: 7, Span.BACK_30: 30}.get(span, 0)
    if back:
        return within(period.moved(-back).start, period.end), period
    days = {Span.TAIL_7: 7, Span.TAIL_30: 30}.get(span)
    counted = period.tail(days) if days else period
    return within(counted.start, counted.end), counted


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What a user is told of it. ``good`` says which direction is welcome."""

    name: str
    zh: str
    en: str
    unit: FigureUnit
    meaning_zh: str
    meaning_en: str
    good: Literal["up", "down", "neither"] = "up"


@dataclass(frozen=True, kw_only=True)
class History:
    """One row a person, from all their events: ``columns`` (SQL aggregates with names) over ``where``,
    kept where ``having`` holds. ``having`` may use ``{start}``, ``{end}`` (moments) and ``{zone}``;
    ``shift_days`` moves that period. ``source`` is the event log, or its statistics per node (``person_stats``, kept
    as events come in) where they hold what is asked: a fiftieth of the rows."""

    columns: str
    source: Literal["events", "person_stats"] = "events"
    where: str = "1"
    having: str = "1"
    shift_days: int = 0

    @property
    def timeless(self) -> bool:
        """It reads the whole log whatever the period, so one reading serves many periods."""
        return "{" not in self.columns + self.where

    def kept_in(self, period: Period) -> str:
        """SQL: whom it keeps, seen from a period."""
        return filled(self.having, period.moved(self.shift_days))

    def sql(self, period: Period) -> str:
        return self.read(filled(self.columns, period), filled(self.where, period), self.kept_in(period))

    def read(self, columns: str, where: str, having: str) -> str:
        grouped = f"FROM {self.source} WHERE {where} GROUP BY of_person HAVING {having}"
        return f"SELECT {PERSON} AS of_person, {columns} {grouped}"


def begun(moment: Literal["first_time", "first_paid"], days_before: int = 0) -> History:
    """Those whose first event, or first paid order, lies in the period; or in the same days, so many days before."""
    return History(
        columns=f"min(person_stats.{moment}) AS {moment}",
        source="person_stats",
        having=f"{moment} >= {{start}} AND {moment} < {{end}}",
        shift_days=-days_before,
    )


@dataclass(frozen=True, kw_only=True)
class Total(Figure):
    """Adds up ``events``: those that hold ``also``, where that is said. It may use the columns of the event log, those
    of ``history``, and ``{start}``…"""

    events: Events
    also: str = ""
    at: str = ""
    """The history's column whose moment is the contribution, one a person: then the history alone tells the number."""
    measure: Measure = Measure.EVENTS
    weight: str = "toDecimal128(amount, 4)"
    thing: str = "message_id"
    span: Span = Span.PERIOD
    history: History | None = None
    undefined_zh: str = ""
    undefined_en: str = ""
    """Why there is no value where nothing contributes; empty where that simply is 0."""

    @property
    def where(self) -> str:
        """SQL: the condition under which an event counts, before its time is looked at; to be :func:`filled`."""
        said = [counted(self.events), f"time = {self.at}" if self.at else "", self.also]
        return " AND ".join(each for each in said if each not in ("", "1")) or "1"

    @property
    def plain(self) -> bool:
        """It reads the events of a bounded time (and at most a timeless history), so it can share one scan."""
        return self.span not in (Span.EVER, Span.FROM_START) and (self.history is None or self.history.timeless)

    def relation(self, period: Period, part: Part | None = None) -> Relation:
        """The events that add up to it, with ``weight``, ``thing`` and, if asked for, ``part``."""
        times, _ = spanned(self.span, period)
        own_part = f", {part.expression} AS part" if part is not None and not part.of_person else ""
        extra = f", {self.weight} AS weight, toString({self.thing}) AS thing{own_part}"
        where = filled(self.where, period)
        if self.history is None:
            sql = f"SELECT {EVENT_COLUMNS}{extra} FROM events WHERE {times} AND ({where})"
        else:
            sql = (
                f"SELECT {EVENT_COLUMNS}{extra} FROM events "
                f"INNER JOIN ({self.history.sql(period)}) AS history ON history.of_person = {PERSON} "
                f"WHERE {times} AND ({where})"
            )
        if part is not None and part.of_person:
            sql = (
                f"SELECT rows.*, parts.part AS part FROM ({sql}) AS rows "
                f"LEFT JOIN ({people_parts(part)}) AS parts ON parts.of_person = rows.kept"
            )
        return Relation(sql)


@dataclass(frozen=True, kw_only=True)
class Share(Figure):
    """``part`` over ``whole`` (names of totals): a rate, or an amount per something."""

    part: str
    whole: str
    nothing_zh: str
    nothing_en: str
    """Why it has no value where the whole is nothing."""


def filled(sql: str, period: Period) -> str:
    """SQL with the period's moments in place."""
    return (
        sql.replace("{start}", at(period.start))
        .replace("{end}", at(period.end))
        .replace("{zone}", f"'{period.zone}'")
        .replace("{first}", f"toDate('{period.first}')")
        .replace("{last}", f"toDate('{period.last}')")
    )


AnyFigure = Total | Share
_REGISTRY: dict[str, AnyFigure] = {}


def figure(given: AnyFigure) -> None:
    """Register a figure. A share's totals are registered before it."""
    if given.name in _REGISTRY:
        raise ValueError(f"two figures are named {given.name}")
    if isinstance(given, Total) and isinstance(given.events, tuple) and not set(given.events) <= NAMES.keys():
        raise ValueError(f"{given.name} counts events that there are not")
    if isinstance(given, Share) and not {given.part, given.whole} <= _REGISTRY.keys():
        raise ValueError(f"{given.name} divides figures that are not registered")
    _REGISTRY[given.name] = given


def figures() -> dict[str, AnyFigure]:
    """All figures by name, in the order in which they are shown."""
    return dict(_REGISTRY)


def figure_named(name: str) -> AnyFigure:
    """A figure. Raises :class:`NotFound`."""
    if name not in _REGISTRY:
        raise NotFound(
            "unknown_figure",
            f"没有名为“{name[:60]}”的指标，可用：{'、'.join(_REGISTRY)}。",
            f"There is no figure {name[:60]!r}; there are {', '.join(_REGISTRY)}.",
            field="figure",
        )
    return _REGISTRY[name]


def totals_of(given: AnyFigure) -> tuple[Total, ...]:
    """The totals that a figure is made of: itself, or its part and its whole."""
    if isinstance(given, Total):
        return (given,)
    found = [figure_named(given.part), figure_named(given.whole)]
    return tuple(each for each in found if isinstance(each, Total))
