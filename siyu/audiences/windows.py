"""The stretch of time in which events count."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct, field

from siyu.audiences.sql import Moment
from siyu.audiences.words import Words
from siyu.storage import BadInput
from siyu.storage.ledger import to_millis

Unit = Literal["day", "hour", "minute"]
UNIT_MILLIS: dict[str, int] = {"day": 86_400_000, "hour": 3_600_000, "minute": 60_000}
UNIT_WORDS: dict[str, tuple[str, str]] = {
    "day": ("天", "days"),
    "hour": ("小时", "hours"),
    "minute": ("分钟", "minutes"),
}
SPAN_MILLIS_MAX = 100 * 366 * 86_400_000

Bounds = tuple[int | None, int | None]
"""First and last millisecond that count, both included; None where open."""


class Span(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A length of time: ``{"n": 7, "unit": "day"}``. A day is 24 hours."""

    n: int
    unit: Unit = "day"

    @property
    def millis(self) -> int:
        return self.n * UNIT_MILLIS[self.unit]

    def check(self, at: str) -> None:
        if self.n < 1 or self.millis > SPAN_MILLIS_MAX:
            raise BadInput(
                "rule_span",
                "时间长度须为至少 1、至多 100 年。",
                "A length of time is at least 1 unit and at most 100 years.",
                field=f"{at}.n",
            )

    def sentence(self, words: Words) -> str:
        return f"{self.n} {words.pair(UNIT_WORDS[self.unit])}"


class Ever(Struct, frozen=True, forbid_unknown_fields=True, tag="ever", tag_field="type"):
    """All time, also what is dated in the future."""

    def check(self, at: str) -> None: ...

    def bounds(self, moment: Moment) -> Bounds:
        return None, None

    def sentence(self, words: Words) -> str:
        return ""


class Last(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="last", tag_field="type"):
    """The last n days or hours up to now, to the millisecond (not calendar days)."""

    n: int
    unit: Unit = "day"

    def check(self, at: str) -> None:
        Span(self.n, self.unit).check(at)

    def bounds(self, moment: Moment) -> Bounds:
        return moment.millis - Span(self.n, self.unit).millis + 1, moment.millis

    def sentence(self, words: Words) -> str:
        span = Span(self.n, self.unit).sentence(words)
        return words.t(f"最近 {span}内", f"in the last {span}")


class Between(Struct, frozen=True, forbid_unknown_fields=True, tag="between", tag_field="type"):
    """From one date to another, both included, in the installation's time zone; or between two full times."""

    since: str = field(name="from")
    until: str = field(name="to")

    def check(self, at: str) -> None:
        first, last = _day(self.since, f"{at}.from"), _day(self.until, f"{at}.to")
        if first > last:
            raise BadInput(
                "rule_window", "开始日期晚于结束日期。", "The period begins after it ends.", field=f"{at}.from"
            )

    def bounds(self, moment: Moment) -> Bounds:
        return first_millis(self.since, moment), last_millis(self.until, moment)

    def sentence(self, words: Words) -> str:
        return words.t(f"{self.since} 至 {self.until} 期间", f"from {self.since} to {self.until}")


class Since(Struct, frozen=True, forbid_unknown_fields=True, tag="since", tag_field="type"):
    """From a date on, with no end."""

    since: str = field(name="from")

    def check(self, at: str) -> None:
        _day(self.since, f"{at}.from")

    def bounds(self, moment: Moment) -> Bounds:
        return first_millis(self.since, moment), None

    def sentence(self, words: Words) -> str:
        return words.t(f"{self.since} 以来", f"since {self.since}")


Window = Ever | Last | Between | Since


def check_day(text: str, at: str) -> None:
    """Refuse what is neither a date nor a full time with its offset."""
    _day(text, at)


def first_millis(text: str, moment: Moment) -> int:
    """The first millisecond of the date (or the time itself)."""
    return to_millis(_moment(text, moment))


def last_millis(text: str, moment: Moment) -> int:
    """The last millisecond of the date (or the time itself)."""
    if len(text) > 10:
        return first_millis(text, moment)
    following = date.fromisoformat(text) + timedelta(days=1)
    return to_millis(datetime.combine(following, time(), moment.zone)) - 1


def _moment(text: str, moment: Moment) -> datetime:
    if len(text) > 10:
        return datetime.fromisoformat(text)
    return datetime.combine(date.fromisoformat(text), time(), moment.zone)


def _day(text: str, at: str) -> str:
    try:
        parsed = datetime.fromisoformat(text)
        if 1900 <= parsed.year <= 2200 and (
            parsed.date().isoformat() == text or (len(text) > 10 and parsed.tzinfo is not None)
        ):
            return parsed.date().isoformat()
    except ValueError:
        pass
    raise BadInput(
        "rule_date",
        f"「{text[:40]}」不是日期。请写成 2026-11-22，或带时区的时间 2026-11-22T08:00:00+08:00。",
        f"“{text[:40]}” is no date. Write 2026-11-22, or a time with its offset: 2026-11-22T08:00:00+08:00.",
        field=at,
    )


def within(bounds: Bounds, millis: int) -> bool:
    """Whether a moment lies in the bounds, all in milliseconds and both ends included."""
    first, last = bounds
    return (first is None or millis >= first) and (last is None or millis <= last)
