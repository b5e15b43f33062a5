"""``funnel``: how many people go through ordered steps within a time, and where they stop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from siyu.insight.answers import Freshness, PeriodAnswer
from siyu.insight.freshness import freshness
from siyu.insight.period import Period, at
from siyu.insight.relation import EVENT_COLUMNS, PERSON, Binder, Part, Relation, part_named, people_parts
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


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """One step: an event by its name."""

    event: Annotated[str, Meta(max_length=120, min_length=1)]


class FunnelParameters(Between, frozen=True, kw_only=True, forbid_unknown_fields=True):
    steps: Annotated[
        list[str | Step],
        Meta(
            description="Steps in order: names of events, or objects with event",
            extra={"zh": "按顺序的步骤：事件名，或带 event 的对象"},
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
    binder: Binder


def steps_of(given: FunnelParameters) -> list[Step]:
    return [Step(each) if isinstance(each, str) else each for each in given.steps]


def window_seconds(given: FunnelParameters) -> int:
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


def _funnel(given: FunnelParameters, period: Period) -> _Funnel:
    bind = Binder()
    window = window_seconds(given)
    wanted = [f"(name = {bind.text(step.event)})" for step in steps_of(given)]
    any_step = " OR ".join(wanted)
    begun_in_time = f"({wanted[0]} AND time < {at(period.end)})"
    conditions = ", ".join([begun_in_time, *wanted[1:]])
    modes = "".join(f", '{mode}'" for mode in MODES[given.mode])
    times = f"time >= {at(period.start)} AND time < {at(period.end)} + toIntervalSecond({window})"
    part = part_named(given.by, period.zone) if given.by else None
    levels = (
        f"SELECT {PERSON} AS kept, {_part_of_event(part, begun_in_time)} AS part, "
        f"windowFunnel({window * 1000}{modes})(toUInt64(toUnixTimestamp64Milli(time)), {conditions}) AS level "
        f"FROM events WHERE {times} AND ({any_step}) GROUP BY kept HAVING level > 0"
    )
    if part is not None and part.of_person:
        levels = (
            f"SELECT kept, parts.part AS part, level FROM ({levels}) AS levels "
            f"LEFT JOIN ({people_parts(part)}) AS parts ON parts.of_person = levels.kept"
        )
    return _Funnel(levels, f"SELECT {EVENT_COLUMNS} FROM events WHERE {times} AND ({any_step})", bind)


def _part_of_event(part: Part | None, first: str) -> str:
    if part is None or part.of_person:
        return "''"
    return f"toString(argMinIf({part.expression}, time, {first}))"


def run(stores: Stores, given: FunnelParameters, zone: str) -> FunnelAnswer:
    period = period_of(stores, given, zone)
    fresh = freshness(stores)
    pieces = _funnel(given, period)
    found = stores.events.rows(
        f"SELECT part, level, count() FROM ({pieces.levels}) GROUP BY part, level", pieces.binder.values, heavy=True
    )
    stopped: dict[str, dict[int, int]] = {}
    for part, level, people in found:
        stopped.setdefault(part, {})[level] = people
    steps = steps_of(given)
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


def _steps(steps: list[Step], stopped: dict[int, int]) -> list[StepAnswer]:
    reached = [sum(people for level, people in stopped.items() if level > index) for index in range(len(steps))]
    return [
        StepAnswer(
            step=index + 1,
            event=step.event,
            people=reached[index],
            stopped=stopped.get(index + 1, 0),
            share_of_first=_share(reached[index], reached[0]),
            share_of_previous=_share(reached[index], reached[index - 1]) if index else None,
        )
        for index, step in enumerate(steps)
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
    pieces = _funnel(given, period_of(stores, given, zone))
    compare = ">=" if match[1] == "reached" else "="
    chosen = f" AND part = {pieces.binder.text(part)}" if split else ""
    people = f"SELECT kept FROM ({pieces.levels}) WHERE level {compare} {int(match[2])}{chosen}"
    return Relation(f"SELECT * FROM ({pieces.events}) WHERE kept IN ({people})", pieces.binder.values)


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
