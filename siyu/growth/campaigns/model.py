"""Campaigns, efforts and contributions as they are read, and the wish to act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

import msgspec

from siyu.growth.campaigns.mechanic import MECHANICS, Mechanic

Stage = Literal["draft", "live", "paused", "ended"]
STAGES: Mapping[str, tuple[str, str]] = {
    "draft": ("草稿", "Draft"),
    "live": ("进行中", "Live"),
    "paused": ("已暂停", "Paused"),
    "ended": ("已结束", "Ended"),
}
EFFORT_STAGES: Mapping[str, tuple[str, str]] = {
    "open": ("进行中", "Open"),
    "done": ("已完成", "Done"),
    "expired": ("已到期", "Out of time"),
}
CONTRIBUTION_STAGES: Mapping[str, tuple[str, str]] = {
    "waits": ("待完成", "Waits"),
    "counted": ("已计入", "Counted"),
    "refused": ("未计入", "Not counted"),
}
Shut = Literal["", "draft", "not_begun", "paused", "ended"]
"""Why nothing can be done in a campaign now; "": it is open."""


class Only(msgspec.Struct, frozen=True, kw_only=True):
    """What exactly counts. ``by_door``: a friend or a group by the codes behind the campaign's own door; ``goods``: an
    order with one of these, by number or by name; ``least_cents``: an order of so much. ``right``: who starts something
    has this right by their tier ("": anybody may)."""

    by_door: bool = False
    goods: list[str] = []
    least_cents: int = 0
    right: str = ""


@dataclass(frozen=True)
class Campaign:
    """See the table. ``narrowed``: :class:`Only` as a document."""

    id: int
    slug: str
    mechanic: str
    name: str
    purpose: str
    sponsor: str
    text_zh: str
    text_en: str
    rules: dict[str, Any]
    purses: dict[str, int]
    places: list[str]
    ask: str
    door: str
    narrowed: dict[str, Any]
    each: int
    adults: bool
    risk_taken: str
    stage: str
    begins: datetime | None
    ends: datetime | None
    secret: str
    secret_hash: str
    created: datetime
    changed: datetime
    started: datetime | None
    ended: datetime | None
    by: str

    @property
    def plays(self) -> Mechanic[Any, Any]:
        """Its mechanic."""
        return MECHANICS[self.mechanic]

    @cached_property
    def ruled(self) -> Any:
        """Its rules as the mechanic's struct."""
        return msgspec.convert(self.rules, self.plays.rules)

    @cached_property
    def only(self) -> Only:
        """What exactly counts of what is asked."""
        return msgspec.convert(self.narrowed, Only)

    def shut(self, now: datetime) -> Shut:
        """Why nothing can be done in it at ``now``."""
        if self.stage == "draft":
            return "draft"
        if self.stage == "ended" or (self.ends is not None and self.ends <= now):
            return "ended"
        if self.stage == "paused":
            return "paused"
        return "not_begun" if self.begins is not None and now < self.begins else ""


@dataclass(frozen=True)
class Effort:
    """See the table. ``state`` is a document; :meth:`Campaign.plays` knows its struct."""

    id: int
    slug: str
    campaign: int
    person: int
    nth: int
    once: str
    state: dict[str, Any]
    have: int
    need: int
    stage: str
    short: list[str]
    opened: datetime
    ends: datetime | None
    ended: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether something can be done for it at ``now``, as far as it goes; the campaign may be shut."""
        return self.stage == "open" and (self.ends is None or now < self.ends)


@dataclass(frozen=True)
class Contribution:
    """See the table."""

    id: int
    effort: int
    campaign: int
    person: int
    device: str
    kind: str
    turn: str
    data: dict[str, str]
    at: datetime
    stage: str
    why: str
    new_person: bool
    settled: datetime | None
    once: str


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody (``person``: a node) acts. ``effort``: the slug of the effort, "" to open one of theirs; ``once``: the
    one-time key of the act, the same for ever; ``adult``: they say that they are 18 or older. ``device``, ``address``
    and ``account`` (to which rewards are paid) are limited where they are known; the latter two as fingerprints."""

    campaign: int
    person: int
    once: str
    effort: str = ""
    kind: str = "help"
    device: str = ""
    address: str = ""
    account: str = ""
    adult: bool = False
    data: Mapping[str, str] = field(default_factory=dict[str, str])
