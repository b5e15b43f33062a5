"""``retention``: of those who began in one month (week, day), who came back in the months after."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from siyu.insight.answers import Freshness, PeriodAnswer
from siyu.insight.freshness import freshness
from siyu.insight.period import Period, Unit, at, bucket, bucket_of, steps_between, within
from siyu.insight.relation import ACTIVE, EVENT_COLUMNS, PERSON, Relation, query_at
from siyu.insight.report import Between, Report, data_days, period_of, register
from siyu.storage import BadInput, Stores

COHORTS_MAX = 400
EVENT_NAME_MAX = 120


class RetentionParameters(Between, frozen=True, kw_only=True, forbid_unknown_fields=True):
    first: Annotated[
        str,
        Meta(
            description="The event whose first occurrence begins a person's cohort; 'any' for the very first event",
            extra={"zh": "起点事件：第一次发生即进入队列；any 表示任意第一条事件"},
            max_length=EVENT_NAME_MAX,
            min_length=1,
        ),
    ] = "order_paid"
    back: Annotated[
        str,
        Meta(
            description="The event that counts as coming back; 'any' for any activity of the person's own",
            extra={"zh": "回访事件；any 表示客户的任意活跃行为"},
            max_length=EVENT_NAME_MAX,
            min_length=1,
        ),
    ] = "order_paid"
    unit: Annotated[
        Literal["day", "week", "month"], Meta(description="Length of a step", extra={"zh": "步长：日、周、月"})
    ] = "month"
    mode: Annotated[
        Literal["classic", "rolling"],
        Meta(
            description="classic: back in that very step; rolling: back in that step or any later one",
            extra={"zh": "classic：恰在该步回访；rolling：在该步或之后任何一步回访"},
        ),
    ] = "classic"
    steps: Annotated[int, Meta(description="Steps after the first", extra={"zh": "往后看几步"}, ge=1, le=60)] = 12


class Cohort(Struct, frozen=True):
    """Those who began in one step. ``returned[0]`` came back one step later."""

    cohort: Annotated[str, Meta(description="2010-12, 2011-W03 or 2011-01-17")]
    start: date
    people: int
    returned: Annotated[
        list[int | None], Meta(description="People back in step 1, 2, …; null where the data does not reach")
    ]
    shares: list[float | None]
    complete: Annotated[int, Meta(description="How many of these steps were over when the data ends")]


class RetentionAnswer(Struct, frozen=True):
    """A cohort triangle."""

    report: str
    timezone: str
    period: Annotated[PeriodAnswer, Meta(description="Cohorts that began in it are shown")]
    first: str
    back: str
    unit: str
    mode: str
    cohorts: list[Cohort]
    average: Annotated[
        list[float | None],
        Meta(description="Share back in step 1, 2, … over the cohorts for which that step is over; null if none"),
    ]
    freshness: Freshness


def relation(stores: Stores, given: RetentionParameters, period: Period) -> Relation:
    """Every event that the triangle reads, with ``cohort`` (a date) and ``step`` (0: the first event itself)."""
    query = query_at(stores, period.zone)
    first = "1" if given.first == "any" else f"name = {query.text(given.first)}"
    back = f"({ACTIVE})" if given.back == "any" else f"name = {query.text(given.back)}"
    cohort = bucket(given.unit, period.zone, "first_time")
    now = bucket(given.unit, period.zone, "time")
    beginnings = (
        f"SELECT {PERSON} AS of_person, min(time) AS first_time FROM events WHERE {first} "
        f"GROUP BY of_person HAVING {within(period.start, period.end, 'first_time')}"
    )
    sql = (
        f"SELECT {EVENT_COLUMNS}, {cohort} AS cohort, dateDiff('{given.unit}', cohort, {now}) AS step FROM events "
        f"INNER JOIN ({beginnings}) AS begun ON begun.of_person = {PERSON} "
        f"WHERE time >= {at(period.start)} "
        f"AND ((({first}) AND time = first_time) OR ({back} AND time > first_time AND step > 0))"
    )
    return Relation(sql, query.parameters)


def run(stores: Stores, given: RetentionParameters, zone: str) -> RetentionAnswer:
    period = period_of(stores, given, zone)
    _refuse_too_many(given.unit, period)
    fresh = freshness(stores)
    source = relation(stores, given, period)
    found = stores.events.rows(_counting(given.mode, source.sql), source.parameters, heavy=True)
    counts: dict[date, dict[int, int]] = {}
    for cohort, step_number, people in found:
        counts.setdefault(cohort, {})[step_number] = people
    days = data_days(stores, zone)
    newest = days[1] if days else period.last
    cohorts = [_cohort(given, start, counts[start], newest) for start in sorted(counts)]
    return RetentionAnswer(
        report="retention",
        timezone=zone,
        period=PeriodAnswer(period.first, period.last),
        first=given.first,
        back=given.back,
        unit=given.unit,
        mode=given.mode,
        cohorts=cohorts,
        average=_average(cohorts, given.steps),
        freshness=fresh,
    )


def _counting(mode: str, sql: str) -> str:
    if mode == "classic":
        return f"SELECT cohort, step, groupBitmap(kept) FROM ({sql}) GROUP BY cohort, step"
    # Back at step k or later: everybody counts at every step up to the last one they came back in.
    return (
        "SELECT cohort, arrayJoin(range(last + 1)) AS step, count() FROM "
        f"(SELECT cohort, kept, toUInt32(max(step)) AS last FROM ({sql}) GROUP BY cohort, kept) GROUP BY cohort, step"
    )


def _refuse_too_many(unit: Unit, period: Period) -> None:
    if steps_between(bucket_of(period.first, unit), bucket_of(period.last, unit), unit) >= COHORTS_MAX:
        raise BadInput(
            "too_many_cohorts",
            f"这段时间按此步长超过 {COHORTS_MAX} 个队列，请缩短时间或改用更长的步长。",
            f"The period holds more than {COHORTS_MAX} cohorts; shorten it or use a longer step.",
            field="unit",
        )


def _cohort(given: RetentionParameters, start: date, counts: dict[int, int], newest: date) -> Cohort:
    reached = steps_between(start, bucket_of(newest, given.unit), given.unit)  # the step the newest event lies in
    people = counts[0]
    returned = [counts.get(number, 0) if number <= reached else None for number in range(1, given.steps + 1)]
    return Cohort(
        cohort=label(start, given.unit),
        start=start,
        people=people,
        returned=returned,
        shares=[None if each is None else round(each / people, 6) for each in returned],
        complete=max(0, min(given.steps, reached - 1)),
    )


def label(start: date, unit: Unit) -> str:
    """2010-12, 2011-W03 (ISO week) or 2011-01-17."""
    if unit == "month":
        return start.strftime("%Y-%m")
    if unit == "week":
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02}"
    return start.isoformat()


def _average(cohorts: list[Cohort], steps: int) -> list[float | None]:
    shares: list[float | None] = []
    for index in range(steps):
        over = [cohort for cohort in cohorts if cohort.complete > index]
        people = sum(cohort.people for cohort in over)
        back = sum(cohort.returned[index] or 0 for cohort in over)
        shares.append(round(back / people, 6) if people else None)
    return shares


def cell(stores: Stores, given: RetentionParameters, zone: str, cell: str) -> Relation:
    """``<cohort's first day>:<step>``, step 0 being the cohort itself: its people, and the events that show it."""
    start, _, number = cell.partition(":")
    try:
        wanted, at_step = date.fromisoformat(start), int(number)
    except ValueError as error:
        raise BadInput(
            "bad_cell",
            "请用“队列首日:步数”指明格子，例如 2010-12-01:3。",
            "Name a cell as <first day of the cohort>:<step>, for example 2010-12-01:3.",
            field="cell",
        ) from error
    whole = relation(stores, given, period_of(stores, given, zone))
    compare = ">=" if given.mode == "rolling" and at_step else "="
    return whole.narrowed(f"cohort = toDate('{wanted}') AND step {compare} {at_step}")


RETENTION = register(
    Report(
        name="retention",
        zh="留存",
        en="Retention",
        shows_zh="同一时段开始的客户，之后各月（周、日）还有多少人回来；默认看首购与复购。",
        shows_en="Of the people who began together, how many come back in the months (weeks, days) after; "
        "first purchase and buying again unless told otherwise.",
        parameters=RetentionParameters,
        answer=RetentionAnswer,
        run=run,
        cell=cell,
    )
)
