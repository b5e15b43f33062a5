"""A wheel with declared odds (抽奖): its draws are settled when the campaign begins; anybody can compute them later.

At the start the hash of the campaign's secret is published (:func:`committed`). A ticket's draw is HMAC-SHA256 under
that secret of what who draws put in (*luck*: any words of theirs, :func:`luck_of`), so that nobody can choose it
beforehand: neither the shop, whose secret and ticket are out by then, nor they, who do not know the secret. After the
end the secret is shown; whoever has it and the list of draws computes each again (:func:`verify`). Pure.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, NamedTuple

import msgspec

from siyu.growth.campaigns.mechanic import Act, Finding, Grant, Refused, Step, asked
from siyu.growth.mechanics.dice import number

WHOLE = 1_000_000
"""Odds are parts of a million."""
PRIZES_MAX = 12
NAME_CHARACTERS_MAX = 40
STOCK_MAX = 1_000_000
DRAWS_MAX = 20
TOP_CENTS_MAX = 5_000_000
NOTHING = "nothing"
LUCK = "luck"
LUCK_DIGITS = 32
SHARING_SOURCE = "《微信外部链接内容管理规范》"
ODDS_SOURCE = "《规范促销行为暂行规定》第十三条"
TOP_SOURCE = "《反不正当竞争法》有奖销售条款（2025 年修订后第十一条）"


class Prize(msgspec.Struct, frozen=True, kw_only=True):
    """``odds`` in parts of a million; ``stock``: how many there are; ``value_cents``: its market price."""

    name: Annotated[str, asked("奖品", "Prize", longest=NAME_CHARACTERS_MAX)]
    odds: Annotated[int, asked("中奖概率", "Odds", unit="millionth", ge=1, le=WHOLE)]
    stock: Annotated[int, asked("共有", "There are", unit="pieces", ge=1, le=STOCK_MAX)]
    value_cents: Annotated[int, asked("每份市价", "Worth each", unit="yuan", ge=0)]
    kind: Annotated[str, asked("发放方式", "Given as", unit="kind")] = "goods"
    amount: Annotated[int, asked("每份数量", "Amount each", unit="reward", ge=1)] = 1


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """``draws``: of one's own; ``friend_draws``: at most so many more, one for each friend who is new and comes."""

    prizes: Annotated[tuple[Prize, ...], asked("奖品", "Prizes")]
    draws: Annotated[int, asked("每人自己的次数", "Own draws", unit="times", ge=1, le=DRAWS_MAX)] = 1
    friend_draws: Annotated[
        int,
        asked(
            "新朋友参加最多再加",
            "More for friends who are new",
            unit="times",
            note=("填 0 就是不需要朋友的玩法", "0: no friends are needed"),
            ge=0,
            le=DRAWS_MAX,
        ),
    ] = 0


class State(msgspec.Struct, frozen=True):
    """``drawn``: the prize's place from 1, or 0 for nothing, in the order of draws; ``friends``: who brought a draw;
    ``lucks``: what was put into each draw."""

    drawn: tuple[int, ...] = ()
    friends: tuple[int, ...] = ()
    lucks: tuple[str, ...] = ()


class Draw(NamedTuple):
    """As published: ``serial`` in the campaign, ``ticket``, the ``nth`` draw of it, the ``prize`` won (0: nothing), the
    ``luck`` that was put in ("": none)."""

    serial: int
    ticket: str
    nth: int
    prize: int
    luck: str = ""


class Wrong(NamedTuple):
    """A published draw that the secret does not give: what it should have been."""

    draw: Draw
    prize: int


def committed(secret: bytes) -> str:
    """What is published before the first draw."""
    return hashlib.sha256(secret).hexdigest()


def seed_of(secret: bytes, ticket: str) -> bytes:
    """The seed of one person's ticket."""
    return hmac.digest(secret, ticket.encode(), hashlib.sha256)


def luck_of(words: str) -> str:
    """What is published of the words that somebody put into a draw: 32 digits of their SHA-256, "" for none."""
    said = words.strip()
    return hashlib.sha256(said.encode()).hexdigest()[:LUCK_DIGITS] if said else ""


def point(seed: bytes, nth: int, luck: str = "") -> int:
    """Where the ``nth`` draw (from 1) of a ticket with this seed and luck stops: one of 0 … 999,999, each as likely."""
    return number(seed, f"draw:{nth}:{luck}" if luck else f"draw:{nth}") % WHOLE


def prize_at(odds: Sequence[int], stop: int) -> int:
    """The place (from 1) of the prize at which the wheel stops, 0 for none: the prizes lie one behind the other."""
    reached = 0
    for place, share in enumerate(odds, 1):
        reached += share
        if stop < reached:
            return place
    return 0


def verify(rules: Rules, secret: bytes, commitment: str, draws: Iterable[Draw]) -> list[Wrong] | None:
    """The draws that are not what the secret says, computed again in the order of their serials; None where the secret
    is not the one that was committed to. A prize of which the stock was gone by then is nothing."""
    if not hmac.compare_digest(committed(secret), commitment):
        return None
    odds, won = [prize.odds for prize in rules.prizes], Counter[int]()
    wrong: list[Wrong] = []
    for draw in sorted(draws):
        place = prize_at(odds, point(seed_of(secret, draw.ticket), draw.nth, draw.luck))
        if place and won[place] >= rules.prizes[place - 1].stock:
            place = 0
        won[place] += 1
        if place != draw.prize:
            wrong.append(Wrong(draw, place))
    return wrong


def start(rules: Rules, act: Act) -> Step[State]:
    """Come to the wheel. Nothing is drawn yet."""
    del rules, act
    return Step(State(), said="opened")


def contribute(rules: Rules, state: State, act: Act) -> Step[State]:
    """One's own draw, or a friend who is new and earns one more. Raises :class:`Refused`."""
    if not act.starter:
        return _earn(rules, state, act)
    if len(state.drawn) >= chances(rules, state):
        raise Refused("no_draws")
    nth = len(state.drawn) + 1
    luck = luck_of(act.data.get(LUCK, ""))
    place = prize_at([prize.odds for prize in rules.prizes], point(act.seed, nth, luck))
    now = msgspec.structs.replace(state, drawn=(*state.drawn, place), lucks=(*lucks_of(state), luck))
    if not place:
        return Step(now, said=NOTHING)
    prize = rules.prizes[place - 1]
    rung, stock = f"draw:{nth}:{place}", stock_of(place)
    return Step(now, (Grant(rung, act.person, prize.kind, prize.amount, prize.name, stock=stock),), said="won")


def lucks_of(state: State) -> tuple[str, ...]:
    """What was put into each draw."""
    return (*state.lucks, *("" for _ in state.drawn[len(state.lucks) :]))


def chances(rules: Rules, state: State) -> int:
    """How many draws there are in all."""
    return rules.draws + min(len(state.friends), rules.friend_draws)


def stock_of(place: int) -> str:
    """The name of a prize's stock."""
    return f"prize:{place}"


def stocks(rules: Rules) -> dict[str, int]:
    """How many there are of each prize."""
    return {stock_of(place): prize.stock for place, prize in enumerate(rules.prizes, 1)}


def stock_names(rules: Rules) -> dict[str, str]:
    """Stock → the prize."""
    return {stock_of(place): prize.name for place, prize in enumerate(rules.prizes, 1)}


def whole(rules: Rules) -> dict[str, int]:
    """What all prizes together are of each kind."""
    found: dict[str, int] = {}
    for prize in rules.prizes:
        found[prize.kind] = found.get(prize.kind, 0) + prize.amount * prize.stock
    return found


def costs(rules: Rules) -> dict[str, int]:
    """The most that one person may win of each kind."""
    draws = rules.draws + rules.friend_draws
    most: dict[str, int] = {}
    for prize in rules.prizes:
        most[prize.kind] = max(most.get(prize.kind, 0), prize.amount * draws)
    return most


def short(rules: Rules, state: State, grant: Grant) -> Step[State]:
    """The last draw stopped at a prize that is gone: nothing."""
    del rules, grant
    return Step(msgspec.structs.replace(state, drawn=(*state.drawn[:-1], 0)), said="gone")


def turn(rules: Rules, state: State, act: Act) -> str:
    """Each of one's own draws is an act of its own."""
    del rules
    return f"draw:{len(state.drawn) + 1}" if act.starter else ""


def expire(rules: Rules, state: State, at: datetime) -> Step[State]:
    """The campaign is over; draws that were not made are lost, as the rules say."""
    del rules, at
    return Step(state, done=True, said="over")


def need(rules: Rules, state: State) -> tuple[int, int]:
    """Draws that were made, and all that one has."""
    return len(state.drawn), chances(rules, state)


def check(rules: Rules) -> list[Finding]:
    """What the law and arithmetic ask of the rules."""
    found: list[Finding] = []
    if not 1 <= len(rules.prizes) <= PRIZES_MAX:
        found.append(Finding("prizes", f"奖品为 1 到 {PRIZES_MAX} 种。", f"1 to {PRIZES_MAX} prizes.", "stop"))
    if any(not prize.name.strip() for prize in rules.prizes):
        found.append(
            Finding("prizes", "每种奖品都要写明名称、概率和数量。", "Each prize says its name.", "stop", ODDS_SOURCE)
        )
    if sum(prize.odds for prize in rules.prizes) > WHOLE:
        found.append(Finding("prizes", "概率之和超过 100%。", "The odds come to more than 100%.", "stop", ODDS_SOURCE))
    if _top_cents(rules) > TOP_CENTS_MAX:
        found.append(
            Finding(
                "prizes",
                "一个人能抽到的最高奖（各次累计）不得超过 50,000 元。",
                "What one person may win at most (all draws together) may not pass 50,000 yuan.",
                "stop",
                TOP_SOURCE,
            )
        )
    if rules.friend_draws:
        found.append(
            Finding(
                "friend_draws",
                "奖励的是新朋友自己来参加，不是转发；在微信内不得写“分享后再抽一次”。",
                "It is for a friend who comes, not for sharing: in WeChat never write “share for another draw”.",
                "warn",
                SHARING_SOURCE,
            )
        )
    return found


def _top_cents(rules: Rules) -> int:
    """The dearest prize at every draw that one person may have, as far as there are so many."""
    draws = rules.draws + rules.friend_draws
    return max((prize.value_cents * min(draws, prize.stock) for prize in rules.prizes), default=0)


def _earn(rules: Rules, state: State, act: Act) -> Step[State]:
    if act.person in state.friends:
        raise Refused("helped")
    if not act.new_person:
        raise Refused("not_new")
    if len(state.friends) >= rules.friend_draws:
        raise Refused("full")
    return Step(msgspec.structs.replace(state, friends=(*state.friends, act.person)), said="earned")
