"""What brings people into a journey, and what they bring with them."""

from __future__ import annotations

import re
from typing import Any, Literal

from croniter import CroniterError, croniter
from msgspec import Struct

from siyu.audiences import model as rules
from siyu.audiences.fields import PERSON_FIELDS
from siyu.audiences.filters import Filter
from siyu.audiences.sql import check_path
from siyu.audiences.words import Words
from siyu.reach.journeys.clocks import check_clock
from siyu.reach.journeys.matching import Match
from siyu.storage import BadInput

DAYS_MAX = 3_660
BIRTHDAY = "birthday"
WEEKDAYS_ZH = "一二三四五六日"
WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAILY = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* ([0-7]|\*)")


class Trigger(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type"):
    """One way in."""

    def check(self, at: str) -> None:
        """Raise :class:`BadInput` with the path of what can't be used."""

    def sentence(self, words: Words) -> str:
        raise NotImplementedError

    def match(self) -> Match | None:
        """The event that brings people in; None where it is not an event."""
        return None


class OnEvent(Trigger, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="event"):
    """Whoever does it."""

    on: Match

    def check(self, at: str) -> None:
        self.on.check(f"{at}.on")

    def match(self) -> Match | None:
        return self.on

    def sentence(self, words: Words) -> str:
        return words.t(f"客户「{self.on.sentence(words)}」时", f"when somebody does {self.on.sentence(words)}")


class OnAudience(Trigger, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="audience"):
    """Whoever comes into a live audience, or goes out of it, from when the journey is published."""

    audience: int
    change: Literal["entered", "left"] = "entered"

    def match(self) -> Match | None:
        return Match(f"audience_{self.change}", (Filter("properties.audience", "eq", self.audience),))

    def sentence(self, words: Words) -> str:
        name = words.audience(self.audience)
        zh, en = ("进入", "enters") if self.change == "entered" else ("离开", "leaves")
        return words.t(f"客户{zh}人群{name}时", f"when somebody {en} audience {name}")


class OnCode(Trigger, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="code"):
    """Whoever comes in by one of these codes at WeCom, by their ``states``: to a member of staff, or into a group."""

    states: tuple[str, ...]
    into: Literal["friend", "group"] = "friend"

    def check(self, at: str) -> None:
        if not 1 <= len(self.states) <= 100:
            raise BadInput("journey_codes", "须选 1 至 100 个渠道码。", "Choose 1 to 100 codes.", field=f"{at}.states")

    def match(self) -> Match | None:
        event = "friend_added" if self.into == "friend" else "group_joined"
        return Match(event, (Filter("properties.channel_state", "one_of", list(self.states)),))

    def sentence(self, words: Words) -> str:
        many = len(self.states)
        return words.t(
            f"客户扫了 {many} 个渠道码之一时", f"when somebody comes by one of {many} code{'s' * (many > 1)}"
        )


class OnDate(Trigger, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="date"):
    """``days`` after (before: negative) a date of the person's, at ``clock`` where they are: an ``attribute`` of the
    profile (``birthday`` comes every year), or the last time they did ``after``."""

    days: int = 0
    clock: str = "10:00"
    attribute: str = ""
    yearly: bool = True
    after: Match | None = None

    def check(self, at: str) -> None:
        if bool(self.attribute) == (self.after is not None):
            raise BadInput(
                "journey_date",
                "请选择一个日期属性或一个事件。",
                "Choose an attribute or an event.",
                field=f"{at}.attribute",
            )
        if self.after is not None:
            self.after.check(f"{at}.after")
        else:
            check_path(self.attribute, f"{at}.attribute")
        if abs(self.days) > DAYS_MAX or (self.after is not None and self.days < 0):
            raise BadInput("journey_days", "天数不正确。", "The number of days is not valid.", field=f"{at}.days")
        check_clock(self.clock, f"{at}.clock")

    def sentence(self, words: Words) -> str:
        what = self._what(words)
        if self.days == 0:
            on = words.t("", "on the day of " if self.attribute != BIRTHDAY else "on ")
            return words.t(f"{what}当天 {self.clock}", f"{on}{what}, {self.clock}")
        many = abs(self.days)
        zh, en = ("前", "before") if self.days < 0 else ("后", "after")
        days = f"{many} day{'s' * (many > 1)}"
        return words.t(f"{what}{zh} {many} 天 {self.clock}", f"{days} {en} {what}, {self.clock}")

    def _what(self, words: Words) -> str:
        """The date that it is counted from."""
        if self.after is not None:
            return words.t(f"「{self.after.sentence(words)}」", self.after.sentence(words))
        if self.attribute == BIRTHDAY:
            name = words.pair(PERSON_FIELDS[BIRTHDAY].label)
            return words.t(name, f"their {name}")
        return words.t(f"「{self.attribute}」", f"their {self.attribute}")


class OnSchedule(Trigger, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="schedule"):
    """At times (``cron``, in the shop's zone): everybody who is then in the audience."""

    cron: str
    audience: int

    def check(self, at: str) -> None:
        wrong = BadInput("journey_cron", "定时写法不正确。", "That is no schedule.", field=f"{at}.cron")
        if not croniter.is_valid(self.cron) or len(self.cron.split()) != 5:
            raise wrong
        try:
            croniter(self.cron).get_next()
        except CroniterError:  # 30 February never comes
            raise wrong from None

    def sentence(self, words: Words) -> str:
        name = words.audience(self.audience)
        when = said_at(self.cron, words) or words.t(f"按时间表（{self.cron}）", f"on a schedule ({self.cron})")
        return words.t(f"{when}，人群{name}", f"{when}, audience {name}")


def said_at(cron: str, words: Words) -> str:
    """``0 10 * * 1`` → 每周一 10:00: a schedule of every day, or of one weekday, in words; "" for any other."""
    found = _DAILY.fullmatch(" ".join(cron.split()))
    if found is None:
        return ""
    minute, hour, weekday = found.groups()
    clock = f"{int(hour):02}:{int(minute):02}"
    if weekday == "*":
        return words.t(f"每天 {clock}", f"every day, {clock}")
    day = (int(weekday) - 1) % 7  # 0 and 7 are Sunday
    return words.t(f"每周{WEEKDAYS_ZH[day]} {clock}", f"every {WEEKDAYS_EN[day]}, {clock}")


class ByHand(Trigger, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="by_hand"):
    """Whom an operator, the API or another journey sends in."""

    def sentence(self, words: Words) -> str:
        return words.t("由人工、API 或其他旅程送入", "whom an operator, the API or another journey sends in")


AnyTrigger = OnEvent | OnAudience | OnCode | OnDate | OnSchedule | ByHand


class Entry(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who of those may come in. Nobody is in one journey twice at once; ``again``: never a second time, or once they
    have left and ``gap_days`` have passed since they last came in."""

    rule: dict[str, Any] | None = None
    again: Literal["never", "after_leaving"] = "never"
    gap_days: int = 0

    def check(self, at: str) -> None:
        if not 0 <= self.gap_days <= DAYS_MAX:
            raise BadInput("journey_days", "天数不正确。", "The number of days is not valid.", field=f"{at}.gap_days")
        if self.rule is not None:
            rules.parse(self.rule)


class Goal(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the journey is for: done within ``days`` of coming in, it counts, and they leave if ``leaves``."""

    match: Match
    days: int = 30
    leaves: bool = True

    def check(self, at: str) -> None:
        self.match.check(f"{at}.match")
        if not 1 <= self.days <= 400:
            raise BadInput("journey_days", "天数须为 1 至 400。", "Days are from 1 to 400.", field=f"{at}.days")
