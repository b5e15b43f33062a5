"""Check-in (打卡) by the days of one time zone, with make-up days that run out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from siyu.growth.campaigns.mechanic import Act, Finding, Grant, Refused, Step, asked

DAYS_MAX = 100
RUNGS_MAX = 10


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """What ``days`` are worth."""

    days: Annotated[int, asked("满", "Days", unit="days", ge=1, le=DAYS_MAX)]
    title: Annotated[str, asked("奖励", "Reward", longest=60)]
    kind: Annotated[str, asked("发放方式", "Given as", unit="kind")] = "goods"
    amount: Annotated[int, asked("数量", "Amount", unit="reward", ge=1)] = 1


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """``days`` from the first check-in on. ``in_a_row``: only days without a gap between them count for a rung.
    ``make_ups``: missed days that may be made good; ``friend_make_ups``: further ones, each for a friend who comes."""

    rungs: Annotated[tuple[Rung, ...], asked("各档奖励", "Rungs")]
    days: Annotated[int, asked("共几天", "Days in all", unit="days", ge=1, le=DAYS_MAX)] = 21
    in_a_row: Annotated[bool, asked("须连续", "In a row")] = True
    make_ups: Annotated[int, asked("可补签", "Make-up days", unit="times", ge=0, le=DAYS_MAX)] = 1
    friend_make_ups: Annotated[
        int, asked("朋友帮忙最多再补", "More with friends' help", unit="times", ge=0, le=DAYS_MAX)
    ] = 0
    time_zone: Annotated[str, asked("时区", "Time zone", longest=40)] = "Asia/Shanghai"


class State(msgspec.Struct, frozen=True):
    """``first``: the first day; ``days``: those that count, from 0; ``made_up``: those of them that were made good."""

    starter: int
    first: date
    days: tuple[int, ...] = ()
    made_up: tuple[int, ...] = ()
    friends: tuple[int, ...] = ()
    reached: tuple[int, ...] = ()


def day_of(rules: Rules, first: date, at: datetime) -> int:
    """Which day ``at`` is in the campaign's time zone; the first is 0. The visitor's clock is never asked."""
    return (at.astimezone(ZoneInfo(rules.time_zone)).date() - first).days


def longest(days: Iterable[int]) -> int:
    """The most days without a gap."""
    best = run = 0
    before = -2
    for day in sorted(days):
        run = run + 1 if day == before + 1 else 1
        best, before = max(best, run), day
    return best


def streak(days: Sequence[int], today: int) -> int:
    """Days without a gap up to today, or up to yesterday where today is still open."""
    end = today if today in days else today - 1
    run = 0
    while end - run in days:
        run += 1
    return run


def counted(rules: Rules, state: State) -> int:
    """The days that the rungs look at."""
    return longest(state.days) if rules.in_a_row else len(state.days)


def make_ups_left(rules: Rules, state: State) -> int:
    """How many missed days may still be made good."""
    return rules.make_ups + min(len(state.friends), rules.friend_make_ups) - len(state.made_up)


def missed(rules: Rules, state: State, at: datetime) -> list[int]:
    """Days before today that were missed, the last first."""
    today = min(day_of(rules, state.first, at), rules.days)
    return [day for day in range(today - 1, -1, -1) if day not in state.days]


def start(rules: Rules, act: Act) -> Step[State]:
    """The first check-in."""
    first = act.at.astimezone(ZoneInfo(rules.time_zone)).date()
    return _mark(rules, State(act.person, first), 0, made_up=False)


def contribute(rules: Rules, state: State, act: Act) -> Step[State]:
    """Check in (``check_in``), make the last missed day good (``make_up``), or come as a friend who gives one more
    make-up day. Raises :class:`Refused`."""
    if not act.starter:
        return _friend(rules, state, act)
    today = day_of(rules, state.first, act.at)
    if today >= rules.days:
        raise Refused("over")
    if act.kind == "make_up":
        gaps = missed(rules, state, act.at)
        if not gaps:
            raise Refused("no_gap")
        if make_ups_left(rules, state) < 1:
            raise Refused("no_make_up")
        return _mark(rules, state, gaps[0], made_up=True)
    if today < 0 or today in state.days:
        raise Refused("today")
    return _mark(rules, state, today, made_up=False)


def turn(rules: Rules, state: State, act: Act) -> str:
    """A day counts once, checked in or made good."""
    if not act.starter:
        return ""
    if act.kind == "make_up":
        return f"make_up:{next(iter(missed(rules, state, act.at)), -1)}"
    return f"day:{day_of(rules, state.first, act.at)}"


def expire(rules: Rules, state: State, at: datetime) -> Step[State]:
    """The days are over; what was reached stays."""
    del rules, at
    return Step(state, done=True, said="over")


def need(rules: Rules, state: State) -> tuple[int, int]:
    """Days that count, and those of the next rung (of the last one, when all are reached)."""
    have = counted(rules, state)
    rungs = sorted(rung.days for rung in rules.rungs)
    return have, next((days for days in rungs if days > have), rungs[-1])


def costs(rules: Rules) -> dict[str, int]:
    """What all rungs come to."""
    most: dict[str, int] = {}
    for rung in rules.rungs:
        most[rung.kind] = most.get(rung.kind, 0) + rung.amount
    return most


def check(rules: Rules) -> list[Finding]:
    """What the rules may not be."""
    found: list[Finding] = []
    at = [rung.days for rung in rules.rungs]
    if not 1 <= len(at) <= RUNGS_MAX or len(set(at)) < len(at) or max(at) > rules.days:
        found.append(
            Finding(
                "rungs",
                f"须有 1 到 {RUNGS_MAX} 档奖励，天数互不相同且不超过活动天数。",
                f"1 to {RUNGS_MAX} rungs, each of another number of days within the campaign.",
                "stop",
            )
        )
    if not _zone(rules.time_zone):
        found.append(Finding("time_zone", "没有这个时区。", "There is no such time zone.", "stop"))
    return found


def _zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _mark(rules: Rules, state: State, day: int, *, made_up: bool) -> Step[State]:
    now = msgspec.structs.replace(
        state,
        days=tuple(sorted({*state.days, day})),
        made_up=(*state.made_up, day) if made_up else state.made_up,
    )
    have = counted(rules, now)
    fresh = sorted(
        (rung for rung in rules.rungs if rung.days <= have and rung.days not in state.reached),
        key=lambda rung: rung.days,
    )
    now = msgspec.structs.replace(now, reached=(*state.reached, *(rung.days for rung in fresh)))
    grants = [Grant(f"days:{rung.days}", state.starter, rung.kind, rung.amount, rung.title) for rung in fresh]
    return Step(now, grants, len(now.reached) == len(rules.rungs), "made_up" if made_up else "checked")


def _friend(rules: Rules, state: State, act: Act) -> Step[State]:
    if act.person in state.friends:
        raise Refused("helped")
    if len(state.friends) >= rules.friend_make_ups:
        raise Refused("full")
    return Step(msgspec.structs.replace(state, friends=(*state.friends, act.person)), said="friend")
