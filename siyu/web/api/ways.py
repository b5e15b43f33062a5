"""The API of codes at WeCom: contact codes (渠道码) and group codes (入群码)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec

from siyu.channels.registry import Channels, exchange_of
from siyu.growth.ways import command, ways
from siyu.growth.ways.command import FiguresAnswer, MadeAudience, WayAnswer, WaysAnswer
from siyu.growth.ways.model import WayDraft
from siyu.growth.ways.ways import Wanted
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_acts, api_read, api_write

Word = Annotated[str, msgspec.Meta(max_length=200)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class WayBody(msgspec.Struct, forbid_unknown_fields=True):
    """A code to be made. `kind`: `contact` (with `users` or `departments`) or `join` (with `groups`). `state` empty:
    one is made up. `welcome`: a welcome that names codes, which shall name this one too. `expires`: it is removed at
    WeCom then."""

    name: Word
    account: int
    kind: Literal["contact", "join"] = "contact"
    state: Word = ""
    remark: Word = ""
    users: list[Word] = []
    departments: list[int] = []
    skip_verify: bool = True
    groups: list[Word] = []
    auto_create: bool = True
    room_name: Word = ""
    room_number: int = 1
    tags: list[int] = []
    welcome: int | None = None
    expires: Moment | None = None


class WayChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is given replaces what was; account, kind and state stay."""

    name: Word | msgspec.UnsetType = msgspec.UNSET
    remark: Word | msgspec.UnsetType = msgspec.UNSET
    users: list[Word] | msgspec.UnsetType = msgspec.UNSET
    departments: list[int] | msgspec.UnsetType = msgspec.UNSET
    skip_verify: bool | msgspec.UnsetType = msgspec.UNSET
    groups: list[Word] | msgspec.UnsetType = msgspec.UNSET
    auto_create: bool | msgspec.UnsetType = msgspec.UNSET
    room_name: Word | msgspec.UnsetType = msgspec.UNSET
    room_number: int | msgspec.UnsetType = msgspec.UNSET
    tags: list[int] | msgspec.UnsetType = msgspec.UNSET
    welcome: int | msgspec.UnsetType | None = msgspec.UNSET
    expires: Moment | msgspec.UnsetType | None = msgspec.UNSET


class AudienceBody(msgspec.Struct, forbid_unknown_fields=True):
    """`name` empty: after the code."""

    name: Word = ""


def _given(body: msgspec.Struct) -> dict[str, Any]:
    told = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not msgspec.UNSET}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}


@api_read("/api/ways", "code.read")
def list_all(
    stores: Stores,
    q: str = "",
    kind: str = "",
    account: int | None = None,
    removed: bool = False,
    before: int | None = None,
    limit: Limit = 50,
) -> WaysAnswer:
    """Codes at WeCom, the newest first, with what they brought in 30 days. `q` looks in name, state and remark."""
    return command.page_told(stores, Wanted(q[:200], kind, account, removed, before, limit))


@api_write("POST", "/api/ways", "code.write", audits="way_added")
def add(stores: Stores, channels: Channels, actor: Actor, data: WayBody) -> WayAnswer:
    """Have WeCom make a code. `stage` says what became of it: `live`; `refused` (`problem` says why: change it, or
    try again); `making` where WeCom did not answer: it is looked up before it is ever made again."""
    draft = command.drafted(WayDraft(data.name, data.account), _given(data))
    made = ways.add_way(stores, exchange_of(channels), actor.tag, draft)
    note(f"way:{made.id}", name=made.name)
    return command.told(stores, made.id)


@api_read("/api/ways/{way:int}", "code.read")
def one(stores: Stores, way: Id) -> WayAnswer:
    """One code."""
    return command.told(stores, way)


@api_write("PATCH", "/api/ways/{way:int}", "code.write", audits="way_changed", about="way:{way}")
def change(stores: Stores, channels: Channels, actor: Actor, way: Id, data: WayChange) -> WayAnswer:
    """Change it here and at WeCom. Where WeCom refuses, it stays as it was there, and `problem` says why."""
    draft = command.changed(stores, way, _given(data))
    ways.change_way(stores, exchange_of(channels), actor.tag, way, draft)
    return command.told(stores, way)


@api_write("DELETE", "/api/ways/{way:int}", "code.write", audits="way_removed", about="way:{way}")
def remove(stores: Stores, channels: Channels, way: Id) -> None:
    """Remove it at WeCom: who scans it gets nowhere, and it can't come back. Its figures stay."""
    ways.remove_way(stores, exchange_of(channels), way)


acts = api_acts("/api/ways/{way:int}", "code.write", about="way:{way}")


@acts("again", "way_tried_again")
def again(stores: Stores, channels: Channels, way: Id) -> WayAnswer:
    """Have a code made that was refused, or a group code whose making had no answer (WeCom can't be asked for these:
    one that nobody uses may remain there)."""
    ways.try_again(stores, exchange_of(channels), way)
    return command.told(stores, way)


@api_read("/api/ways/{way:int}/figures", "code.read")
def figures(stores: Stores, way: Id, first: date | None = None, last: date | None = None) -> FiguresAnswer:
    """Friends added, left and still there, by day and by adviser; the last 30 days where nothing is said."""
    return command.figures_told(stores, way, first, last)


@api_write("POST", "/api/ways/{way:int}/audience", "audience.write", audits="audience_created")
def audience(stores: Stores, actor: Actor, way: Id, data: AudienceBody) -> MadeAudience:
    """Keep everybody who came, and will come, through it as a live audience."""
    made = command.audience_told(stores, actor.tag, way, data.name)
    note(f"audience:{made.audience}")
    return made


ROUTES = [list_all, add, one, change, remove, again, figures, audience]
