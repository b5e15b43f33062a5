"""The mix of a month's plans beside what is healthy; a warning and its fix for each figure that leaves it. Pure."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from siyu.content.calendar.model import Draft
from siyu.content.pieces.model import CLASSES


@dataclass(frozen=True, slots=True)
class Share:
    """One figure: of all plans the share with ``value`` of ``name``. ``share`` is None where there are none."""

    name: str
    value: str
    plans: int
    share: float | None
    aim: float
    low: float
    high: float

    @property
    def fits(self) -> bool:
        return self.share is None or self.low <= self.share <= self.high


@dataclass(frozen=True, slots=True)
class Warned:
    """What is wrong with the plan, and what to do."""

    key: str
    zh: str
    en: str
    fix_zh: str
    fix_en: str
    classes: Mapping[str, str]
    """What a new plan should be to mend it, by class; empty where nothing is to be added."""
    week: date | None = None


@dataclass(frozen=True)
class Mix:
    """A month's figures and what they warn of. ``weeks``: Monday → brand posts of that week."""

    plans: int
    shares: Sequence[Share]
    weeks: Mapping[date, int]
    warnings: Sequence[Warned]


@cache
def thresholds() -> Mapping[str, Any]:
    """What is healthy; see ``thresholds.toml``."""
    return tomllib.loads(files("siyu.content.calendar").joinpath("thresholds.toml").read_text("utf-8"))


def mix_of(plans: Sequence[Draft], first: date, last: date) -> Mix:
    """The figures of the plans of a month. Weeks are judged that lie in it with four days at least and have a plan."""
    inside = [plan for plan in plans if first <= plan.day <= last]
    told = thresholds()
    shares = [
        _share(inside, name, value, figures)
        for name, values in told["shares"].items()
        for value, figures in values.items()
    ]
    weeks = Counter(_monday(plan.day) for plan in inside if plan.pillar == "brand")
    used = {_monday(plan.day) for plan in inside}
    by_week = {week: weeks[week] for week in sorted(used)}
    warnings: list[Warned] = []
    if len(inside) >= told["judged_from"]:
        warnings += [warned for share in shares if (warned := _of_share(share, len(inside)))]
    for name, values in told["present"].items() if inside else ():
        there = {getattr(plan, name) for plan in inside}
        warnings += [_absent(name, value) for value in values if value not in there]
    for week, many in by_week.items():
        days_inside = sum(first <= week + timedelta(days=number) <= last for number in range(7))
        if days_inside >= 4:
            warnings += _of_week(week, many, told["week"])
    return Mix(len(inside), shares, by_week, warnings)


def _share(plans: Sequence[Draft], name: str, value: str, told: Mapping[str, float]) -> Share:
    many = sum(getattr(plan, name) == value for plan in plans)
    return Share(name, value, many, many / len(plans) if plans else None, told["aim"], told["low"], told["high"])


def _of_share(share: Share, plans: int) -> Warned | None:
    if share.fits or share.share is None:
        return None
    zh, en = CLASSES[share.name][1][share.value]
    now, aim = round(share.share * 100), round(share.aim * 100)
    if share.share < share.low:
        missing = max(1, _missing(share, plans))
        return Warned(
            f"{share.name}.{share.value}.low",
            f"「{zh}」只占 {now}%，应在 {aim}% 上下",
            f"“{en}” is {now}%, it should be about {aim}%",
            f"再排 {missing} 条「{zh}」，或减少其他内容",
            f"Plan {missing} more of “{en}”, or fewer others",
            {share.name: share.value},
        )
    spare = max(1, share.plans - int(share.high * plans))
    return Warned(
        f"{share.name}.{share.value}.high",
        f"「{zh}」占 {now}%，应在 {aim}% 上下",
        f"“{en}” is {now}%, it should be about {aim}%",
        f"把 {spare} 条「{zh}」换成别的内容",
        f"Change {spare} of “{en}” into something else",
        {},
    )


def _missing(share: Share, plans: int) -> int:
    """How many more until the floor is reached, as each makes the whole larger too."""
    more = 0
    while (share.plans + more) / (plans + more) < share.low and more < plans * 20:
        more += 1
    return more


def _absent(name: str, value: str) -> Warned:
    zh, en = CLASSES[name][1][value]
    of_zh, of_en = CLASSES[name][0]
    return Warned(
        f"{name}.{value}.absent",
        f"本月没有{of_zh}为「{zh}」的内容",
        f"Nothing this month whose {of_en.lower()} is “{en}”",
        f"排一条「{zh}」",
        f"Plan one of “{en}”",
        {name: value},
    )


def _of_week(week: date, many: int, told: Mapping[str, int]) -> list[Warned]:
    low, high = told["brand_low"], told["brand_high"]
    if low <= many <= high:
        return []
    zh, en = f"{week.month} 月 {week.day} 日这一周", f"The week of {week:%Y-%m-%d}"
    if many < low:
        fix = (f"再排 {low - many} 条品牌内容", f"Plan {low - many} more brand posts")
    else:
        fix = (f"挪走 {many - high} 条，或改到别的周", f"Move {many - high} to another week")
    return [
        Warned(
            f"week.{'low' if many < low else 'high'}",
            f"{zh}有 {many} 条品牌内容，应为 {low} 至 {high} 条",
            f"{en} has {many} brand posts, it should have {low} to {high}",
            *fix,
            {"pillar": "brand"} if many < low else {},
            week,
        )
    ]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
