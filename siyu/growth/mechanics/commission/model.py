"""Commission of exactly two levels (分销), on paid orders alone, held through the return window, taken back by line.

A sale has two columns, ``first`` (who brought the buyer) and ``second`` (who brought that one), and no third. Nothing
is paid for bringing people, and nothing is derived from another's commission: both are shares of what the buyer paid.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

import msgspec

from siyu.growth.campaigns.mechanic import Act, Finding, Refused, Step, asked
from siyu.growth.purses.givers import currency_of

PERCENT_MAX = 50
RETURN_DAYS_MIN = 7
"""The law gives who bought from afar seven days to send it back."""
RETURN_DAYS_MAX = 90
FRIENDS_MAX = 2_000
LAW = "《禁止传销条例》第七条"
Level = Literal[1, 2]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Shares in percent of what was paid for a line; there is no third."""

    first_percent: Annotated[
        int, asked("推荐人得", "To who brought the buyer", unit="percent", ge=0, le=PERCENT_MAX)
    ] = 10
    second_percent: Annotated[
        int, asked("上一级推荐人得", "To who brought that one", unit="percent", ge=0, le=PERCENT_MAX)
    ] = 5
    return_days: Annotated[
        int, asked("付款后等几天再发", "Waits after payment", unit="days", ge=RETURN_DAYS_MIN, le=RETURN_DAYS_MAX)
    ] = 15
    kind: Annotated[str, asked("发放方式", "Given as", unit="kind")] = "money"


class State(msgspec.Struct, frozen=True):
    """``friends``: new people who came by the promoter. Nothing is paid for them; their orders count."""

    starter: int
    friends: tuple[int, ...] = ()


class Due(NamedTuple):
    """What a line owes somebody. ``version`` grows when part of the line is returned: the former is taken back."""

    line: str
    level: Level
    person: int
    cents: int
    version: int = 0


class Change(NamedTuple):
    """``back``: what no longer stands; ``fresh``: what is due instead, or newly."""

    back: Sequence[Due]
    fresh: Sequence[Due]


def share(percent: int, cents: int) -> int:
    """``percent`` of ``cents``, rounded down: never more than was declared."""
    return percent * cents // 100


def owed(
    rules: Rules, first: int | None, second: int | None, kept: Mapping[str, int]
) -> dict[tuple[str, Level], tuple[int, int]]:
    """(Line, level) → (person, cents). ``kept``: line → cents that were paid and not returned."""
    who: list[tuple[Level, int | None, int]] = [(1, first, rules.first_percent), (2, second, rules.second_percent)]
    found: dict[tuple[str, Level], tuple[int, int]] = {}
    for line, cents in kept.items():
        for level, person, percent in who:
            if person is not None and (amount := share(percent, cents)):
                found[line, level] = (person, amount)
    return found


def settle(
    rules: Rules,
    first: int | None,
    second: int | None,
    kept: Mapping[str, int],
    stands: Iterable[Due],
    gone: Iterable[Due] = (),
) -> Change:
    """What changes for an order of which ``stands`` was granted, so that exactly what is owed stands. Asked again it
    changes nothing. ``gone``: what was granted and taken back; its versions are not used again."""
    wanted = owed(rules, first, second, kept)
    back: list[Due] = []
    versions: dict[tuple[str, Level], int] = {}
    for due in gone:
        versions[due.line, due.level] = max(due.version, versions.get((due.line, due.level), 0))
    for due in stands:
        versions[due.line, due.level] = max(due.version, versions.get((due.line, due.level), 0))
        if wanted.get((due.line, due.level)) == (due.person, due.cents):
            del wanted[due.line, due.level]
        else:
            back.append(due)
    fresh = [
        Due(line, level, person, cents, versions.get((line, level), -1) + 1)
        for (line, level), (person, cents) in wanted.items()
    ]
    return Change(back, fresh)


def start(rules: Rules, act: Act) -> Step[State]:
    """Become a promoter. It costs nothing and asks for no purchase."""
    del rules
    return Step(State(act.person), said="opened")


def contribute(rules: Rules, state: State, act: Act) -> Step[State]:
    """A friend comes; nobody is paid for that. Raises :class:`Refused`."""
    del rules
    if act.starter or act.person == state.starter:
        raise Refused("own")
    if act.person in state.friends:
        raise Refused("came_before")
    if len(state.friends) >= FRIENDS_MAX:
        raise Refused("full")
    if not act.new_person:
        raise Refused("not_new")
    return Step(State(state.starter, (*state.friends, act.person)), said="came")


def expire(rules: Rules, state: State, at: datetime) -> Step[State]:
    """The campaign is over; orders paid before count as they were."""
    del rules, at
    return Step(state, done=True, said="over")


def need(rules: Rules, state: State) -> tuple[int, int]:
    """Friends who came; there is no goal."""
    del rules
    return len(state.friends), 0


def costs(rules: Rules) -> dict[str, int]:
    """Nobody knows what will be bought: a yuan stands for it, so that a purse is asked for."""
    return {rules.kind: 100}


def check(rules: Rules) -> list[Finding]:
    """What the law and arithmetic ask of the rules."""
    found: list[Finding] = []
    if rules.second_percent > rules.first_percent:
        found.append(
            Finding(
                "second_percent",
                "二级比例不应高于一级：奖励的是卖货，不是发展下级。",
                "The second share is not above the first: sales are rewarded, not a team.",
                "stop",
                LAW,
            )
        )
    if currency_of(rules.kind) != "yuan":
        found.append(Finding("kind", "佣金须以元发放。", "Commission is given in yuan.", "stop"))
    if rules.second_percent:
        found.append(
            Finding(
                "second_percent",
                "两级返佣不是法律上的免责线：按下级业绩计酬可能被认定为团队计酬，请先咨询律师。",
                "Two levels are no safe harbour in law: take advice before paying on others' sales.",
                "warn",
                LAW,
            )
        )
    return found
