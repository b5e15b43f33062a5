"""Help to unlock (助力): so many friends help, and what was promised is given. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec

from siyu.growth.campaigns.mechanic import Act, Finding, Grant, Refused, Step, asked

HELPERS_MAX = 100
HOURS_MAX = 24 * 30


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """``helpers`` friends unlock ``title`` for the starter; each gets ``friend_title`` ("" for nothing)."""

    helpers: Annotated[int, asked("需要几位朋友", "Friends needed", unit="people", ge=1, le=HELPERS_MAX)] = 3
    title: Annotated[str, asked("发起人得到", "The starter gets", longest=60)]
    kind: Annotated[str, asked("奖励类型", "Kind of reward", unit="kind")] = "goods"
    amount: Annotated[int, asked("奖励数量", "How much of it", unit="reward", ge=1, le=5_000_000)] = 1
    friend_title: Annotated[
        str, asked("每位朋友得到", "Each friend gets", note=("可不填；1 份实物", "May be empty; one piece"), longest=60)
    ] = ""
    newcomers_only: Annotated[bool, asked("只算新朋友", "Only new friends count")] = False
    hours: Annotated[
        int, asked("限时", "Within", unit="hours", note=("0 为不限", "0 for no limit"), ge=0, le=HOURS_MAX)
    ] = 24


class State(msgspec.Struct, frozen=True):
    """``friends``: who helped, in order."""

    starter: int
    friends: tuple[int, ...] = ()


SAID = {
    "opened": ("已发起，请朋友来帮忙吧。", "Started: ask friends to help."),
    "helped_now": ("谢谢！已帮 TA 助力。", "Thank you: that helped."),
    "done": ("助力完成，奖励已到账。", "Done: the reward is granted."),
    "own": ("自己不能为自己助力，请朋友来。", "You can't help yourself: ask a friend."),
    "helped": ("您已助力过了。", "You have helped already."),
    "full": ("已经凑齐了。", "There are enough friends already."),
    "not_new": ("这次只算新朋友的助力；您也可以自己发起一个。", "Only new friends count; you may start one yourself."),
    "over": ("时间到了，这次没有凑齐。", "Time is up: there were not enough."),
}


def start(rules: Rules, act: Act) -> Step[State]:
    """Ask for help."""
    del rules
    return Step(State(act.person), said="opened")


def contribute(rules: Rules, state: State, act: Act) -> Step[State]:
    """A friend helps. Raises :class:`Refused`: oneself, helped before, enough already, not new."""
    if act.starter:
        raise Refused("own")
    if act.person in state.friends:
        raise Refused("helped")
    if len(state.friends) >= rules.helpers:
        raise Refused("full")
    if rules.newcomers_only and not act.new_person:
        raise Refused("not_new")
    now = State(state.starter, (*state.friends, act.person))
    grants: list[Grant] = []
    if rules.friend_title:
        grants.append(Grant(f"friend:{act.person}", act.person, "goods", 1, rules.friend_title))
    done = len(now.friends) == rules.helpers
    if done:
        grants.append(Grant("done", state.starter, rules.kind, rules.amount, rules.title))
    return Step(now, grants, done, "done" if done else "helped_now")


def expire(rules: Rules, state: State, at: datetime) -> Step[State]:
    """Time is up; nothing was set aside."""
    del rules, at
    return Step(state, done=True, said="over")


def need(rules: Rules, state: State) -> tuple[int, int]:
    """Friends who helped, and all that are needed."""
    return len(state.friends), rules.helpers


def costs(rules: Rules) -> Mapping[str, int]:
    """What one effort costs at most."""
    cost = {rules.kind: rules.amount}
    if rules.friend_title:
        cost["goods"] = cost.get("goods", 0) + rules.helpers
    return cost


def check(rules: Rules) -> list[Finding]:
    """What the rules may not be."""
    if rules.title.strip():
        return []
    return [Finding("title", "请写明发起人得到什么。", "Say what the starter gets.", "stop")]
