"""Staff, API keys and write keys."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from siyu.people import collecting, write_keys
from siyu.staff import actions, queries
from siyu.staff.model import Actor, ApiKey, Member
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.outside import Outside
from siyu.web.paging import Id, Page
from siyu.web.routes import api_read, api_write

TAGS = ["staff"]


class StaffAnswer(msgspec.Struct):
    """A member of staff."""

    id: int
    login: str
    name: str
    role: str
    language: str
    created: datetime
    disabled: datetime | None
    seen: datetime | None


class NewStaff(msgspec.Struct):
    """`role` is one of owner, admin, operator, adviser, agent, analyst; nobody gives more than they hold."""

    login: str
    name: str
    password: str
    role: str
    language: str = "zh"


class StaffChange(msgspec.Struct):
    """A new name and role."""

    name: str
    role: str


class KeyAnswer(msgspec.Struct):
    """An API key, without its secret."""

    id: int
    name: str
    prefix: str
    role: str
    created: datetime
    used: datetime | None
    revoked: datetime | None


class NewKey(msgspec.Struct):
    """A name to tell it apart, and the role it acts in."""

    name: str
    role: str


class MadeKey(msgspec.Struct):
    """`secret` is shown this once."""

    id: int
    secret: str


class NewWriteKey(msgspec.Struct):
    """`source` marks the events that come with it. `kind`: `page` (public: behaviour only) or `server` (a secret:
    orders, profiles, consent, identifiers)."""

    name: str
    source: str
    kind: Literal["page", "server"]


class WriteKeyAnswer(msgspec.Struct):
    """A write key: it can add events and read nothing. One of kind `page` tells behaviour only; one of kind `server`
    is a secret: `key` says it when it is made and is empty afterwards, when `prefix` tells which it is. `before_kinds`:
    made when keys had no kind, so it may stand in a page."""

    id: int
    key: str
    name: str
    source: str
    kind: str
    created: datetime
    revoked: datetime | None
    before_kinds: bool
    prefix: str


class Snippet(msgspec.Struct):
    """What to put where events come from. `place` is one of web, mini, app, server; `last_event` is what this source
    told last within seven days, and `last_received` when."""

    place: str
    code: str
    last_event: str | None
    last_received: datetime | None


def _staff(member: Member) -> StaffAnswer:
    return StaffAnswer(
        member.id,
        member.login,
        member.name,
        member.role,
        member.language,
        member.created,
        member.disabled,
        member.seen,
    )


def _key(key: ApiKey) -> KeyAnswer:
    return KeyAnswer(key.id, key.name, key.prefix, key.role, key.created, key.used, key.revoked)


def _write_key(key: write_keys.WriteKey) -> WriteKeyAnswer:
    return WriteKeyAnswer(**{name: getattr(key, name) for name in WriteKeyAnswer.__struct_fields__})


@api_read("/api/staff", "staff.write")
def list_staff(stores: Stores) -> Page[StaffAnswer]:
    """Everybody who works here."""
    return Page([_staff(member) for member in queries.members(stores)])


@api_write("POST", "/api/staff", "staff.write", audits="staff_added")
def add_staff(stores: Stores, actor: Actor, data: NewStaff) -> StaffAnswer:
    """Add a member of staff."""
    number = actions.create_member(stores, actor, **msgspec.structs.asdict(data))
    note(f"staff:{number}", role=data.role)
    return _staff(queries.member(stores, number))


@api_write("PATCH", "/api/staff/{number:int}", "staff.write", audits="staff_changed", about="staff:{number}")
def change_staff(stores: Stores, actor: Actor, number: Id, data: StaffChange) -> StaffAnswer:
    """Rename somebody or give them another role."""
    actions.change_member(stores, actor, number, name=data.name, role=data.role)
    note(role=data.role)
    return _staff(queries.member(stores, number))


@api_write("POST", "/api/staff/{number:int}/disable", "staff.write", audits="staff_disabled", about="staff:{number}")
def disable_staff(stores: Stores, actor: Actor, number: Id) -> StaffAnswer:
    """End somebody's access at once."""
    actions.disable_member(stores, actor, number)
    return _staff(queries.member(stores, number))


@api_write("POST", "/api/staff/{number:int}/enable", "staff.write", audits="staff_enabled", about="staff:{number}")
def enable_staff(stores: Stores, actor: Actor, number: Id) -> StaffAnswer:
    """Let somebody in again."""
    actions.enable_member(stores, actor, number)
    return _staff(queries.member(stores, number))


@api_read("/api/keys", "staff.write", tags=TAGS)
def list_keys(stores: Stores) -> Page[KeyAnswer]:
    """API keys, newest first."""
    return Page([_key(key) for key in queries.keys(stores)])


@api_write("POST", "/api/keys", "staff.write", audits="api_key_created", tags=TAGS, repeatable=False)
def add_key(stores: Stores, actor: Actor, data: NewKey) -> MadeKey:
    """A new API key; its secret is in this answer and nowhere else."""
    number, secret = actions.create_key(stores, actor, name=data.name, role=data.role)
    note(f"key:{number}", role=data.role)
    return MadeKey(number, secret)


@api_write("DELETE", "/api/keys/{number:int}", "staff.write", audits="api_key_revoked", about="key:{number}", tags=TAGS)
def revoke_key(stores: Stores, actor: Actor, number: Id) -> None:
    """Revoke an API key."""
    actions.revoke_key(stores, actor, number)


@api_read("/api/write-keys", "staff.write", tags=TAGS)
def list_write_keys(stores: Stores) -> Page[WriteKeyAnswer]:
    """Write keys, oldest first."""
    return Page([_write_key(key) for key in write_keys.all_of(stores)])


@api_write("POST", "/api/write-keys", "staff.write", audits="write_key_created", tags=TAGS)
def add_write_key(stores: Stores, data: NewWriteKey) -> WriteKeyAnswer:
    """A new write key."""
    made = write_keys.create(stores, data.name, data.source, data.kind)
    note(f"write_key:{made.id}", source=made.source, kind=made.kind)
    return _write_key(made)


@api_write(
    "POST",
    "/api/write-keys/{number:int}/narrow",
    "staff.write",
    audits="write_key_narrowed",
    about="write_key:{number}",
    tags=TAGS,
)
def narrow_write_key(stores: Stores, number: Id) -> WriteKeyAnswer:
    """Make a server key a page key, for good: for one that stands in a page."""
    return _write_key(write_keys.narrow(stores, number))


@api_read("/api/write-keys/{number:int}/snippets/{place:str}", "staff.write", tags=TAGS)
def read_snippet(stores: Stores, outside: Outside, number: Id, place: str) -> Snippet:
    """What to put into a web page, mini program, app or server, and whether anything came from there."""
    key = write_keys.one(stores, number)
    code = collecting.code_for(place, outside.address, key)
    heard = write_keys.heard_from(stores, key.source)
    return Snippet(place, code, heard and heard.name, heard and heard.received)


@api_write(
    "DELETE",
    "/api/write-keys/{number:int}",
    "staff.write",
    audits="write_key_revoked",
    about="write_key:{number}",
    tags=TAGS,
)
def revoke_write_key(stores: Stores, number: Id) -> None:
    """Revoke a write key."""
    write_keys.revoke(stores, number)


ROUTES = [
    list_staff,
    add_staff,
    change_staff,
    disable_staff,
    enable_staff,
    list_keys,
    add_key,
    revoke_key,
    list_write_keys,
    add_write_key,
    narrow_write_key,
    read_snippet,
    revoke_write_key,
]
