"""What the API and the command line tell of the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from siyu.content.calendar.days import marks_between
from siyu.content.calendar.mix import mix_of
from siyu.content.calendar.model import Plan
from siyu.content.calendar.reading import get_plan, own_days, plans_between, sent_by_day
from siyu.storage import BadInput, Stores


class PlanAnswer(msgspec.Struct):
    """A plan. `done`: what became of it, such as `broadcast:12`."""

    id: int
    day: date
    channel: str
    title: str
    brief: str
    piece: int | None
    tone: str
    pillar: str
    lasting: str
    question: str
    value: str
    done: str


class MarkAnswer(msgspec.Struct):
    """What a day is: `lunar` and `public` festivals, `shopping` days, the shop's `own`, days off (`rest`), worked
    weekends (`work`)."""

    day: date
    kind: str
    zh: str
    en: str


class SentAnswer(msgspec.Struct):
    """What really arrived on a day."""

    day: date
    broadcasts: int
    messages: int


class ShareAnswer(msgspec.Struct):
    """A figure of the mix; `share` is null where nothing is planned."""

    name: str
    value: str
    plans: int
    share: float | None
    aim: float
    low: float
    high: float
    fits: bool


class WarnedAnswer(msgspec.Struct):
    """What leaves the mix, and the fix."""

    key: str
    zh: str
    en: str
    fix_zh: str
    fix_en: str


class CalendarAnswer(msgspec.Struct):
    """A month."""

    plans: list[PlanAnswer]
    marks: list[MarkAnswer]
    sent: list[SentAnswer]
    mix: list[ShareAnswer]
    warnings: list[WarnedAnswer]


class MovedAnswer(msgspec.Struct):
    """Where a plan stood before it was moved, and where it stands."""

    id: int
    was: date
    day: date


class PlanRemoved(msgspec.Struct):
    """Which plan was taken out."""

    removed: int


def month_told(stores: Stores, month: str) -> CalendarAnswer:
    """``month`` as 2026-11. Raises :class:`BadInput`."""
    first, last = span_of(month)
    plans = plans_between(stores, first, last)
    mix = mix_of([each.draft for each in plans], first, last)
    marks = marks_between(first, last, own_days(stores))
    return CalendarAnswer(
        [told(each) for each in plans],
        [MarkAnswer(day, mark.kind, mark.zh, mark.en) for day, found in marks.items() for mark in found],
        [SentAnswer(day, *counts) for day, counts in sorted(sent_by_day(stores, first, last).items())],
        [
            ShareAnswer(each.name, each.value, each.plans, each.share, each.aim, each.low, each.high, each.fits)
            for each in mix.shares
        ],
        [WarnedAnswer(each.key, each.zh, each.en, each.fix_zh, each.fix_en) for each in mix.warnings],
    )


def span_of(month: str) -> tuple[date, date]:
    """The first and the last day of ``2026-11``. Raises :class:`BadInput`."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise BadInput("month", "请填写月份，如 2026-11。", "Give a month, such as 2026-11.", field="month") from error
    if not 1901 <= first.year < 2099:
        raise BadInput("month", "请填写 1901 至 2098 年的月份。", "Give a month of 1901 to 2098.", field="month")
    return first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def plan_told(stores: Stores, plan: int) -> PlanAnswer:
    """Raises :class:`~siyu.storage.NotFound`."""
    return told(get_plan(stores, plan))


def told(plan: Plan) -> PlanAnswer:
    """One plan."""
    draft = plan.draft
    return PlanAnswer(
        plan.id,
        draft.day,
        draft.channel,
        draft.title,
        draft.brief,
        draft.piece,
        draft.tone,
        draft.pillar,
        draft.lasting,
        draft.question,
        draft.value,
        plan.done,
    )
