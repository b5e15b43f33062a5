"""``funnel``: how many people go through ordered steps within a time, and where they stop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from siyu.audiences.compile import SETTINGS
from siyu.audiences.conditions.base import EVERY_EVENT
from siyu.audiences.conditions.did import check_event, said
from siyu.audiences.conditions.sequence import Step, row_sql
from siyu.audiences.filters import Filter
from siyu.audiences.queries import names as names_of
from siyu.audiences.sql import Query
from siyu.audiences.words import Words
from siyu.insight.answers import Freshness, PeriodAnswer
from siyu.insight.freshness import freshness
from siyu.insight.period import Period, at
from siyu.insight.relation import EVENT_COLUMNS, PERSON, Part, Relation, part_named, people_parts, query_at
from siyu.insight.report import Between, Report, period_of, register
from siyu.storage import BadInput, Stores

STEPS_MAX = 16
PARTS_MAX = 50
_WINDOW_MAX_SECONDS = 3660 * 86_400
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

MODES: dict[str, tuple[str, ...]] = {
    "once": ("strict_once",),
    "overlap": (),
    "increase": ("strict_increase",),
    "deduplication": ("strict_deduplication",),
}
"""Our word → the engine's modes of ``windowFunnel``. See docs/reference/funnel.md."""


class FunnelParameters(Between, frozen=True, kw_only=True, forbid_unknown_fields=True):
    steps: Annotated[
        list[str | Step],
        Meta(
            description="Steps in order: names of events, or objects with event and where (property filters as in "
            "audiences); * is any event",
            extra={"zh": "按顺序的步骤：事件名，或带 event 与 where（属性筛选，同人群）的对象；* 表示任意事件"},
            min_length=1,
            max_length=STEPS_MAX,
        ),
    ] = msgspec.field(default_factory=lambda: ["product_viewed", "cart_added", "order_paid"])
    window: Annotated[
        str,
        Meta(
            description="Time from the first step to the last, such as 30m, 12h or 7d",
            extra={"zh": "从第一步到最后一步的时限，如 30m、12h、7d"},
            pattern="^[0-9]{1,6}[smhd]$",
        ),
    ] = "7d"
    mode: Annotated[
        Literal["once", "overlap", "increase", "deduplication"],
        Meta(
            description="once: an event counts for one step; overlap: for every step it fits; increase: each step "
            "strictly later; deduplication: a repeated step ends the run",
            extra={
                "zh": "once：一条事件只算一步；overlap：可同时算多步；increase：每步时间必须更晚；"
                "deduplication：步骤重复即停"
            },
        ),
    ] = "once"
    by: Annotated[
        str | None,
        Meta(
            description="Split by a part of the first step's event, or by a part of the person; as in core",
            extra={"zh": "按首步事件或客户的维度拆分，同 core"},
        ),
    ] = None


class StepAnswer(Struct, frozen=True):
    step: int
    event: str
    where: Annotated[list[Filter], Meta(description="The step's property filters")]
    zh: Annotated[str, Meta(description="The step as a sentence")]
    en: str
    people: Annotated[int, Meta(description="Who came at least this far")]
    stopped: Annotated[int, Meta(description="Who came exactly this far")]
    share_of_first: float | None
    share_of_previous: float | None


class FunnelPart(Struct, frozen=True):
    part: str
    steps: list[StepAnswer]


class FunnelAnswer(Struct, frozen=True):
    """People at each step."""

    report: str
    timezone: str
    period: Annotated[PeriodAnswer, Meta(description="The first step lies in it; later ones may follow after it")]
    window_seconds: int
    mode: str
    steps: list[StepAnswer]
    by: str | None
    parts: list[FunnelPart] | None
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class _Funnel:
    """The pieces of the query, shared by the counts and the cells."""

    levels: str
    events: str
    query: Query


def steps_of(given: FunnelParameters) -> list[Step]:
    """The steps, checked. Raises :class:`BadInput` with the step's place."""
    steps = [Step(each) if isinstance(each, str) else each for each in given.steps]
    for number, step in enumerate(steps):
        check_event(step.event, step.where, f"steps[{number}]")
    return steps


def window_seconds(given: FunnelParameters) -> int:
    """The time from the first step to the last, in seconds. Raises :class:`BadInput`."""
    match = re.fullmatch("([0-9]+)([smhd])", given.window)
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    if not 1 <= seconds <= _WINDOW_MAX_SECONDS:
        raise BadInput(
            "bad_window",
            "时限须在 1 秒到 3660 天之间，例如 30m、12h、7d。",
            "The window lies between 1 second and 3660 days, for example 30m, 12h or 7d.",
            field="window",
        )
    return seconds


def _funnel(stores: Stores, given: FunnelParameters, period: Period) -> _Funnel:
    query = query_at(stores, period.zone)
    window = window_seconds(given)
    steps = steps_of(given)
    wanted = [row_sql(query, step.event, step.where) for step in steps]
    times = f"time >= {at(period.start)} AND time < {at(period.end)} + toIntervalSecond({window})"
    rows = f"{times} AND {_named(query, steps)} AND ({' OR '.join(dict.fromkeys(wanted))})"
    begun_in_time = f"({wanted[0]} AND time < {at(period.end)})"
    conditions = ", ".join([begun_in_time, *wanted[1:]])
    modes = "".join(f", '{mode}'" for mode in MODES[given.mode])
    part = part_named(given.by, period.zone) if given.by else None
    levels = (
        f"SELECT {PERSON} AS kept, {_part_of_event(part, begun_in_time)} AS part, "
        f"windowFunnel({window * 1000}{modes})(toUInt64(toUnixTimestamp64Milli(time)), {conditions}) AS level "
        f"FROM events WHERE {rows} GROUP BY kept HAVING level > 0 {SETTINGS}"
    )
    if part is not None and part.of_person:
        levels = (
            f"SELECT kept, parts.part AS part, level FROM ({levels}) AS levels "
            f"LEFT JOIN ({people_parts(part)}) AS parts ON parts.of_person = levels.kept"
        )
    return _Funnel(levels, f"SELECT {EVENT_COLUMNS} FROM events WHERE {rows} {SETTINGS}", query)


def _named(query: Query, steps: list[Step]) -> str:
    """SQL on the name alone: it is read first, so that properties are read of the steps' events only."""
    names = list(dict.fromkeys(step.event for step in steps))
    return "1" if EVERY_EVENT in names else f"name IN {query.texts(names)}"


def _part_of_event(part: Part | None, first: str) -> str:
    if part is None or part.of_person:
        return "''"
    return f"toString(argMinIf({part.expression}, time, {first}))"


def run(stores: Stores, given: FunnelParameters, zone: str) -> FunnelAnswer:
    period = period_of(stores, given, zone)
    fresh = freshness(stores)
    pieces = _funnel(stores, given, period)
    found = stores.events.rows(
        f"SELECT part, level, count() FROM ({pieces.levels}) GROUP BY part, level", pieces.query.parameters, heavy=True
    )
    stopped: dict[str, dict[int, int]] = {}
    for part, level, people in found:
        stopped.setdefault(part, {})[level] = people
    steps = _worded(stores, steps_of(given))
    whole: dict[int, int] = {}
    for counts in stopped.values():
        for level, people in counts.items():
            whole[level] = whole.get(level, 0) + people
    largest = sorted(stopped, key=lambda part: (-sum(stopped[part].values()), part))[:PARTS_MAX]
    return FunnelAnswer(
        report="funnel",
        timezone=zone,
        period=PeriodAnswer(period.first, period.last),
        window_seconds=window_seconds(given),
        mode=given.mode,
        steps=_steps(steps, whole),
        by=given.by,
        parts=[FunnelPart(part, _steps(steps, stopped[part])) for part in largest] if given.by else None,
        freshness=fresh,
    )


_Worded = tuple[Step, str, str]
"""A step, and what it is called in Chinese and in English."""


def _worded(stores: Stores, steps: list[Step]) -> list[_Worded]:
    names = names_of(stores)
    zh, en = Words("zh", names), Words("en", names)
    return [(step, said(zh, step.event, step.where), said(en, step.event, step.where)) for step in steps]


def _steps(steps: list[_Worded], stopped: dict[int, int]) -> list[StepAnswer]:
    reached = [sum(people for level, people in stopped.items() if level > index) for index in range(len(steps))]
    return [
        StepAnswer(
            step=index + 1,
            event=step.event,
            where=list(step.where),
            zh=zh,
            en=en,
            people=reached[index],
            stopped=stopped.get(index + 1, 0),
            share_of_first=_share(reached[index], reached[0]),
            share_of_previous=_share(reached[index], reached[index - 1]) if index else None,
        )
        for index, (step, zh, en) in enumerate(steps)
    ]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def cell(stores: Stores, given: FunnelParameters, zone: str, cell: str) -> Relation:
    """``reached:<step>`` or ``stopped:<step>``, optionally ``=<part>``: those people, and their steps' events."""
    place, split, part = cell.partition("=")
    match = re.fullmatch("(reached|stopped):([0-9]{1,2})", place)
    if match is None:
        raise BadInput(
            "bad_cell",
            "请用 reached:步数 或 stopped:步数 指明，例如 stopped:2。",
            "Name a cell as reached:<step> or stopped:<step>, for example stopped:2.",
            field="cell",
        )
    pieces = _funnel(stores, given, period_of(stores, given, zone))
    compare = ">=" if match[1] == "reached" else "="
    chosen = f" AND part = {pieces.query.text(part)}" if split else ""
    people = f"SELECT kept FROM ({pieces.levels}) WHERE level {compare} {int(match[2])}{chosen}"
    return Relation(f"SELECT * FROM ({pieces.events}) WHERE kept IN ({people})", pieces.query.parameters)


FUNNEL = register(
    Report(
        name="funnel",
        zh="漏斗",
        en="Funnel",
        shows_zh="按顺序完成各步骤的人数，以及人们停在哪一步。",
        shows_en="How many people go through the steps in order, and at which step the others stop.",
        parameters=FunnelParameters,
        answer=FunnelAnswer,
        run=run,
        cell=cell,
    )
)
