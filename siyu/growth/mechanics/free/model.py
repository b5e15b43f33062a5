"""Free with invites (0元免费): a product is given for so many friends who are new and come themselves. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from siyu.growth.campaigns.mechanic import Act, Finding, Grant, Refused, Step, asked

FRIENDS_MAX = 50


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """``friends`` who are new give the starter ``product``; each of them gets ``friend_gift`` ("" for none)."""

    product: Annotated[str, asked("免费送什么", "What is given", longest=60)]
    friends: Annotated[int, asked("几位新朋友", "Friends who are new", unit="people", ge=1, le=FRIENDS_MAX)] = 3
    friend_gift: Annotated[
        str, asked("新朋友得到", "What each friend gets", note=("可留空", "May be empty"), longest=60)
    ] = ""
    kind: Annotated[str, asked("发放方式", "Given as", unit="kind")] = "goods"


class State(msgspec.Struct, frozen=True):
    """``friends``: who came, in order."""

    starter: int
    friends: tuple[int, ...] = ()


def start(rules: Rules, act: Act) -> Step[State]:
    """Ask for the product."""
    del rules
    return Step(State(act.person), said="opened")


def contribute(rules: Rules, state: State, act: Act) -> Step[State]:
    """A friend comes. Raises :class:`Refused`: oneself, counted before, known to the shop before, enough already."""
    if act.starter or act.person == state.starter:
        raise Refused("own")
    if act.person in state.friends:
        raise Refused("helped")
    if len(state.friends) >= rules.friends:
        raise Refused("full")
    if not act.new_person:
        raise Refused("not_new")
    now = msgspec.structs.replace(state, friends=(*state.friends, act.person))
    grants: list[Grant] = []
    if rules.friend_gift:
        grants.append(Grant(f"friend:{act.person}", act.person, rules.kind, 1, rules.friend_gift))
    done = len(now.friends) == rules.friends
    if done:
        grants.append(Grant("product", state.starter, rules.kind, 1, rules.product))
    return Step(now, grants, done, "done" if done else "helped_now")


def expire(rules: Rules, state: State, at: datetime) -> Step[State]:
    """Time is up; nothing was set aside."""
    del rules, at
    return Step(state, done=True, said="over")


def need(rules: Rules, state: State) -> tuple[int, int]:
    """Friends who came, and all that are needed."""
    return len(state.friends), rules.friends


def costs(rules: Rules) -> dict[str, int]:
    """The product, and what the friends get."""
    return {rules.kind: 1 + (rules.friends if rules.friend_gift else 0)}


def check(rules: Rules) -> list[Finding]:
    """What the rules may not be."""
    found: list[Finding] = []
    if not rules.product.strip():
        found.append(Finding("product", "请填写商品。", "Say which product.", "stop"))
    return found
