"""The API of group welcomes (入群欢迎语)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from siyu.channels.registry import Channels, exchange_of
from siyu.channels.wecom.group_welcomes import command, making
from siyu.channels.wecom.group_welcomes.command import GroupWelcomesAnswer
from siyu.channels.wecom.group_welcomes.making import Draft, GroupWelcome
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import Id
from siyu.web.routes import api_read, api_write

Word = Annotated[str, msgspec.Meta(max_length=100)]


class GroupWelcomeBody(msgspec.Struct, forbid_unknown_fields=True):
    """`text`: 3,000 bytes at most, `%NICKNAME%` stands for who joins. `attachment`: one, as of a welcome message.
    `notify`: owners of groups are told that a new one is there."""

    name: Word
    text: str = ""
    attachment: dict[str, str] = {}
    notify: bool = True

    def draft(self) -> Draft:
        return Draft(self.name, self.text, self.attachment, self.notify)


@api_read("/api/group-welcomes", "broadcast.read")
def list_all(stores: Stores) -> GroupWelcomesAnswer:
    """Every group welcome, the newest first."""
    return command.all_told(stores)


@api_write(
    "POST",
    "/api/accounts/{account:int}/group-welcomes",
    "broadcast.write",
    audits="group_welcome_made",
    about="account:{account}",
)
def make(stores: Stores, channels: Channels, actor: Actor, account: Id, data: GroupWelcomeBody) -> GroupWelcome:
    """Have one made; owners hang it on their groups in the client."""
    number = making.make(stores, exchange_of(channels), actor.tag, account, data.draft())
    note(f"group_welcome:{number}", name=data.name)
    return making.get(stores, number)


@api_read("/api/group-welcomes/{welcome:int}", "broadcast.read")
def one(stores: Stores, welcome: Id) -> GroupWelcome:
    """One group welcome."""
    return making.get(stores, welcome)


@api_write(
    "PUT",
    "/api/group-welcomes/{welcome:int}",
    "broadcast.write",
    audits="group_welcome_changed",
    about="group_welcome:{welcome}",
)
def change(stores: Stores, channels: Channels, welcome: Id, data: GroupWelcomeBody) -> GroupWelcome:
    """Change it; it holds for the next who joins."""
    making.change(stores, exchange_of(channels), welcome, data.draft())
    return making.get(stores, welcome)


@api_write(
    "DELETE",
    "/api/group-welcomes/{welcome:int}",
    "broadcast.write",
    audits="group_welcome_removed",
    about="group_welcome:{welcome}",
)
def remove(stores: Stores, channels: Channels, welcome: Id) -> None:
    """Remove it: groups no longer say it."""
    making.remove(stores, exchange_of(channels), welcome)


ROUTES = [list_all, make, one, change, remove]
