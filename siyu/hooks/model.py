"""What a subscription and a delivery are, and the pure rules: when to try again, when to stop. No clock, no SQL."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

State = Literal["active", "paused", "stopped"]
DeliveryState = Literal["waiting", "sending", "delivered", "failed", "skipped"]
DELIVERY_STATES: tuple[DeliveryState, ...] = ("waiting", "sending", "delivered", "failed", "skipped")

EVERY = "*"
TEST = "test"
"""The type of a test send; no event has this name."""

HOOKS_MAX = 50
NAME_CHARACTERS_MAX = 80
URL_CHARACTERS_MAX = 1_000
EVENTS_MAX = 100
FILTERS_MAX = 20
KINDS_MAX = 20
OLD_SECRET_HOURS = 24
"""How long the secret before signs too, so that a receiver changes over without losing a call."""

CALL_SECONDS_MAX = 15.0
WORDS_MAX = 1_000

RETRIES_SECONDS: tuple[int, ...] = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""The pauses after the first try, the second…: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, as Standard
Webhooks recommends. Ten tries in about three days; then the delivery has failed."""

TRIES_MAX = len(RETRIES_SECONDS) + 1
JITTER = 0.2
RETRY_AFTER_SECONDS_MAX = 86_400.0

DOWN_AFTER_FAILURES = 5
"""So many calls in a row without a 2xx: from now on one at a time is tried, and the receiver gets pauses."""
REST_SECONDS_MAX = 300.0
STOP_AFTER = timedelta(days=3)
STOP_AFTER_FAILURES = 10

REASONS: Mapping[str, tuple[str, str]] = {
    "failing": (
        "接收方连续 3 天没有一次成功应答",
        "the receiver has not answered with success once in 3 days",
    ),
    "gone": ("接收方应答 410，表示不再接收", "the receiver answered 410: it wants no more"),
}
"""Why a subscription was stopped."""

FAULTS: Mapping[str, tuple[str, str]] = {
    "no_connection": ("连接不上", "no connection"),
    "no_answer": ("没有应答", "no answer"),
    "address_not_allowed": ("该地址不允许访问", "the address may not be called"),
    "interrupted": ("发送途中程序中断", "interrupted on the way"),
}


@dataclass(frozen=True, slots=True)
class Hook:
    """A subscription as it may be shown: its secrets are not in it."""

    id: int
    name: str
    url: str
    events: Sequence[str]
    audience: int | None
    where: Sequence[Mapping[str, Any]]
    identifiers: Sequence[str]
    personal: bool
    imports: bool
    old_until: datetime | None
    state: State
    reason: str | None
    place: int
    within: Sequence[Any] | None
    round: int
    failures: int
    failing_since: datetime | None
    rests_until: datetime | None
    answered: datetime | None
    created: datetime
    changed: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one receiver."""

    id: int
    hook: int
    event: str
    name: str
    person: int
    node: int
    time: datetime
    message_id: str
    state: DeliveryState
    tries: int
    due: datetime
    read: datetime
    settled: datetime | None
    status: int | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call. ``ended`` is None where the process went down before the answer."""

    id: int
    at: datetime
    ended: datetime | None
    status: int | None
    fault: str | None
    words: str | None
    milliseconds: int | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a subscription asks for, as it was entered. Checked by :func:`siyu.hooks.wishes.checked`."""

    name: str
    url: str
    events: Sequence[str] = (EVERY,)
    audience: int | None = None
    where: Sequence[Mapping[str, Any]] = ()
    identifiers: Sequence[str] = ("user_id",)
    personal: bool = False
    imports: bool = False


def event_id(hook: int, source: str, message_id: str, node: int, name: str) -> str:
    """The ``webhook-id``: the same whenever this event goes to this subscription, also in a replay."""
    text = "\0".join((str(hook), source, message_id, str(node), name))
    return "evt_" + base64.b32encode(hashlib.sha256(text.encode()).digest()[:20]).decode().lower()


def pause_seconds(tries: int, chance: float, retry_after: float | None) -> float | None:
    """How long to wait after so many tries, ``chance`` in [0, 1) spreading it by ±20%; None: no more tries.

    A receiver's ``Retry-After`` (seconds) makes the pause longer, never shorter.
    """
    if tries >= TRIES_MAX:
        return None
    planned = RETRIES_SECONDS[tries - 1] * (1 - JITTER + 2 * JITTER * chance)
    return max(planned, min(retry_after or 0.0, RETRY_AFTER_SECONDS_MAX))


def rest_seconds(failures: int) -> float:
    """How long to leave a receiver alone that seems to be down: 5 s, 10 s … up to 5 min."""
    if failures < DOWN_AFTER_FAILURES:
        return 0.0
    return min(5.0 * 2 ** min(failures - DOWN_AFTER_FAILURES, 10), REST_SECONDS_MAX)


def should_stop(failures: int, failing_since: datetime | None, now: datetime) -> bool:
    """Whether a receiver has failed for so long that somebody has to look."""
    return failing_since is not None and failures >= STOP_AFTER_FAILURES and now - failing_since >= STOP_AFTER
