"""A broadcast as the room's functions hand it around. Frozen, pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from siyu.content.pieces.model import Ref
from siyu.reach.priorities import USUAL

Kind = Literal["marketing", "service"]
Tone = Literal["useful", "promotional"]
State = Literal["draft", "scheduled", "intending", "sending", "standing", "paused", "done", "cancelled"]
WhenUnknown = Literal["leave", "send_again"]

KINDS: Mapping[str, tuple[str, str]] = {"marketing": ("营销", "Marketing"), "service": ("服务通知", "Service")}
TONES: Mapping[str, tuple[str, str]] = {"useful": ("有用的内容", "Useful"), "promotional": ("促销", "Promotional")}
STATES: Mapping[str, tuple[str, str]] = {
    "draft": ("草稿", "Draft"),
    "scheduled": ("已定时", "Scheduled"),
    "intending": ("准备中", "Preparing"),
    "sending": ("发送中", "Sending"),
    "paused": ("已暂停", "Paused"),
    "done": ("已完成", "Done"),
    "cancelled": ("已取消", "Cancelled"),
}
MESSAGE_STATES: Mapping[str, tuple[str, str]] = {
    "due": ("待发", "Waiting"),
    "claimed": ("正在发送", "Being sent"),
    "attempted": ("等待应答", "Waiting for an answer"),
    "handed": ("待员工确认", "Waiting for an adviser"),
    "accepted": ("已送出", "Accepted"),
    "refused": ("被拒收", "Refused"),
    "unknown": ("未知", "Unknown"),
    "held": ("已拦截", "Held"),
    "holdout": ("对照组", "Hold-out"),
    "cancelled": ("已取消", "Cancelled"),
    "expired": ("已过期", "Expired"),
}
ATTEMPT_OUTCOMES: Mapping[str, tuple[str, str]] = {
    "passing": ("平台要求稍后再试", "To be tried later"),
    "not_called": ("还没有调用就停下了，之后再发", "Stopped before the call; it goes later"),
}
"""What became of one call, where that is no state of its message."""
TASK_STATES: Mapping[str, tuple[str, str]] = {
    "making": ("正在创建", "Being made"),
    "waiting": ("待确认", "Waiting"),
    "sending": ("已确认，等待结果", "Confirmed, results come"),
    "withdrawing": ("正在撤回", "Being called back"),
    "done": ("已结束", "Done"),
}
ACTIVE: tuple[State, ...] = ("intending", "sending", "standing")
PENDING: tuple[str, ...] = ("due", "claimed", "attempted", "handed")


@dataclass(frozen=True, slots=True)
class Draft:
    """What an operator decides of a broadcast. ``audience`` is 0 for a journey's message; ``channels`` are account
    numbers in order of preference; ``content`` is text by part by channel; without ``starts`` it begins when it is
    started; ``expires`` ends what still waits; ``priority``, 0 to 100, decides who of several senders gets the last
    message that a cap allows; ``pieces`` by channel: of which version of which piece its words are
    (None: as before)."""

    name: str
    audience: int
    channels: Sequence[int]
    content: Mapping[str, Mapping[str, str]]
    kind: Kind = "marketing"
    tone: Tone = "useful"
    holdout_percent: int = 10
    when_unknown: WhenUnknown = "leave"
    starts: datetime | None = None
    expires: datetime | None = None
    priority: int = USUAL
    pieces: Mapping[str, Ref] | None = None


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A broadcast as it is stored, or the message of a journey's step: then with ``journey``, its version, and the
    step's id as ``node``."""

    id: int
    draft: Draft
    state: State
    audience_version: int | None
    rule: Mapping[str, Any] | None
    salt: str
    intended_up_to: int
    created: datetime
    changed: datetime
    started: datetime | None
    finished: datetime | None
    by: str
    journey: int | None = None
    journey_version: int | None = None
    node: str | None = None
