"""The API of content links."""

from __future__ import annotations

from typing import Annotated

import msgspec

from siyu.content.links import command, keeping
from siyu.content.links.command import ContentLinkAnswer, ContentLinksAnswer, OwnPagesAnswer, ReadersAnswer
from siyu.content.links.model import (
    ADDRESS_CHARACTERS_MAX,
    TAG_CHARACTERS_MAX,
    TAGS_MAX,
    TEXT_CHARACTERS_MAX,
    TITLE_CHARACTERS_MAX,
    Draft,
)
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import Id, Limit
from siyu.web.routes import also, api_acts, api_read, api_write

Address = Annotated[str, msgspec.Meta(max_length=ADDRESS_CHARACTERS_MAX)]
Tag = Annotated[str, msgspec.Meta(max_length=TAG_CHARACTERS_MAX)]
Number = Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)]


class ContentLinkBody(msgspec.Struct, forbid_unknown_fields=True):
    """A piece to read: its `text`, or the `url` where it goes on, or both."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=TITLE_CHARACTERS_MAX)]
    text: Annotated[str, msgspec.Meta(max_length=TEXT_CHARACTERS_MAX)] = ""
    picture: Address = ""
    url: Address = ""
    tags: Annotated[list[Tag], msgspec.Meta(max_length=TAGS_MAX)] = []
    alert: bool = False


class PersonsBody(msgspec.Struct, forbid_unknown_fields=True):
    """For whom."""

    persons: Annotated[list[Number], msgspec.Meta(min_length=1, max_length=keeping.PERSONS_MAX)]


@api_read("/api/content-links", "goods.read")
def list_all(stores: Stores, words: str = "", before: int | None = None, limit: Limit = 50) -> ContentLinksAnswer:
    """A page of content links with their figures, the newest first."""
    place = None if before is None else max(0, min(before, WHOLE_MAX))
    return command.links_told(stores, words[:200], place, limit)


@api_write("POST", "/api/content-links", "goods.write", audits="content_link_added")
def add(stores: Stores, actor: Actor, data: ContentLinkBody) -> ContentLinkAnswer:
    """Make a link; it is on at once."""
    made = keeping.add_link(stores, actor.tag, _draft(data))
    note(f"content_link:{made.id}", title=made.title)
    return command.link_told(stores, made)


@api_read("/api/content-links/{link:int}", "goods.read")
def one(stores: Stores, link: Id) -> ContentLinkAnswer:
    """One link with its figures."""
    return command.link_told(stores, keeping.get_link(stores, link))


@api_write(
    "PUT", "/api/content-links/{link:int}", "goods.write", audits="content_link_changed", about="content_link:{link}"
)
def change(stores: Stores, link: Id, data: ContentLinkBody) -> ContentLinkAnswer:
    """All of it anew; its addresses stay."""
    return command.link_told(stores, keeping.change_link(stores, link, _draft(data)))


link_acts = api_acts("/api/content-links/{link:int}", "goods.write", about="content_link:{link}")


@link_acts("turn-off", "content_link_off")
def turn_off(stores: Stores, link: Id) -> ContentLinkAnswer:
    """Nobody reads it until it is turned on."""
    return command.link_told(stores, keeping.set_stage(stores, link, "off"))


@link_acts("turn-on", "content_link_on")
def turn_on(stores: Stores, link: Id) -> ContentLinkAnswer:
    """It can be read again."""
    return command.link_told(stores, keeping.set_stage(stores, link, "on"))


@api_write(
    "POST",
    "/api/content-links/{link:int}/people",
    "goods.write",
    audits="content_links_given",
    about="content_link:{link}",
    guards=[also("people.write")],
    repeatable=False,  # a link names a person
    status_code=200,
)
def give(stores: Stores, link: Id, data: PersonsBody) -> OwnPagesAnswer:
    """Personal pages, to be sent by hand."""
    given = keeping.own_paths(stores, link, data.persons)
    note(f"content_link:{link}", links=len(given))
    return command.pages_told(given)


@api_read("/api/content-links/{link:int}/readers", "goods.read")
def readers(stores: Stores, link: Id) -> ReadersAnswer:
    """Who opened it, and from whom each one has it, as a tree."""
    return command.readers_told(stores, link)


def _draft(data: ContentLinkBody) -> Draft:
    return Draft(data.title, data.text, data.picture, data.url, data.tags, data.alert)


ROUTES = [list_all, add, one, change, turn_off, turn_on, give, readers]
