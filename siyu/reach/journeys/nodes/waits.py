"""Waiting: for a while, until a time of day where the person is, for an event, for the person's best hour."""

from __future__ import annotations

from siyu.audiences.words import Words
from siyu.reach.journeys.clocks import check_clock
from siyu.reach.journeys.matching import Match
from siyu.reach.journeys.nodes.base import Edges, OneWay
from siyu.reach.limits import MINUTES_MAX
from siyu.storage import BadInput

WEEKDAYS = ("一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))


class Wait(OneWay, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag="wait"):
    """So many minutes from now."""

    minutes: int

    def check(self, at: str) -> None:
        check_minutes(self.minutes, f"{at}.minutes")

    def sentence(self, words: Words) -> str:
        return words.t(f"等待 {span(self.minutes, words)}", f"wait {span(self.minutes, words)}")


class WaitUntil(OneWay, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag="wait_until"):
    """Until the clock shows ``clock`` where the person is (their own zone, else the shop's): the first such moment that
    is later than now, on one of ``weekdays`` (1 Monday to 7 Sunday; none named: any), after ``days`` whole days.

    Where clocks go forward over it, it is the moment they jump to; where they go back, the first of the two.
    """

    clock: str
    days: int = 0
    weekdays: tuple[int, ...] = ()

    def check(self, at: str) -> None:
        check_clock(self.clock, f"{at}.clock")
        if not 0 <= self.days <= 400:
            raise BadInput("journey_days", "天数须为 0 至 400。", "Days are from 0 to 400.", field=f"{at}.days")
        if any(not 1 <= day <= 7 for day in self.weekdays):
            raise BadInput("journey_weekday", "星期须为 1 至 7。", "Weekdays are from 1 to 7.", field=f"{at}.weekdays")

    def sentence(self, words: Words) -> str:
        zh, en = WEEKDAYS
        days = words.t(
            "周" + "、".join(zh[day - 1] for day in self.weekdays) + "的" if self.weekdays else "",
            " on " + ", ".join(en[day - 1] for day in self.weekdays) if self.weekdays else "",
        )
        after = words.t(f"{self.days} 天后起，", f" {self.days} days on,") if self.days else ""
        return words.t(
            f"{after}等到客户当地{days} {self.clock}", f"wait,{after} until {self.clock}{days} where they are"
        )


class WaitEvent(OneWay, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag="wait_event"):
    """Until the person does it: ``next``; or until ``minutes`` have passed: ``timeout``.

    What counts happened after the moment at which they came to this step (or, at the first step, after what brought
    them in), also where we hear of it late.
    """

    match: Match
    minutes: int
    timeout: str | None = None

    def edges(self) -> Edges:
        return {"next": self.next, "timeout": self.timeout}

    def check(self, at: str) -> None:
        self.match.check(f"{at}.match")
        check_minutes(self.minutes, f"{at}.minutes")

    def sentence(self, words: Words) -> str:
        event, longest = self.match.sentence(words), span(self.minutes, words)
        return words.t(f"等客户「{event}」，最多 {longest}", f"wait for {event}, at most {longest}")


class BestHour(OneWay, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag="best_hour"):
    """Until the hour, within the next ``hours``, in which this person is most likely to look."""

    hours: int = 24

    def check(self, at: str) -> None:
        if not 1 <= self.hours <= 168:
            raise BadInput("journey_hours", "小时数须为 1 至 168。", "Hours are from 1 to 168.", field=f"{at}.hours")

    def sentence(self, words: Words) -> str:
        return words.t(
            f"等到客户的最佳时段（{self.hours} 小时内）", f"wait for their best hour within {self.hours} hours"
        )


def check_minutes(minutes: int, at: str) -> None:
    """Raise :class:`BadInput` unless it is a wait that can be meant."""
    if not 1 <= minutes <= MINUTES_MAX:
        raise BadInput(
            "journey_minutes",
            f"等待须为 1 分钟至 {MINUTES_MAX // 1440} 天。",
            f"A wait is from one minute to {MINUTES_MAX // 1440} days.",
            field=at,
        )


def span(minutes: int, words: Words) -> str:
    """``90`` → 1 小时 30 分钟."""
    days, rest = divmod(minutes, 1440)
    hours, rest = divmod(rest, 60)
    parts = [(days, "天", "day"), (hours, "小时", "hour"), (rest, "分钟", "minute")]
    said = [words.t(f"{many} {zh}", f"{many} {en}{'s' * (many > 1)}") for many, zh, en in parts if many]
    return " ".join(said)
