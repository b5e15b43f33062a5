"""Bargaining (砍一刀) that ends: so many cuts by a declared rule, settled at the start, exact to the cent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from siyu.growth.campaigns.mechanic import Act, Finding, Grant, Refused, Step, asked
from siyu.growth.mechanics.dice import evenly, falling, shared
from siyu.growth.mechanics.money import yuan

CUTS_MAX = 50
Rule = Literal["even", "falling", "lucky"]
RULES: Mapping[str, tuple[str, str]] = {
    "even": ("每刀一样多", "Every cut the same"),
    "falling": ("先多后少，每刀约为上一刀的八成", "Large cuts first, each about four fifths of the one before"),
    "lucky": ("随机，按二倍均值法", "By chance, by the two-times-mean rule"),
}
FALLING_PERCENT = 80
PRODUCT_CHARACTERS_MAX = 60


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """From ``price_cents`` to ``floor_cents`` in ``cuts`` by ``rule``; ``own_cut``: the first is the starter's.
    ``partial``: when time is up the price that was reached holds."""

    product: Annotated[str, asked("商品", "Product", longest=PRODUCT_CHARACTERS_MAX)]
    price_cents: Annotated[int, asked("原价", "Price", unit="yuan", ge=1)]
    floor_cents: Annotated[int, asked("底价", "Lowest price", unit="yuan", ge=0)] = 0
    cuts: Annotated[int, asked("共砍几刀", "Cuts", unit="times", ge=1, le=CUTS_MAX)] = 5
    rule: Annotated[Rule, asked("每刀多少", "How much a cut", choices=RULES)] = "falling"
    own_cut: Annotated[bool, asked("发起人先砍一刀", "The first cut is the starter's")] = True
    partial: Annotated[bool, asked("到时没砍完，按当前价购买", "When time is up the price reached holds")] = False
    hours: Annotated[int, asked("多久内砍完", "Open for", unit="hours", ge=1, le=168)] = 24
    kind: Annotated[str, asked("发放方式", "Given as", unit="kind")] = "goods"


class State(msgspec.Struct, frozen=True):
    """``cuts`` in cents as they were drawn; ``cutters``: who made them, in order; ``starter``: whose price it is."""

    starter: int
    cuts: tuple[int, ...]
    cutters: tuple[int, ...] = ()


def cuts_of(rules: Rules, seed: bytes) -> tuple[int, ...]:
    """The cuts, which add up to the way from the price to the floor."""
    way = rules.price_cents - rules.floor_cents
    if rules.rule == "even":
        return evenly(way, rules.cuts)
    if rules.rule == "falling":
        return falling(way, rules.cuts, FALLING_PERCENT)
    return shared(seed, way, rules.cuts)


def price(rules: Rules, state: State) -> int:
    """The price as it stands, in cents."""
    return rules.price_cents - sum(state.cuts[: len(state.cutters)])


def cut_by(state: State, person: int) -> int | None:
    """What this person cut, in cents; None where it has not."""
    return state.cuts[state.cutters.index(person)] if person in state.cutters else None


def start(rules: Rules, act: Act) -> Step[State]:
    """Open one; the starter's own cut, where there is one, is made at once."""
    state = State(act.person, cuts_of(rules, act.seed))
    return _cut(rules, state, act.person) if rules.own_cut else Step(state, said="opened")


def contribute(rules: Rules, state: State, act: Act) -> Step[State]:
    """Make the next cut. Raises :class:`Refused`: cut before, one's own, the floor is reached."""
    if act.person in state.cutters:
        raise Refused("cut_before")
    if act.starter:
        raise Refused("own")
    if len(state.cutters) >= len(state.cuts):
        raise Refused("floor")
    return _cut(rules, state, act.person)


def expire(rules: Rules, state: State, at: datetime) -> Step[State]:
    """Time is up: the price that was reached holds, where the rules say so and something was cut."""
    del at
    if rules.partial and 0 < len(state.cutters) < len(state.cuts):
        return Step(state, (_right(rules, state),), done=True, said="partial")
    return Step(state, done=True, said="over")


def need(rules: Rules, state: State) -> tuple[int, int]:
    """Cuts that were made, and all: how many are missing is never a secret."""
    del rules
    return len(state.cutters), len(state.cuts)


def check(rules: Rules) -> list[Finding]:
    """What the rules may not be."""
    found: list[Finding] = []
    if not rules.product.strip():
        found.append(Finding("product", "请填写商品。", "Say which product.", "stop"))
    if rules.floor_cents >= rules.price_cents:
        found.append(Finding("floor_cents", "底价应低于原价。", "The floor is below the price.", "stop"))
    elif rules.price_cents - rules.floor_cents < rules.cuts:
        found.append(Finding("cuts", "每刀不足一分钱。", "A cut would be less than a cent.", "stop"))
    return found


def _cut(rules: Rules, state: State, person: int) -> Step[State]:
    now = msgspec.structs.replace(state, cutters=(*state.cutters, person))
    if len(now.cutters) < len(now.cuts):
        return Step(now, said="cut")
    return Step(now, (_right(rules, now),), done=True, said="done")


def _right(rules: Rules, state: State) -> Grant:
    title = f"以 {yuan(price(rules, state))} 购买{rules.product}"
    return Grant("price", state.starter, rules.kind, 1, title)
