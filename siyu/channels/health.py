"""How an account is: does its platform reach us, what fails and why, what is closed, how much was used today, what was
read last. One look, the same for every platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from siyu.channels.accounts import AccountView, get_account, list_accounts
from siyu.channels.platform.applier import strange_callbacks
from siyu.channels.platform.hearing import Hearing, hearings
from siyu.channels.platform.limiter import Limit
from siyu.channels.platform.platform import Platform
from siyu.channels.platform.uses import Circuit, FaultLine, circuits, faults_of, faults_today, uses_today
from siyu.channels.protocol import Account
from siyu.channels.readings import Reading, reading_of
from siyu.channels.registry import PLATFORMS, receivers_of
from siyu.channels.steps import State, state_of
from siyu.storage import Stores

DAY_SECONDS = 86_400
MANY = 0.8
"""The share of a day's quota from which on the account wants looking at."""

PERIODS: Mapping[int, tuple[str, str]] = {
    60: ("每分钟", "a minute"),
    3_600: ("每小时", "an hour"),
    DAY_SECONDS: ("每天", "a day"),
}
KINDS: Mapping[str, tuple[str, str]] = {
    "person": ("对方原因", "the person's"),
    "passing": ("暂时", "passing"),
    "ours": ("参数问题", "ours"),
    "account": ("账号问题", "the account's"),
}
"""The kinds of failure, in words."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """So many calls in a period."""

    calls: int
    seconds: float
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Quota:
    """What was used today, in China, of a limit of its own. ``lane`` is a call, or the name of calls that count
    together; ``rate`` the class it is in. ``share`` is of a day's limit, None where there is none a day."""

    lane: str
    rate: str
    used: int
    allowed: tuple[Allowed, ...]
    share: float | None


@dataclass(frozen=True, slots=True)
class Strange:
    """Callbacks of a kind that is not known here: kept, acknowledged, counted."""

    name: str
    times: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """``hearing`` is None where the platform calls nobody; ``owner`` whose limits the account shares ("" for none)."""

    account: AccountView
    owner: str
    hearing: Hearing | None
    faults: Sequence[FaultLine]
    circuits: Sequence[Circuit]
    quotas: Sequence[Quota]
    strange: Sequence[Strange]
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class Row:
    """One account in the matrix. ``steps``: state by step, as far as looked at; ``share``: the highest of a day's
    quotas; ``worry``: whether somebody should look."""

    account: AccountView
    owner: str
    steps: Mapping[str, State]
    reached: datetime | None
    faults: int
    strange: int
    share: float | None
    reading: Reading | None
    worry: bool


def health_of(stores: Stores, number: int) -> Health:
    """Look at one account. Raises :class:`NotFound`."""
    view = get_account(stores, number)
    platform, owner = _owner(stores, view)
    calls_back = view.channel in receivers_of()
    return Health(
        view,
        owner,
        hearings(stores, [number]).get(number, Hearing()) if calls_back else None,
        faults_of(stores, number),
        circuits(stores, owner) if owner else (),
        quotas(stores, platform, owner) if platform is not None else (),
        [Strange(each["name"], each["times"], each["last"]) for each in strange_callbacks(stores, [number])],
        reading_of(stores, view),
    )


def matrix(stores: Stores) -> list[Row]:
    """Every account, by channel and company, in one look."""
    views = list_accounts(stores)
    numbers = [view.id for view in views]
    heard, faults = hearings(stores, numbers), faults_today(stores, numbers)
    strange: dict[int, int] = {}
    for each in strange_callbacks(stores, numbers):
        strange[each["account"]] = strange.get(each["account"], 0) + each["times"]
    calls_back = receivers_of()
    rows: list[Row] = []
    for view in views:
        platform, owner = _owner(stores, view)
        mine = heard.get(view.id, Hearing()) if view.channel in calls_back else None
        steps = steps_of(view, mine)
        shares = [each.share for each in quotas(stores, platform, owner) if each.share is not None] if platform else []
        share = max(shares, default=None)
        failed = view.check_result is not None and not view.check_result["works"]
        worry = view.disabled is None and ("bad" in steps.values() or failed or (share or 0.0) >= MANY)
        reached = mine.reached if mine is not None else None
        counts = (faults.get(view.id, 0), strange.get(view.id, 0))
        rows.append(Row(view, owner, steps, reached, *counts, share, reading_of(stores, view, counted=False), worry))
    return sorted(rows, key=lambda row: (row.account.channel, row.owner, row.account.id))


def steps_of(view: AccountView, hearing: Hearing | None) -> dict[str, State]:
    """The state of each step: as last looked at, and of callbacks as it is now."""
    found: dict[str, list[tuple[State, bool]]] = {}
    for each in (view.check_result or {}).get("steps", ()):
        found.setdefault(each["step"], []).append((each["state"], each["needed"]))
    steps: dict[str, State] = {name: state_of(states) for name, states in found.items()}
    if hearing is not None:
        steps["callback"] = hearing.state
    return steps


def quotas(stores: Stores, platform: Platform, owner: str) -> list[Quota]:
    """What was used today, what is nearest to its limit first."""
    lines: list[Quota] = []
    for lane, used in uses_today(stores, owner).items():
        endpoint = platform.endpoints.get(lane)
        rate = lane if endpoint is None else endpoint.rate
        limit = platform.limits.get(rate)
        if limit is not None:
            lines.append(Quota(lane, rate, used, _allowed(limit), _share(limit, used)))
    return sorted(lines, key=lambda each: (-(each.share or 0.0), -each.used))


def _allowed(limit: Limit) -> tuple[Allowed, ...]:
    return tuple(
        Allowed(window.calls, window.seconds, f"{zh} {window.calls:,} 次", f"{window.calls:,} {en}")
        for window in limit.windows
        for zh, en in [PERIODS.get(int(window.seconds), (f"每 {window.seconds:g} 秒", f"in {window.seconds:g} s"))]
    )


def _share(limit: Limit, used: int) -> float | None:
    days = [window.calls for window in limit.windows if window.seconds >= DAY_SECONDS]
    return used / min(days) if days else None


def _owner(stores: Stores, view: AccountView) -> tuple[Platform | None, str]:
    platform = PLATFORMS.get(view.channel)
    if platform is None:
        return None, ""
    account = Account(view.id, view.channel, view.name, view.settings, {})
    return platform, f"{platform.name}:{platform.limited_by(account)}"
