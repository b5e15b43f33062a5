"""What the command line and the API answer of group welcomes."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from siyu.channels.wecom.group_welcomes import making
from siyu.channels.wecom.group_welcomes.making import GroupWelcome
from siyu.storage import Stores


class GroupWelcomeAnswer(Struct, frozen=True):
    """A group welcome. ``state``: calling, there, refused, unknown (no answer came), gone; ``template``: what owners
    of groups find it by."""

    id: int
    account: int
    name: str
    text: str
    attachment: dict[str, str]
    template: str | None
    state: str
    created: datetime
    changed: datetime
    by: str

    @classmethod
    def of(cls, welcome: GroupWelcome) -> GroupWelcomeAnswer:
        return cls(**welcome.__dict__)


class GroupWelcomesAnswer(Struct, frozen=True):
    """Group welcomes, the newest first."""

    group_welcomes: list[GroupWelcomeAnswer]


class GroupWelcomeRemoved(Struct, frozen=True):
    """The number of the one that is no more."""

    removed: int


def told(stores: Stores, number: int) -> GroupWelcomeAnswer:
    """Raises :class:`NotFound`."""
    return GroupWelcomeAnswer.of(making.get(stores, number))


def all_told(stores: Stores) -> GroupWelcomesAnswer:
    """Every one."""
    return GroupWelcomesAnswer([GroupWelcomeAnswer.of(each) for each in making.list_all(stores)])
