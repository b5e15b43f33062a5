"""The API of mass messages to groups (群发到客户群)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar.params import QueryParameter

from siyu.channels.attachments import ATTACHMENTS_MAX
from siyu.channels.registry import Channels, exchange_of
from siyu.channels.wecom.group_posts import posting
from siyu.channels.wecom.group_posts.command import GroupReminded
from siyu.channels.wecom.group_posts.posting import Draft, GroupForecast, GroupItem, GroupPost, OwnerTask
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import CursorText, Id, Limit, Page, cut, value_of
from siyu.web.routes import api_acts, api_ask, api_read, api_write

Word = Annotated[str, msgspec.Meta(max_length=128)]
Attachments = Annotated[list[dict[str, str]], msgspec.Meta(max_length=ATTACHMENTS_MAX)]


class GroupsBody(msgspec.Struct, forbid_unknown_fields=True):
    """`groups`: by chat id; none: all groups of `owners`; neither: all groups of the account."""

    account: Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
    groups: Annotated[list[Word], msgspec.Meta(max_length=posting.GROUPS_MAX)] = []
    owners: Annotated[list[Word], msgspec.Meta(max_length=1_000)] = []


class GroupPostBody(GroupsBody, forbid_unknown_fields=True):
    """As above, and what it says: `text` of 4,000 bytes at most, and up to nine `attachments` as of a welcome.
    `starts`: not before (UTC where it has no zone); null: at once."""

    text: str = ""
    attachments: Attachments = []
    starts: datetime | None = None

    def draft(self) -> Draft:
        starts = None if self.starts is None or self.starts.tzinfo else self.starts.replace(tzinfo=UTC)
        return Draft(self.text, self.attachments, self.groups, self.owners, starts or self.starts)


class OwnerTasks(msgspec.Struct):
    """What owners have to confirm, 500 at most."""

    tasks: list[OwnerTask]


class OneTask(msgspec.Struct, forbid_unknown_fields=True):
    """Null: every task that waits."""

    task: int | None = None


@api_read("/api/group-posts", "broadcast.read")
def list_all(stores: Stores, q: str = "", cursor: CursorText = "", limit: Limit = 50) -> Page[GroupPost]:
    """Posts to groups, the newest first; `q`: part of the text."""
    found = posting.list_posts(stores, before=value_of(cursor, int), words=q[:200], rows_max=limit + 1)
    return Page(*cut(found, limit, lambda each: each.id))


@api_ask("/api/group-posts/count", "broadcast.read")
def count(stores: Stores, data: GroupsBody) -> GroupForecast:
    """How many groups a post would reach now, how many owners have to confirm it, and how many groups are held."""
    return posting.forecast(stores, data.account, Draft("", (), data.groups, data.owners))


@api_write("POST", "/api/group-posts", "broadcast.send", audits="group_post_recorded")
def post(stores: Stores, actor: Actor, data: GroupPostBody) -> GroupPost:
    """Record a post; tasks are made in the background, and owners of groups confirm them."""
    number = posting.post(stores, actor.tag, data.account, data.draft())
    note(f"group_post:{number}")
    return posting.get_post(stores, number)


@api_read("/api/group-posts/{post:int}", "broadcast.read")
def one(stores: Stores, post: Id) -> GroupPost:
    """One post and its figures."""
    return posting.get_post(stores, post)


@api_read("/api/group-posts/{post:int}/tasks", "broadcast.read")
def tasks(stores: Stores, post: Id) -> OwnerTasks:
    """For which owners it waits."""
    posting.get_post(stores, post)
    return OwnerTasks(posting.tasks_of(stores, post))


@api_read("/api/group-posts/{post:int}/groups", "broadcast.read")
def groups(
    stores: Stores,
    post: Id,
    in_state: Annotated[str, QueryParameter(max_length=20, description="held, handed, sent, refused…")] = "",
    cursor: CursorText = "",
    limit: Limit = 50,
) -> Page[GroupItem]:
    """Each group and what became of it."""
    posting.get_post(stores, post)
    found = posting.items_of(stores, post, state=in_state, after=value_of(cursor, str), rows_max=limit + 1)
    return Page(*cut(found, limit, lambda item: item.chat_id))


_steer = api_acts("/api/group-posts/{post:int}", "broadcast.send", about="group_post:{post}")


@_steer("cancel", "group_post_cancelled")
def cancel(stores: Stores, post: Id) -> GroupPost:
    """Call back what has not gone out."""
    posting.cancel(stores, post)
    return posting.get_post(stores, post)


@_steer("remind", "group_owners_reminded")
def remind(stores: Stores, channels: Channels, post: Id, data: OneTask) -> GroupReminded:
    """Remind owners who have not confirmed, at most three times in 24 hours."""
    return GroupReminded(posting.remind(stores, exchange_of(channels), post, data.task))


ROUTES = [list_all, count, post, one, tasks, groups, cancel, remind]
