"""What a mechanic is: its rules as data, and pure functions from rules, state and act to what happens.

A mechanic knows no clock, no ledger and no page. What it answers is written by :mod:`siyu.growth.campaigns.acting`, in
one transaction with the rewards: the state, the grants (each once, by campaign, effort and rung), the moves of rewards
that waited. It registers itself when its folder in ``siyu/growth/mechanics/`` is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import Any, Generic, Literal, TypeVar

import msgspec

R = TypeVar("R", bound=msgspec.Struct)
S = TypeVar("S", bound=msgspec.Struct)

Words = tuple[str, str]
Severity = Literal["stop", "warn"]
Ask = Literal["tap", "add", "join", "order"]
ASKS: Mapping[str, Words] = {
    "tap": ("点一下就算", "A tap counts"),
    "add": ("添加企业微信好友才算", "Counts once they add an adviser"),
    "join": ("进群才算", "Counts once they join a group"),
    "order": ("下单付款才算", "Counts once they have paid an order"),
}
PURPOSES: Mapping[str, Words] = {
    "order": ("成交", "Orders"),
    "join": ("拉新", "New people"),
    "take_part": ("活跃", "Taking part"),
    "wake": ("唤醒", "Waking people up"),
    "learn": ("了解客户", "Learning about people"),
}
PLACES: Mapping[str, Words] = {
    "group": ("企业微信客户群", "WeCom groups"),
    "mini_program": ("小程序", "Mini program"),
    "counter": ("门店柜台", "Shop counter"),
    "own_app": ("自有 App 或网站", "Own app or site"),
    "wechat": ("微信内网页（可自由转发）", "Pages in WeChat, passed on freely"),
}
RISKS: Mapping[str, Words] = {
    "low": ("低", "low"),
    "middle": ("中：写清规则，不得要求转发", "middle: say the rules, ask nobody to pass it on"),
    "high": ("高：可能被平台判为诱导分享", "high: the platform may call it induced sharing"),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A reward that is due: ``kind`` says who gives it (:mod:`siyu.growth.purses.givers`) and by its currency from
    which of the campaign's purses; ``amount`` in the smallest unit; ``rung``: the reason, once an effort.

    ``held_days``: it waits so long before it is granted; ``waits``: until a :class:`Move`, or staff, say so, ``why``
    being what staff look at first. ``stock``: a name of :attr:`Mechanic.stocks` of which one is taken.
    """

    rung: str
    person: int
    kind: str
    amount: int
    title: str
    held_days: int = 0
    waits: bool = False
    stock: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A reward of the same effort goes on: ``granted`` (what waited), ``dropped``, ``taken_back``."""

    rung: str
    to: Literal["granted", "dropped", "taken_back"]


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does. ``kind``: ``open``, ``help``, or a word of the mechanic's own; ``person``: the kept person;
    ``seed``: of the effort, HMAC-SHA-256 of its slug under the campaign's secret; ``new_person``: we first saw them
    when the effort was opened, or later; ``starter``: they opened it themselves; ``nth``: which effort of the starter
    in the campaign this is, from 1."""

    kind: str
    person: int
    at: datetime
    seed: bytes
    data: Mapping[str, str] = field(default_factory=dict[str, str])
    new_person: bool = False
    starter: bool = False
    nth: int = 1


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """What comes of an act. ``done``: nothing more can be done for the effort; ``said``: a key of the mechanic's words,
    shown to who acted."""

    state: S
    grants: Sequence[Grant] = ()
    done: bool = False
    said: str = ""
    moves: Sequence[Move] = ()


class Refused(Exception):
    """The act does not count. Its argument is a key of the mechanic's words."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with rules: shown at ``field`` (of the rules, or of the campaign). ``stop``: it can't start so.
    ``source``: the rule of law or platform, "" for arithmetic."""

    field: str
    zh: str
    en: str
    severity: Severity
    source: str = ""


def _once(_: Any, __: Any, ___: Act) -> str:
    return ""


def _nothing(_: Any) -> Mapping[str, int]:
    return {}


def _unnamed(_: Any) -> Mapping[str, str]:
    return {}


def _bare(_: Any, __: Any, ___: int | None, ____: datetime) -> Mapping[str, Any]:
    return {}


def _free(_: Any) -> str:
    return ""


def _nobody_asks(_: Any) -> int | None:
    return None


def _no(_: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanic(Generic[R, S]):
    """A mechanic.

    ``words``: its name; ``about``: a sentence for who chooses it; ``verb``: the button of who helps; ``said``: words by
    key. ``page``: its template in ``web/mobile/templates``, shown within the page of an effort;
    ``shown``: what that template is given, for a person (None: nobody known) at a time. ``places``: where it
    may run → at what risk (:data:`RISKS`); ``risky``: what is off until somebody accepts the risk.

    ``start``, ``contribute``, ``expire``: an effort is opened, something is done for it, its time is up; ``need``:
    (have, need) for the bar; ``check``: what is wrong with rules. ``turn``: a person's act counts once an effort and
    turn (the day of a check-in, say). ``hours``: how long an effort is open, 0 for as long as the campaign.
    ``costs``: kind of reward → the most that one effort may cost. ``stocks``: name → how many there are in the whole
    campaign, ``stock_names``: what people call each, and ``whole``: kind → what all of that may cost, which a purse
    has to have; ``short``: what comes of a step of which that grant could not be given (stock or purse is empty);
    without it the step stands, and the page says so.

    ``must_ask``: the only ask with which these rules work, "" for any of ``asks``; the starter's own act then waits
    for it too. ``solo``: with these rules only the starter acts; ``draws``: the secret's hash is published at the
    start and the secret after the end; ``newcomers_only``: says so on the page, ``contribute`` is who refuses;
    ``ticket``: starting one takes a paid order of so many cents, each good once; None: anybody may.
    """

    name: str
    words: Words
    about: Words
    rules: type[R]
    state: type[S]
    start: Callable[[R, Act], Step[S]]
    contribute: Callable[[R, S, Act], Step[S]]
    expire: Callable[[R, S, datetime], Step[S]]
    need: Callable[[R, S], tuple[int, int]]
    check: Callable[[R], Sequence[Finding]]
    said: Mapping[str, Words]
    verb: Words = ("帮 TA 一下", "Help")
    page: str = ""
    shown: Callable[[R, S, int | None, datetime], Mapping[str, Any]] = _bare
    purposes: Sequence[str] = ("join",)
    places: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(PLACES, "low"))
    asks: Sequence[str] = ("tap", "add", "join", "order")
    turn: Callable[[R, S, Act], str] = _once
    hours: Callable[[R], int] | None = None
    costs: Callable[[R], Mapping[str, int]] = _nothing
    stocks: Callable[[R], Mapping[str, int]] = _nothing
    stock_names: Callable[[R], Mapping[str, str]] = _unnamed
    whole: Callable[[R], Mapping[str, int]] = _nothing
    short: Callable[[R, S, Grant], Step[S]] | None = None
    must_ask: Callable[[R], str] = _free
    solo: Callable[[R], bool] = _no
    draws: bool = False
    newcomers_only: bool = False
    ticket: Callable[[R], int | None] = _nobody_asks


MECHANICS: dict[str, Mechanic[Any, Any]] = {}


WARY_IN_WECHAT: Mapping[str, str] = {
    "group": "low",
    "counter": "low",
    "own_app": "low",
    "mini_program": "middle",
    "wechat": "high",
}
"""Where a mechanic may run that friends pass on."""
_PLAYED = ("start", "contribute", "expire", "need", "check")
_BY_CHOICE = ("turn", "costs", "stocks", "stock_names", "whole", "short", "ticket")


def played(model: ModuleType, *, name: str, said: Mapping[str, Words], **told: Any) -> None:
    """Make a mechanic known whose rules, state and functions are what this module calls so; ``told``: the rest of
    :class:`Mechanic`. Its page is ``mechanics/<name>.html``, unless it says otherwise."""
    parts: dict[str, Any] = {"rules": model.Rules, "state": model.State, "places": WARY_IN_WECHAT}
    parts |= {each: getattr(model, each) for each in _PLAYED}
    parts |= {each: getattr(model, each) for each in _BY_CHOICE if hasattr(model, each)}
    parts |= {"page": f"mechanics/{name}.html", **told}
    made: Mechanic[Any, Any] = Mechanic(name=name, said=said, **parts)
    register(made)


def register(mechanic: Mechanic[Any, Any]) -> None:
    """Make a mechanic known. Raises :class:`ValueError` where another has its name."""
    if MECHANICS.setdefault(mechanic.name, mechanic) is not mechanic:
        raise ValueError(f"two mechanics are called {mechanic.name}")


def asked(
    zh: str,
    en: str,
    *,
    unit: str = "",
    note: Words = ("", ""),
    choices: Mapping[str, Words] | None = None,
    ge: int | None = None,
    le: int | None = None,
    longest: int | None = None,
) -> msgspec.Meta:
    """How a field of rules stands in the form: ``Annotated[int, asked("人数", "Friends", unit="people", ge=1)]``.

    ``unit``: a key of :data:`UNITS`; ``choices``: the words of a ``Literal``. A field without it is shown by its name.
    """
    extra: dict[str, Any] = {"words": (zh, en), "unit": unit, "note": note, "choices": dict(choices or {})}
    bounds: dict[str, Any] = {"ge": ge, "le": le, "max_length": longest}
    return msgspec.Meta(extra=extra, **bounds)


UNITS: Mapping[str, Words] = {
    "": ("", ""),
    "yuan": ("元", "yuan"),
    "people": ("人", "people"),
    "pieces": ("份", "pieces"),
    "times": ("次", "times"),
    "hours": ("小时", "hours"),
    "days": ("天", "days"),
    "percent": ("%", "%"),
    "millionth": ("%", "%"),
    "points": ("积分", "points"),
    "kind": ("", ""),
    "reward": ("", ""),
}
"""``yuan`` is kept in cents, and ``millionth`` in parts of a million (a share or odds): both are written as people
write them; ``kind`` is a kind of reward, chosen from those that exist, and
``reward`` how much of the kind that stands before it in the struct, in the unit of its currency."""
