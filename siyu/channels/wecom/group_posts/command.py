"""What the command line and the API answer of posts to groups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

import siyu.channels.wecom.group_posts.tasks as _handlers  # registers the jobs
from siyu.channels.wecom.group_posts import posting
from siyu.channels.wecom.group_posts.posting import Item, OwnerTask, Post
from siyu.storage import Stores

ITEMS_SHOWN = 1_000


class GroupPostAnswer(Struct, frozen=True):
    """A post to groups. ``state``: recorded, open, done, cancelled; ``counts``: groups by what became of them
    (recorded, gathered, handed, sent, held, refused, withdrawn); ``waiting``: owners who have not confirmed."""

    id: int
    account: int
    text: str
    attachments: list[dict[str, str]]
    state: str
    starts: datetime
    at: datetime
    by: str
    finished: datetime | None
    groups: int
    counts: dict[str, int]
    waiting: int

    @classmethod
    def of(cls, post: Post) -> GroupPostAnswer:
        given: dict[str, Any] = {**post.__dict__, "counts": dict(post.counts)}
        return cls(**given, groups=post.groups)


class GroupItemAnswer(Struct, frozen=True):
    """One group of a post; ``sender``: its owner; ``reason``: why it did not get it."""

    chat_id: str
    name: str
    sender: str
    state: str
    reason: str
    at: datetime

    @classmethod
    def of(cls, item: Item) -> GroupItemAnswer:
        return cls(**item.__dict__)


class OwnerTaskAnswer(Struct, frozen=True):
    """What one owner has to confirm. ``state``: making, waiting, sending, withdrawing, done; ``open``: groups of it
    that are not settled."""

    id: int
    sender: str
    groups: int
    open: int
    state: str
    handed: datetime | None
    confirmed: datetime | None
    reminders: int

    @classmethod
    def of(cls, task: OwnerTask) -> OwnerTaskAnswer:
        return cls(**task.__dict__)


class GroupForecast(Struct, frozen=True):
    """What would become of it now: groups reached, owners who have to confirm, groups held by reason."""

    reached: int
    owners: int
    held: dict[str, int]


class GroupPostsAnswer(Struct, frozen=True):
    """Posts, the newest first."""

    group_posts: list[GroupPostAnswer]


class GroupPostDetail(Struct, frozen=True):
    """A post, what its owners have to confirm, and its first thousand groups."""

    group_post: GroupPostAnswer
    tasks: list[OwnerTaskAnswer]
    groups: list[GroupItemAnswer]


class GroupReminded(Struct, frozen=True):
    """How many owners were reminded."""

    reminded: int


def told(stores: Stores, number: int) -> GroupPostAnswer:
    """Raises :class:`NotFound`."""
    return GroupPostAnswer.of(posting.get_post(stores, number))


def tasks_told(stores: Stores, number: int) -> list[OwnerTaskAnswer]:
    """Raises :class:`NotFound`."""
    posting.get_post(stores, number)
    return [OwnerTaskAnswer.of(each) for each in posting.tasks_of(stores, number)]


def detail(stores: Stores, number: int) -> GroupPostDetail:
    """Raises :class:`NotFound`."""
    items = posting.items_of(stores, number, rows_max=ITEMS_SHOWN)
    return GroupPostDetail(
        told(stores, number), tasks_told(stores, number), [GroupItemAnswer.of(each) for each in items]
    )


def all_told(stores: Stores) -> GroupPostsAnswer:
    """The latest."""
    return GroupPostsAnswer([GroupPostAnswer.of(each) for each in posting.list_posts(stores, rows_max=200)])


def forecast_told(stores: Stores, account: int, draft: posting.Draft) -> GroupForecast:
    """Raises as posting does."""
    found = posting.forecast(stores, account, draft)
    return GroupForecast(found.reached, found.owners, dict(found.held))


__all__ = ["_handlers", "all_told", "detail", "forecast_told", "tasks_told", "told"]
