"""The API of live codes: contact codes (渠道活码) and group codes (入群活码) of WeCom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec

from siyu.channels.registry import Channels, exchange_of
from siyu.growth import codes, command
from siyu.growth.codes import Wanted
from siyu.growth.command import CodeAnswer, CodesAnswer, FiguresAnswer, MadeAudience
from siyu.growth.model import CodeDraft
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_acts, api_read, api_write

Word = Annotated[str, msgspec.Meta(max_length=200)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class CodeBody(msgspec.Struct, forbid_unknown_fields=True):
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


class CodeChange(msgspec.Struct, forbid_unknown_fields=True):
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


@api_read("/api/codes", "code.read")
def list_all(
    stores: Stores,
    q: str = "",
    kind: str = "",
    account: int | None = None,
    removed: bool = False,
    before: int | None = None,
    limit: Limit = 50,
) -> CodesAnswer:
    """Live codes, the newest first, with what they brought in 30 days. `q` looks in name, state and remark."""
    return command.page_told(stores, Wanted(q[:200], kind, account, removed, before, limit))


@api_write("POST", "/api/codes", "code.write", audits="live_code_added")
def add(stores: Stores, channels: Channels, actor: Actor, data: CodeBody) -> CodeAnswer:
    """Have WeCom make a code. `stage` says what became of it: `live`; `refused` (`problem` says why: change it, or
    try again); `making` where WeCom did not answer: it is looked up before it is ever made again."""
    draft = command.drafted(CodeDraft(data.name, data.account), _given(data))
    made = codes.add_code(stores, exchange_of(channels), actor.tag, draft)
    note(f"live_code:{made.id}", name=made.name)
    return command.told(stores, made.id)


@api_read("/api/codes/{code:int}", "code.read")
def one(stores: Stores, code: Id) -> CodeAnswer:
    """One code."""
    return command.told(stores, code)


@api_write("PATCH", "/api/codes/{code:int}", "code.write", audits="live_code_changed", about="live_code:{code}")
def change(stores: Stores, channels: Channels, actor: Actor, code: Id, data: CodeChange) -> CodeAnswer:
    """Change it here and at WeCom. Where WeCom refuses, it stays as it was there, and `problem` says why."""
    draft = command.changed(stores, code, _given(data))
    codes.change_code(stores, exchange_of(channels), actor.tag, code, draft)
    return command.told(stores, code)


@api_write("DELETE", "/api/codes/{code:int}", "code.write", audits="live_code_removed", about="live_code:{code}")
def remove(stores: Stores, channels: Channels, code: Id) -> None:
    """Remove it at WeCom: who scans it gets nowhere, and it can't come back. Its figures stay."""
    codes.remove_code(stores, exchange_of(channels), code)


acts = api_acts("/api/codes/{code:int}", "code.write", about="live_code:{code}")


@acts("again", "live_code_tried_again")
def again(stores: Stores, channels: Channels, code: Id) -> CodeAnswer:
    """Have a code made that was refused, or a group code whose making had no answer (WeCom can't be asked for these:
    one that nobody uses may remain there)."""
    codes.try_again(stores, exchange_of(channels), code)
    return command.told(stores, code)


@api_read("/api/codes/{code:int}/figures", "code.read")
def figures(stores: Stores, code: Id, first: date | None = None, last: date | None = None) -> FiguresAnswer:
    """Friends added, left and still there, by day and by adviser; the last 30 days where nothing is said."""
    return command.figures_told(stores, code, first, last)


@api_write("POST", "/api/codes/{code:int}/audience", "audience.write", audits="audience_created")
def audience(stores: Stores, actor: Actor, code: Id, data: AudienceBody) -> MadeAudience:
    """Keep everybody who came, and will come, through it as a live audience."""
    made = command.audience_told(stores, actor.tag, code, data.name)
    note(f"audience:{made.audience}")
    return made


ROUTES = [list_all, add, one, change, remove, again, figures, audience]
