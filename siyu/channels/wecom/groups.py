"""What happens in customer groups, as news. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from siyu.channels.platform.news import News

SCENES = {1: "invited", 2: "invitation_link", 3: "code"}


def is_customer(member: str) -> bool:
    """Whether somebody in a group is a customer, by the form of the id (D.0)."""
    return member[:2] in ("wm", "wo") and len(member) >= 20


def joined_news(chat_id: str, member: str, at: datetime, key: str, scene: int | None, state: str) -> News:
    """A customer joined; ``state`` of the code that led there, where it was one of ours."""
    properties: dict[str, Any] = {"group_id": chat_id}
    if scene in SCENES:
        properties["join_scene"] = SCENES[scene]
    if state:
        properties["channel_state"] = state
    return News("group_joined", at, (("external_userid", member),), key, properties)


def left_news(chat_id: str, member: str, at: datetime, key: str, by_others: bool | None) -> News:
    """A customer left, or was taken out; None: not known which."""
    properties: dict[str, Any] = {"group_id": chat_id}
    if by_others is not None:
        properties["removed"] = by_others
    return News("group_left", at, (("external_userid", member),), key, properties)
