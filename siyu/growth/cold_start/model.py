"""What an invite list is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from siyu.growth.purses.givers import GIVERS
from siyu.growth.purses.model import NAME_CHARACTERS_MAX, UNITS_MAX
from siyu.storage import BadInput

Stage = Literal["draft", "live", "ended"]

KINDS: Mapping[str, tuple[str, str]] = {
    "core": ("核心客户", "Core customers"),
    "staff_friends": ("员工好友", "Friends of staff"),
    "koc": ("KOC", "KOC"),
}
ASKS: Mapping[str, tuple[str, str, str]] = {
    "add": ("加好友", "Becomes a friend", "friend_added"),
    "join": ("进群", "Joins a group", "group_joined"),
    "order": ("下单付款", "Pays an order", "order_paid"),
}
"""What the benefit is for: words, and the event that says they did."""
STAGES: Mapping[str, tuple[str, str]] = {
    "draft": ("草稿", "Draft"),
    "live": ("进行中", "Live"),
    "ended": ("已结束", "Ended"),
}
PEOPLE_MAX = 5_000
_MARKED = 1 << 63
"""Above every number of a message, which are marks of links too."""


@dataclass(frozen=True, slots=True)
class InviteList:
    """Who is invited by name. ``code``: the live code that their links lead to. ``reward`` (a giver's kind, "" for
    none), ``amount`` in the smallest unit of ``purse``."""

    id: int
    name: str
    kind: str
    code: int
    ask: str
    reward: str
    amount: int
    title: str
    purse: int | None
    stage: Stage
    created: datetime
    changed: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ListDraft:
    """What staff want of a list."""

    name: str
    kind: str
    code: int
    ask: str = "add"
    reward: str = ""
    amount: int = 0
    title: str = ""
    purse: int | None = None


@dataclass(frozen=True, slots=True)
class Invite:
    """One person of a list. ``invited``: from when they have their link; ``done``: when they did what was asked after
    that; ``granted``: the reward's number, None while the purse is too short, or where there is none."""

    id: int
    list: int
    person: int
    invited: datetime | None
    done: datetime | None
    granted: int | None

    @property
    def mark(self) -> int:
        return mark_of(self.id)


def mark_of(invite: int) -> int:
    """Of the link of an invitation: always the same, and no other link's."""
    return _MARKED | invite


def checked(draft: ListDraft) -> ListDraft:
    """As it is kept. Raises :class:`BadInput` at its field."""
    name, title = draft.name.strip(), draft.title.strip()
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        raise _unfit("name", f"请填写名称，最多 {NAME_CHARACTERS_MAX} 字。",
                     f"Give it a name of at most {NAME_CHARACTERS_MAX} characters.")  # fmt: skip
    if draft.kind not in KINDS:
        raise _unfit("kind", "请选择邀请谁。", "Choose who is invited.")
    if draft.ask not in ASKS:
        raise _unfit("ask", "请选择专属权益的条件。", "Choose what the benefit is for.")
    if not draft.reward:
        return ListDraft(name, draft.kind, draft.code, draft.ask)
    if draft.reward not in GIVERS:
        raise _unfit("reward", "请选择权益的种类。", "Choose a kind of benefit.")
    if not 0 < draft.amount <= UNITS_MAX:
        raise _unfit("amount", "数量应大于 0。", "The amount is more than 0.")
    if not 0 < len(title) <= NAME_CHARACTERS_MAX:
        raise _unfit("title", f"请写明权益是什么，最多 {NAME_CHARACTERS_MAX} 字。",
                     f"Say what the benefit is, in at most {NAME_CHARACTERS_MAX} characters.")  # fmt: skip
    if draft.purse is None:
        raise _unfit("purse", "请选择预算：权益从这里出。", "Choose the purse that it is taken from.")
    return ListDraft(name, draft.kind, draft.code, draft.ask, draft.reward, draft.amount, title, draft.purse)


def _unfit(field: str, zh: str, en: str) -> BadInput:
    return BadInput(f"cold_{field}", zh, en, field=field)
