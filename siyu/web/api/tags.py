"""Tags by JSON."""

from __future__ import annotations

from datetime import datetime

import msgspec

from siyu.people import tags
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import Id
from siyu.web.routes import api_read, api_write


class NewGroup(msgspec.Struct):
    """``exclusive``: a person has at most one tag of the group."""

    name: str
    exclusive: bool = False


class NewTag(msgspec.Struct):
    group: int
    name: str


class TagChange(msgspec.Struct):
    name: str | None = None
    archived: bool | None = None


class GivenTag(msgspec.Struct):
    """``expires``: taken away by itself at that moment."""

    tag: int
    expires: datetime | None = None
    detail: str = ""


class Number(msgspec.Struct):
    id: int


@api_read("/api/tags", "people.read")
def list_tags(stores: Stores, archived: bool = False) -> list[tags.Tag]:
    """Every tag with its group and how many people have it."""
    with stores.ledger.read() as conn:
        return tags.all_tags(conn, counted=True, archived=archived)


@api_write("POST", "/api/tags/groups", "people.write", audits="tag_group_created")
def make_group(stores: Stores, data: NewGroup) -> Number:
    """A new group of tags."""
    number = tags.make_group(stores, data.name, data.exclusive)
    note(f"tag_group:{number}", name=data.name)
    return Number(number)


@api_write("POST", "/api/tags", "people.write", audits="tag_created")
def make_tag(stores: Stores, data: NewTag) -> Number:
    """A new tag in a group."""
    number = tags.make_tag(stores, data.group, data.name)
    note(f"tag:{number}", name=data.name)
    return Number(number)


@api_write("PATCH", "/api/tags/{tag:int}", "people.write", audits="tag_changed", about="tag:{tag}")
def change_tag(stores: Stores, tag: Id, data: TagChange) -> Number:
    """Rename a tag, take it out of use, or bring it back."""
    if data.name is not None:
        tags.rename_tag(stores, tag, data.name)
    if data.archived is not None:
        tags.archive_tag(stores, tag, data.archived)
    return Number(tag)


@api_write("POST", "/api/people/{person:int}/tags", "people.write", audits="tag_added", about="person:{person}")
def give_tag(stores: Stores, actor: Actor, person: Id, data: GivenTag) -> Number:
    """Give a person a tag."""
    expires = data.expires
    if expires is not None and expires.tzinfo is None:
        expires = expires.replace(tzinfo=stores.clock.now().tzinfo)
    tags.add_tag(stores, actor.tag, person, data.tag, origin="api", detail=data.detail[:200], expires=expires)
    note(tag=data.tag)
    return Number(data.tag)


@api_write(
    "DELETE",
    "/api/people/{person:int}/tags/{tag:int}",
    "people.write",
    audits="tag_removed",
    about="person:{person}",
    status_code=200,
)
def take_tag(stores: Stores, actor: Actor, person: Id, tag: Id) -> Number:
    """Take a tag from a person."""
    tags.remove_tag(stores, actor.tag, person, tag)
    note(tag=tag)
    return Number(tag)


ROUTES = [list_tags, make_group, make_tag, change_tag, give_tag, take_tag]
