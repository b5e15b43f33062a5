"""What a code at WeCom is, and what is refused before the platform is asked. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from siyu.channels.wecom.codes import (
    GROUPS_MAX,
    KINDS,
    REMARK_CHARACTERS_MAX,
    ROOM_NAME_CHARACTERS_MAX,
    STATE_CHARACTERS_MAX,
    USERS_MAX,
    Kind,
    Way,
)
from siyu.storage import BadInput

NAME_CHARACTERS_MAX = 80
TAGS_MAX = 20
_STATE = re.compile(r"[0-9A-Za-z_\-]+")

STAGES: Mapping[str, tuple[str, str]] = {
    "making": ("创建中", "Being made"),
    "unknown": ("没有得到应答", "No answer came"),
    "refused": ("未能创建", "Refused"),
    "live": ("可用", "Live"),
    "changing": ("修改中", "Being changed"),
    "removing": ("删除中", "Being removed"),
    "removed": ("已删除", "Removed"),
}
MEANS: Mapping[str, tuple[str, str]] = {
    "contact": ("friend_added", "staff"),
    "join": ("group_joined", "group_id"),
}
"""By kind: the event that tells of somebody who came through a code, and the property that says to whom."""


@dataclass(frozen=True, slots=True)
class WayDraft:
    """What an operator decides. ``state``: "" makes one up; it, ``account`` and ``kind`` stay as they were first.
    ``welcome``: the rule that shall speak to who comes through it, which must name codes; None: none of its own."""

    name: str
    account: int
    kind: Kind = "contact"
    state: str = ""
    way: Way = field(default_factory=Way)
    tags: Sequence[int] = ()
    expires: datetime | None = None
    welcome: int | None = None


@dataclass(frozen=True, slots=True)
class KeptWay:
    """A code as it is kept; see ``tables.py``."""

    id: int
    account: int
    kind: Kind
    name: str
    state: str
    way: Way
    wanted: Way | None
    tags: tuple[int, ...]
    expires: datetime | None
    config_id: str | None
    qr: str
    stage: str
    called: datetime | None
    problem: Mapping[str, Any] | None
    created: datetime
    changed: datetime
    by: str
    ended: datetime | None

    @property
    def meant(self) -> Way:
        """What it shall be: as the platform knows it, or will."""
        return self.wanted or self.way


def check(draft: WayDraft, state: str, now: datetime) -> None:
    """Raises :class:`BadInput` naming the field."""
    way = draft.way
    _refuse(draft.kind not in KINDS, "kind", "没有这种渠道码", "There is no such kind of code")
    _refuse(
        not 0 < len(draft.name.strip()) <= NAME_CHARACTERS_MAX or not draft.name.isprintable(),
        "name",
        f"名称须为 1 到 {NAME_CHARACTERS_MAX} 个字",
        f"The name needs 1 to {NAME_CHARACTERS_MAX} characters",
    )
    _refuse(
        len(state) > STATE_CHARACTERS_MAX or not _STATE.fullmatch(state),
        "state",
        f"渠道标识须为 1 到 {STATE_CHARACTERS_MAX} 个字母、数字、横线或下划线",
        f"The state needs 1 to {STATE_CHARACTERS_MAX} letters, digits, hyphens or underscores",
    )
    _refuse(
        len(way.remark) > REMARK_CHARACTERS_MAX or not way.remark.isprintable(),
        "remark",
        f"备注最多 {REMARK_CHARACTERS_MAX} 字",
        f"The remark has at most {REMARK_CHARACTERS_MAX} characters",
    )
    _refuse(len(draft.tags) > TAGS_MAX, "tags", f"最多 {TAGS_MAX} 个标签", f"At most {TAGS_MAX} tags")
    _refuse(
        draft.expires is not None and draft.expires <= now,
        "expires",
        "到期时间已过",
        "The expiry lies in the past",
    )
    _check_contact(way) if draft.kind == "contact" else _check_join(way)


def _check_contact(way: Way) -> None:
    _refuse(
        not way.users and not way.departments,
        "users",
        "请至少填一位成员或一个部门",
        "Name at least one member or department",
    )
    _refuse(
        len(way.users) > USERS_MAX,
        "users",
        f"最多 {USERS_MAX} 位成员",
        f"At most {USERS_MAX} members",
    )
    _refuse(_unfit(way.users), "users", "成员账号有误", "A member's name is not fit")
    _refuse(
        any(not 0 < each < 2**32 for each in way.departments) or len(way.departments) > USERS_MAX,
        "departments",
        "部门编号有误",
        "A department's number is not fit",
    )


def _check_join(way: Way) -> None:
    _refuse(not way.groups, "groups", "请至少选一个群", "Name at least one group")
    _refuse(len(way.groups) > GROUPS_MAX, "groups", f"最多 {GROUPS_MAX} 个群", f"At most {GROUPS_MAX} groups")
    _refuse(_unfit(way.groups), "groups", "群编号有误", "A group's id is not fit")
    _refuse(
        len(way.room_name) > ROOM_NAME_CHARACTERS_MAX or not way.room_name.isprintable(),
        "room_name",
        f"群名前缀最多 {ROOM_NAME_CHARACTERS_MAX} 字",
        f"The groups' name has at most {ROOM_NAME_CHARACTERS_MAX} characters",
    )
    _refuse(
        not 0 < way.room_number < 10**6,
        "room_number",
        "群名起始编号须为 1 到 999,999",
        "Numbering begins between 1 and 999,999",
    )


def _unfit(words: Sequence[str]) -> bool:
    return any(not 0 < len(word) <= 64 or not word.isprintable() for word in words)


def _refuse(wrong: bool, name: str, zh: str, en: str) -> None:
    if wrong:
        raise BadInput("way_unfit", f"{zh}。", f"{en}.", field=name)
