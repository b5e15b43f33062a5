"""People to be left in peace: complained, or put there by hand. It holds for every kind of message."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from siyu.channels.protocol import Field
from siyu.people.tables import people
from siyu.reach.rules.base import Asked, Condition, Settings
from siyu.reach.tables import blocklist


@dataclass(frozen=True)
class Blocklist:
    name: str = "blocklist"
    zh: str = "免打扰名单"
    en: str = "Do-not-disturb list"
    reason_zh: str = "在免打扰名单中（投诉过或由员工加入）"
    reason_en: str = "On the do-not-disturb list (complained, or put there by staff)"
    fields: tuple[Field, ...] = ()
    switchable: bool = False

    def holds(self, asked: Asked, settings: Settings) -> Condition | None:
        # The list is short beside the people: it is read once a statement, with merges applied.
        # "+ 0": from the list to the people, never through all people (SQLite has no statistics to know better).
        listed = sa.select(people.c.kept).join(blocklist, (blocklist.c.person + 0) == people.c.person)
        return asked.person.in_(listed)

    def sentence(self, settings: Settings) -> tuple[str, str]:
        return "名单中的客户不会收到任何消息。", "People on the list get no message of any kind."

    def check(self, settings: Settings) -> None:
        return None
