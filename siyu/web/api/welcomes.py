"""The API of welcome messages."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from siyu.content.fields import ROOTS
from siyu.reach import welcome_command, welcomes
from siyu.reach.fields import load
from siyu.reach.welcome_command import WelcomeAnswer, WelcomesAnswer
from siyu.reach.welcomes import WelcomeDraft
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import Id
from siyu.web.routes import api_read, api_write
from siyu.web.seeing import seen

Word = Annotated[str, msgspec.Meta(max_length=200)]
Attachment = dict[str, str]


class WelcomeBody(msgspec.Struct, forbid_unknown_fields=True):
    """A welcome. `account` null: every account; `channels`: only for who came by these codes; `advisers`: only to
    these members of staff. `text` is Liquid. `attachments`: up to nine, e.g.
    `{"kind": "link", "title": "…", "url": "https://…"}`."""

    name: Word
    text: str = ""
    account: int | None = None
    channels: list[Word] = []
    advisers: list[Word] = []
    attachments: list[Attachment] = []
    enabled: bool = True

    def draft(self) -> WelcomeDraft:
        return WelcomeDraft(**msgspec.structs.asdict(self))


class WelcomePreview(msgspec.Struct):
    """The text as that person would read it."""

    text: str


@api_read("/api/welcomes", "broadcast.read")
def list_all(stores: Stores) -> WelcomesAnswer:
    """Every welcome, in the order in which they are asked, with what became of them in 30 days."""
    return welcome_command.all_told(stores)


@api_write("POST", "/api/welcomes", "broadcast.write", audits="welcome_added")
def add(stores: Stores, actor: Actor, data: WelcomeBody) -> WelcomeAnswer:
    """Tell new friends this, from now on, within 20 seconds of their adding."""
    number = welcomes.add_welcome(stores, actor.tag, data.draft())
    note(f"welcome:{number}", name=data.name)
    return welcome_command.told(stores, number)


@api_read("/api/welcomes/{welcome:int}", "broadcast.read")
def one(stores: Stores, welcome: Id) -> WelcomeAnswer:
    """One welcome."""
    return welcome_command.told(stores, welcome)


@api_write("PUT", "/api/welcomes/{welcome:int}", "broadcast.write", audits="welcome_changed", about="welcome:{welcome}")
def change(stores: Stores, actor: Actor, welcome: Id, data: WelcomeBody) -> WelcomeAnswer:
    """Change it; it holds for the next newcomer."""
    welcomes.change_welcome(stores, actor.tag, welcome, data.draft())
    return welcome_command.told(stores, welcome)


@api_write(
    "DELETE", "/api/welcomes/{welcome:int}", "broadcast.write", audits="welcome_removed", about="welcome:{welcome}"
)
def remove(stores: Stores, welcome: Id) -> None:
    """Throw it away; what it said stays counted."""
    welcomes.remove_welcome(stores, welcome)


@api_read("/api/welcomes/{welcome:int}/preview/{person:int}", "broadcast.read")
def preview(stores: Stores, welcome: Id, person: Id) -> WelcomePreview:
    """What one person would read."""
    draft = welcomes.get_welcome(stores, welcome).draft
    return WelcomePreview(seen(welcomes.preview(stores, draft, load(stores, [person], ROOTS)[person])))


def _switch(path: str, audits: str, summary: str, *, enabled: bool) -> Any:
    def act(stores: Stores, actor: Actor, welcome: Id) -> WelcomeAnswer:
        welcomes.switch_welcome(stores, actor.tag, welcome, enabled=enabled)
        return welcome_command.told(stores, welcome)

    act.__doc__, act.__name__ = summary, path
    route = f"/api/welcomes/{{welcome:int}}/{path}"
    return api_write("POST", route, "broadcast.write", audits=audits, about="welcome:{welcome}", status_code=200)(act)


enable = _switch("enable", "welcome_enabled", "Switch it on.", enabled=True)
disable = _switch("disable", "welcome_disabled", "Switch it off.", enabled=False)

ROUTES = [list_all, add, one, change, remove, preview, enable, disable]
