"""What the command line and the API answer of posts to groups."""

from __future__ import annotations

from msgspec import Struct

import siyu.channels.wecom.group_posts.tasks as _handlers  # registers the jobs
from siyu.channels.wecom.group_posts import posting
from siyu.channels.wecom.group_posts.posting import GroupForecast, GroupItem, GroupPost, OwnerTask
from siyu.storage import Stores

ITEMS_SHOWN = 1_000


class GroupPostsAnswer(Struct, frozen=True):
    """Posts, the newest first."""

    group_posts: list[GroupPost]


class GroupPostDetail(Struct, frozen=True):
    """A post, what its owners have to confirm, and its first thousand groups."""

    group_post: GroupPost
    tasks: list[OwnerTask]
    groups: list[GroupItem]


class GroupReminded(Struct, frozen=True):
    """How many owners were reminded."""

    reminded: int


def detail(stores: Stores, number: int) -> GroupPostDetail:
    """Raises :class:`NotFound`."""
    found = posting.get_post(stores, number)
    items = posting.items_of(stores, number, rows_max=ITEMS_SHOWN)
    return GroupPostDetail(found, posting.tasks_of(stores, number), items)


def all_told(stores: Stores) -> GroupPostsAnswer:
    """The latest."""
    return GroupPostsAnswer(posting.list_posts(stores, rows_max=200))


__all__ = ["GroupForecast", "_handlers", "all_told", "detail"]
