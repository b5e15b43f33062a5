"""Invite friends, by card, poster or link (任务宝, 老带新): rungs of new friends, each with its reward. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec

from siyu.growth.campaigns.mechanic import Act, Finding, Grant, Refused, Step, asked

FRIENDS_MAX = 1_000
RUNGS_MAX = 10
HELD_DAYS_MAX = 90


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """So many ``friends`` are worth ``amount`` of a ``kind``."""

    friends: Annotated[int, asked("邀请人数", "Friends", unit="people", ge=1, le=FRIENDS_MAX)]
    title: Annotated[str, asked("得到", "Gets", longest=60)]
    kind: Annotated[str, asked("类型", "Kind", unit="kind")] = "goods"
    amount: Annotated[int, asked("数量", "How much", unit="reward", ge=1, le=5_000_000)] = 1


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """``rungs`` by new friends; each friend gets ``friend_title`` ("" for nothing). ``held_days``: rewards wait so
    long, so that who leaves at once is seen first."""

    rungs: Annotated[tuple[Rung, ...], asked("阶梯奖励", "Rungs")]
    friend_title: Annotated[
        str,
        asked(
            "每位新朋友得到", "Each new friend gets", note=("可不填；1 份实物", "May be empty; one piece"), longest=60
        ),
    ] = ""
    held_days: Annotated[
        int,
        asked(
            *("奖励暂扣", "Rewards wait"),
            unit="days",
            note=("防止加了就删；0 为立即发放", "Against leaving at once; 0 for none"),
            ge=0,
            le=HELD_DAYS_MAX,
        ),
    ] = 0


class State(msgspec.Struct, frozen=True):
    """``friends``: who came, in order; ``reached``: how many rungs."""

    starter: int
    friends: tuple[int, ...] = ()
    reached: int = 0


SAID = {
    "opened": ("这是您的专属邀请，把海报或链接给朋友吧。", "This is your own invitation: hand on the poster or link."),
    "came": ("欢迎！已记在邀请您的朋友名下。", "Welcome: your friend's invitation counts."),
    "rung": ("欢迎！邀请您的朋友达成了一档奖励。", "Welcome: your friend has reached a rung."),
    "own": ("这是您自己的邀请，请发给朋友。", "This is your own invitation: hand it on to friends."),
    "came_before": ("您已接受过这次邀请。", "You have accepted this invitation already."),
    "not_new": (
        "这次邀请只算新朋友；您也可以发起自己的邀请。",
        "Only new friends count; you may invite others yourself.",
    ),
    "full": ("这位朋友的邀请已经满了。", "This invitation is full."),
    "over": ("活动已结束。", "The campaign is over."),
}


def start(rules: Rules, act: Act) -> Step[State]:
    """Begin to invite."""
    del rules
    return Step(State(act.person), said="opened")


def contribute(rules: Rules, state: State, act: Act) -> Step[State]:
    """A friend comes. Raises :class:`Refused`: oneself, counted before, known to the shop before, the last rung was
    reached."""
    if act.starter or act.person == state.starter:
        raise Refused("own")
    if act.person in state.friends:
        raise Refused("came_before")
    rungs = sorted(rules.rungs, key=lambda rung: rung.friends)
    if state.reached == len(rungs):
        raise Refused("full")
    if not act.new_person:
        raise Refused("not_new")
    friends = (*state.friends, act.person)
    grants: list[Grant] = []
    if rules.friend_title:
        grants.append(Grant(f"friend:{act.person}", act.person, "goods", 1, rules.friend_title, rules.held_days))
    reached = state.reached
    for rung in rungs[reached:]:
        if rung.friends > len(friends):
            break
        reached += 1
        grants.append(Grant(f"rung:{rung.friends}", state.starter, rung.kind, rung.amount, rung.title, rules.held_days))
    said = "rung" if reached > state.reached else "came"
    return Step(State(state.starter, friends, reached), grants, reached == len(rungs), said)


def expire(rules: Rules, state: State, at: datetime) -> Step[State]:
    """The campaign is over; what was reached stays."""
    del rules, at
    return Step(state, done=True, said="over")


def need(rules: Rules, state: State) -> tuple[int, int]:
    """Friends who came, and those of the next rung."""
    goals = sorted(rung.friends for rung in rules.rungs)
    return len(state.friends), goals[min(state.reached, len(goals) - 1)]


def costs(rules: Rules) -> Mapping[str, int]:
    """What one effort costs at most."""
    cost: dict[str, int] = {}
    for rung in rules.rungs:
        cost[rung.kind] = cost.get(rung.kind, 0) + rung.amount
    if rules.friend_title:
        cost["goods"] = cost.get("goods", 0) + max(rung.friends for rung in rules.rungs)
    return cost


def check(rules: Rules) -> list[Finding]:
    """What the rules may not be."""
    found: list[Finding] = []
    if not 1 <= len(rules.rungs) <= RUNGS_MAX:
        found.append(Finding("rungs", f"阶梯为 1 到 {RUNGS_MAX} 档。", f"1 to {RUNGS_MAX} rungs.", "stop"))
    goals = [rung.friends for rung in rules.rungs]
    if len(set(goals)) < len(goals):
        found.append(Finding("rungs", "两档的人数相同。", "Two rungs ask for the same number.", "stop"))
    if any(not rung.title.strip() for rung in rules.rungs):
        found.append(Finding("rungs", "每一档都要写明得到什么。", "Each rung says what one gets.", "stop"))
    return found
