"""What a live code is, and which of its targets somebody gets. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

Kind = Literal["staff", "group", "choice"]
Mode = Literal["turn", "capacity", "weight"]
Stage = Literal["draft", "live", "paused", "ended"]
Closed = Literal["", "not_begun", "paused", "ended"]

TARGETS_MAX = 200
NAME_CHARACTERS_MAX = 80
WELCOME_CHARACTERS_MAX = 500
LINK_CHARACTERS_MAX = 2_000
DAY_MINUTES = 24 * 60
LOOKING_AHEAD = timedelta(days=8)
FOLLOWERS_MAX = 20
ALERT_BEFORE = timedelta(days=2)
ALERT_SHARE = 0.9

KINDS: Mapping[str, tuple[str, str]] = {
    "staff": ("加员工", "Adds a member of staff"),
    "group": ("进群", "Joins a group"),
    "choice": ("自选群", "Group of one's own choice"),
}
MODES: Mapping[str, tuple[str, str]] = {
    "turn": ("依次轮流", "In turn"),
    "capacity": ("满了再换下一个", "The next when one is full"),
    "weight": ("按权重随机", "At random by weight"),
}
STAGES: Mapping[str, tuple[str, str]] = {
    "draft": ("草稿", "Draft"),
    "live": ("使用中", "Live"),
    "paused": ("已暂停", "Paused"),
    "ended": ("已结束", "Ended"),
}

Hours = tuple[int, int, int]
"""Weekday (Monday is 0), first minute of the day, and the minute at which it ends."""


class Target(msgspec.Struct, frozen=True):
    """One that people are led to; see ``tables.py``. ``given_day`` counts the day ``day`` alone.

    A struct: one with other counts is made twice for everybody who comes, which took a dataclass of 22 fields 13 µs.
    """

    id: int
    place: int = 0
    name: str = ""
    way: int | None = None
    picture: str = ""
    link: str = ""
    tag: int | None = None
    weight: int = 1
    day_cap: int | None = None
    seats: int | None = None
    regions: tuple[str, ...] = ()
    hours: tuple[Hours, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    backup: bool = False
    off: bool = False
    follower: int | None = None
    given: int = 0
    given_day: int = 0
    day: int = 0
    barred: bool = False  # the code at WeCom behind it is not there: not made yet, refused, removed

    def given_on(self, day: int) -> int:
        return self.given_day if self.day == day else 0

    def ended(self, now: datetime) -> bool:
        """It does not come back by itself."""
        return self.off or self.barred or (self.ends is not None and self.ends <= now)

    def taken(self, day: int) -> Target:
        """After one more person."""
        return replace(self, given=self.given + 1, given_day=self.given_on(day) + 1, day=day)


@dataclass(frozen=True, slots=True)
class Moment:
    """When somebody comes, by the clock of the installation."""

    now: datetime
    zone: ZoneInfo
    local: datetime = field(init=False)
    day: int = field(init=False)

    def __post_init__(self) -> None:
        local = self.now.astimezone(self.zone)
        object.__setattr__(self, "local", local)
        object.__setattr__(self, "day", local.date().toordinal())


def closed(stage: Stage, starts: datetime | None, ends: datetime | None, now: datetime) -> Closed:
    """Why a code leads nowhere now; "" where it does lead on."""
    if stage == "ended" or (ends is not None and ends <= now):
        return "ended"
    if stage == "draft" or (stage == "live" and starts is not None and starts > now):
        return "not_begun"
    return "paused" if stage == "paused" else ""


def open_to(target: Target, at: Moment, city: str = "") -> bool:
    """Whether it takes one more person now, who comes from ``city`` ("": not known)."""
    if target.ended(at.now) or (target.starts is not None and target.starts > at.now):
        return False
    if target.seats is not None and target.given >= target.seats:
        return False
    if target.day_cap is not None and target.given_on(at.day) >= target.day_cap:
        return False
    return _in_hours(target.hours, at.local) and _in_region(target.regions, city)


def choose(targets: Sequence[Target], mode: Mode, code: int, who: str, at: Moment, city: str = "") -> Target | None:
    """The target that ``who`` gets, who has none yet: of those open to them, else of the backups; None: there is none.

    A target for the person's own region goes before those for everywhere.
    """
    for backup in (False, True):
        free = [each for each in targets if each.backup is backup and open_to(each, at, city)]
        near = [each for each in free if each.regions]
        if free:
            return _by_mode(near or free, mode, code, who)
    return None


def opens_next(targets: Iterable[Target], at: Moment, city: str = "") -> datetime | None:
    """When a target is open again by what is known now, within eight days; None: not by itself."""
    kept = list(targets)
    days = [at.local.date() + timedelta(days=number) for number in range(LOOKING_AHEAD.days)]
    marks = {datetime.combine(day, time(), at.zone) for day in days}
    for target in kept:
        marks |= {target.starts} if target.starts is not None else set()
        marks |= {
            datetime.combine(day, time(first // 60, first % 60), at.zone)
            for day in days
            for weekday, first, _ in target.hours
            if day.weekday() == weekday
        }
    for mark in sorted(marks):
        if mark > at.now and any(open_to(each, Moment(mark, at.zone), city) for each in kept):
            return mark
    return None


def standing_in(target: int, targets: Mapping[int, Target], now: datetime) -> Target | None:
    """What is shown to who has this target: itself, or once it has ended who follows it; None: nobody does."""
    found = targets.get(target)
    for _ in range(FOLLOWERS_MAX):
        if found is None or not found.ended(now):
            return found
        found = targets.get(found.follower) if found.follower is not None else None
    return None


def running_out(targets: Iterable[Target], now: datetime) -> list[tuple[Target, str]]:
    """Targets that somebody should look after, and why: ``ends`` (in two days, and nobody follows), ``ended``,
    ``full``, ``nearly_full``."""
    found: list[tuple[Target, str]] = []
    for each in targets:
        if each.off or each.follower is not None:
            continue
        if each.ended(now):
            found.append((each, "ended"))
        elif each.seats is not None and each.given >= each.seats:
            found.append((each, "full"))
        elif each.ends is not None and each.ends - now <= ALERT_BEFORE:
            found.append((each, "ends"))
        elif each.seats is not None and each.given >= each.seats * ALERT_SHARE:
            found.append((each, "nearly_full"))
    return found


def _by_mode(free: Sequence[Target], mode: Mode, code: int, who: str) -> Target:
    return _MODES[mode](free, code, who)


def turn(target: Target) -> tuple[float, int, int]:
    """Whose turn it is: the least goes first."""
    return (target.given + 1) / target.weight, target.place, target.id


def draw(code: int, who: str) -> int:
    """A number for somebody at a code: the same at each try, and for anybody else by chance."""
    return int.from_bytes(hashlib.sha256(f"{code}:{who}".encode()).digest()[:8])


def _in_turn(free: Sequence[Target], code: int, who: str) -> Target:
    return min(free, key=turn)


def _by_capacity(free: Sequence[Target], code: int, who: str) -> Target:
    return min(free, key=lambda each: each.place)


def _by_weight(free: Sequence[Target], code: int, who: str) -> Target:
    left = draw(code, who) % sum(each.weight for each in free)
    for each in free:
        left -= each.weight
        if left < 0:
            return each
    raise AssertionError("weights add up")


_MODES: Mapping[str, Callable[[Sequence[Target], int, str], Target]] = {
    "turn": _in_turn,
    "capacity": _by_capacity,
    "weight": _by_weight,
}


def _in_hours(hours: Sequence[Hours], local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    return not hours or any(day == local.weekday() and first <= minute < last for day, first, last in hours)


def _in_region(regions: Sequence[str], city: str) -> bool:
    return not regions or any(city.removesuffix("市") == each.removesuffix("市") for each in regions if city)
