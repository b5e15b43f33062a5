"""What the command line and the API answer of group welcomes."""

from __future__ import annotations

from msgspec import Struct

from siyu.channels.wecom.group_welcomes import making
from siyu.channels.wecom.group_welcomes.making import GroupWelcome
from siyu.storage import Stores


class GroupWelcomesAnswer(Struct, frozen=True):
    """Group welcomes, the newest first."""

    group_welcomes: list[GroupWelcome]


class GroupWelcomeRemoved(Struct, frozen=True):
    """The number of the one that is no more."""

    removed: int


def all_told(stores: Stores) -> GroupWelcomesAnswer:
    """Every one."""
    return GroupWelcomesAnswer(making.list_all(stores))
