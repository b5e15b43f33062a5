"""The API of live codes (活码): one address for ever, and who stands behind it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec

from siyu.growth.codes import command, keeping, tasks
from siyu.growth.codes.command import CodeAnswer, CodeFiguresAnswer, CodesAnswer, MakingAnswer
from siyu.growth.codes.keeping import CodeDraft, TargetDraft
from siyu.growth.codes.reading import get_code
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_acts, api_read, api_write

Word = Annotated[str, msgspec.Meta(max_length=500)]
Link = Annotated[str, msgspec.Meta(max_length=2_000)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Words = Annotated[list[Annotated[str, msgspec.Meta(max_length=80)]], msgspec.Meta(max_length=200)]
Kinds = Literal["staff", "group", "choice"]
Modes = Literal["turn", "capacity", "weight"]
Stages = Literal["", "draft", "live", "paused", "ended"]


class CodeBody(msgspec.Struct, forbid_unknown_fields=True):
    """A live code to be made. `kind`: `staff` (adds a member), `group` (joins a group), `choice` (the visitor chooses a
    group); it and `slug` (empty: made up) stay. `mode`: whose turn it is: `turn`, `capacity` (the next when one is
    full), `weight` (at random). `owner`: the number of a member; null: whoever asks. `welcome`: what the page says."""

    name: Word
    kind: Kinds = "staff"
    mode: Modes = "turn"
    slug: Word = ""
    owner: int | None = None
    welcome: Word = ""
    starts: Moment | None = None
    ends: Moment | None = None


class CodeChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is given replaces what was; kind and slug stay."""

    name: Word | msgspec.UnsetType = msgspec.UNSET
    mode: Modes | msgspec.UnsetType = msgspec.UNSET
    owner: int | msgspec.UnsetType | None = msgspec.UNSET
    welcome: Word | msgspec.UnsetType = msgspec.UNSET
    starts: Moment | msgspec.UnsetType | None = msgspec.UNSET
    ends: Moment | msgspec.UnsetType | None = msgspec.UNSET


class TargetBody(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody behind the code: exactly one of `way` (a code at WeCom), `picture` (sha256 of a medium), `link`. `tag`:
    given to who chooses it, or comes by its way. `regions`: cities, none: from everywhere. `hours`: spans as
    `1-5 09:00-18:00`. `backup`: only when no other is free. `follower`: who stands in once it has ended."""

    name: Word
    way: int | None = None
    picture: Word = ""
    link: Link = ""
    tag: int | None = None
    weight: int = 1
    day_cap: int | None = None
    seats: int | None = None
    regions: Words = []
    hours: Words = []
    starts: Moment | None = None
    ends: Moment | None = None
    backup: bool = False
    off: bool = False
    follower: int | None = None


class TargetChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is given replaces what was."""

    name: Word | msgspec.UnsetType = msgspec.UNSET
    way: int | msgspec.UnsetType | None = msgspec.UNSET
    picture: Word | msgspec.UnsetType = msgspec.UNSET
    link: Link | msgspec.UnsetType = msgspec.UNSET
    tag: int | msgspec.UnsetType | None = msgspec.UNSET
    weight: int | msgspec.UnsetType = msgspec.UNSET
    day_cap: int | msgspec.UnsetType | None = msgspec.UNSET
    seats: int | msgspec.UnsetType | None = msgspec.UNSET
    regions: Words | msgspec.UnsetType = msgspec.UNSET
    hours: Words | msgspec.UnsetType = msgspec.UNSET
    starts: Moment | msgspec.UnsetType | None = msgspec.UNSET
    ends: Moment | msgspec.UnsetType | None = msgspec.UNSET
    backup: bool | msgspec.UnsetType = msgspec.UNSET
    off: bool | msgspec.UnsetType = msgspec.UNSET
    follower: int | msgspec.UnsetType | None = msgspec.UNSET


class TargetsBody(msgspec.Struct, forbid_unknown_fields=True):
    """Targets to be put behind the code, after those that are there."""

    targets: Annotated[list[TargetBody], msgspec.Meta(min_length=1, max_length=200)]


class MakingBody(msgspec.Struct, forbid_unknown_fields=True):
    """For whom codes at WeCom are made: members (userid) of a `staff` code, else groups (chat id), of one account."""

    account: int
    ids: Annotated[list[Word], msgspec.Meta(min_length=1, max_length=200)]


def _given(body: msgspec.Struct) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(body).items() if value is not msgspec.UNSET}


@api_read("/api/codes", "code.read")
def list_all(
    stores: Stores, q: str = "", stage: Stages = "", before: int | None = None, limit: Limit = 50
) -> CodesAnswer:
    """Live codes, the newest first, with scans of 30 days. `q` looks in name and address."""
    return command.page_told(stores, q[:200], stage, before, limit)


@api_write("POST", "/api/codes", "code.write", audits="scan_code_added")
def add(stores: Stores, actor: Actor, data: CodeBody) -> CodeAnswer:
    """Make a live code: a draft, to which nobody comes yet."""
    draft = command.drafted(CodeDraft(data.name), _given(data))
    if draft.owner is None and actor.kind == "staff":
        draft = command.drafted(draft, {"owner": actor.id})
    made = keeping.add_code(stores, actor.tag, draft)
    note(f"scan_code:{made.id}", name=made.name)
    return command.told(stores, made.id)


@api_read("/api/codes/{code:int}", "code.read")
def one(stores: Stores, code: Id) -> CodeAnswer:
    """One live code with its targets, and which of them need looking after."""
    return command.told(stores, code)


@api_write("PATCH", "/api/codes/{code:int}", "code.write", audits="scan_code_changed", about="scan_code:{code}")
def change(stores: Stores, code: Id, data: CodeChange) -> CodeAnswer:
    """Change what may be changed: all but address and kind."""
    keeping.change_code(stores, code, command.drafted(command.draft_of(get_code(stores, code)), _given(data)))
    return command.told(stores, code)


@api_write("POST", "/api/codes/{code:int}/targets", "code.write", audits="scan_code_targets", about="scan_code:{code}")
def add_targets(stores: Stores, code: Id, data: TargetsBody) -> CodeAnswer:
    """Put targets behind it, 200 in all at most."""
    drafts = [command.target_drafted(TargetDraft(), _given(each)) for each in data.targets]
    keeping.add_targets(stores, code, drafts)
    return command.told(stores, code)


@api_write(
    "PATCH",
    "/api/codes/{code:int}/targets/{target:int}",
    "code.write",
    audits="scan_code_targets",
    about="scan_code:{code}",
)
def change_target(stores: Stores, code: Id, target: Id, data: TargetChange) -> CodeAnswer:
    """Change one target; `off` takes it out of use, and who has it keeps it, or gets its `follower`."""
    keeping.change_target(stores, code, command.changed_target(stores, code, target, _given(data)))
    return command.told(stores, code)


@api_write("POST", "/api/codes/{code:int}/ways", "code.write", audits="scan_code_targets", about="scan_code:{code}")
def make_ways(stores: Stores, actor: Actor, code: Id, data: MakingBody) -> MakingAnswer:
    """Have a code at WeCom made for each of these members or groups, and put behind the live code, as a job."""
    return MakingAnswer(tasks.make_ways(stores, actor.tag, code, data.account, data.ids))


acts = api_acts("/api/codes/{code:int}", "code.write", about="scan_code:{code}")


@acts("use", "scan_code_used")
def use(stores: Stores, code: Id) -> CodeAnswer:
    """Put it to use. It needs an owner, a welcome and a target: a friend whom nobody receives becomes a zombie."""
    keeping.put_to_use(stores, code)
    return command.told(stores, code)


@acts("pause", "scan_code_paused")
def pause(stores: Stores, code: Id) -> CodeAnswer:
    """Its page says that it rests."""
    keeping.pause(stores, code)
    return command.told(stores, code)


@acts("end", "scan_code_ended")
def end(stores: Stores, code: Id) -> CodeAnswer:
    """End it for good: its address is not used again, its figures stay."""
    keeping.end(stores, code)
    return command.told(stores, code)


@api_read("/api/codes/{code:int}/figures", "code.read")
def figures(stores: Stores, code: Id, first: date | None = None, last: date | None = None) -> CodeFiguresAnswer:
    """What it brought, by target and day; the last 30 days where nothing is said."""
    return command.figures_told(stores, code, first, last)


ROUTES = [list_all, add, one, change, add_targets, change_target, make_ways, use, pause, end, figures]
