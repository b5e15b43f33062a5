"""The API of moments (客户朋友圈)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar.params import QueryParameter

from siyu.channels.registry import Channels, exchange_of
from siyu.channels.wecom.moments import posting
from siyu.channels.wecom.moments.posting import Draft, Met, Moment
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import CursorText, Id, Limit, Page, cut, place_of, value_of
from siyu.web.routes import api_read, api_write

Word = Annotated[str, msgspec.Meta(max_length=128)]
Words = Annotated[list[Word], msgspec.Meta(max_length=posting.MEMBERS_MAX)]
Number = Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
Attachments = Annotated[list[dict[str, str]], msgspec.Meta(max_length=posting.PICTURES_MAX)]


class MomentBody(msgspec.Struct, forbid_unknown_fields=True):
    """`attachments` of one kind: up to nine `{"kind": "image", "medium": sha256}`, one `video`, or one
    `{"kind": "link", "title": …, "url": …, "medium": sha256}`. Nobody in `members` and `departments`: everybody
    publishes; no `tags`: every customer."""

    account: int
    text: str = ""
    attachments: Attachments = []
    members: Words = []
    departments: Annotated[list[Number], msgspec.Meta(max_length=500)] = []
    tags: Words = []


class SilentAnswer(msgspec.Struct):
    """Members who have not published it, 200 at most."""

    members: list[str]


@api_read("/api/moments", "broadcast.read")
def list_all(stores: Stores, cursor: CursorText = "", limit: Limit = 50) -> Page[Moment]:
    """Moments, the newest first."""
    found = posting.list_moments(stores, before=value_of(cursor, int), rows_max=limit + 1)
    return Page(*cut(found, limit, lambda each: each.id))


@api_write("POST", "/api/moments", "broadcast.send", audits="moment_posted")
def post(stores: Stores, actor: Actor, data: MomentBody) -> Moment:
    """Record a moment; it is made in the background, and members publish it."""
    draft = Draft(data.text, data.attachments, data.members, data.departments, data.tags)
    number = posting.post(stores, actor.tag, data.account, draft)
    note(f"moment:{number}")
    return posting.get_moment(stores, number)


@api_read("/api/moments/{moment:int}", "broadcast.read")
def one(stores: Stores, moment: Id) -> Moment:
    """One moment and its figures."""
    return posting.get_moment(stores, moment)


@api_read("/api/moments/{moment:int}/silent", "broadcast.read")
def silent(stores: Stores, moment: Id) -> SilentAnswer:
    """Members who have not published it yet."""
    posting.get_moment(stores, moment)
    return SilentAnswer(posting.silent_members(stores, moment))


@api_read("/api/moments/{moment:int}/people", "people.read")
def people(
    stores: Stores,
    moment: Id,
    kind: Annotated[str, QueryParameter(max_length=20, description="reached, like or comment.")] = "",
    cursor: CursorText = "",
    limit: Limit = 50,
) -> Page[Met]:
    """Customers whom it reached, who liked and who commented."""
    posting.get_moment(stores, moment)
    after = place_of(cursor, str, str, str)
    found = posting.people_of(stores, moment, kind=kind, after=after, rows_max=limit + 1)
    return Page(*cut(found, limit, lambda met: (met.kind, met.external_userid, met.userid)))


@api_write(
    "POST",
    "/api/moments/{moment:int}/cancel",
    "broadcast.send",
    audits="moment_cancelled",
    about="moment:{moment}",
    status_code=200,
)
def cancel(stores: Stores, channels: Channels, moment: Id) -> Moment:
    """Stop what is not published yet."""
    posting.cancel(stores, exchange_of(channels), moment)
    return posting.get_moment(stores, moment)


ROUTES = [list_all, post, one, silent, people, cancel]
