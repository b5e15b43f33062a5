"""What the command line and the API answer of moments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

import siyu.channels.wecom.moments.tasks as _handlers  # registers the jobs
from siyu.channels.wecom.moments import posting
from siyu.channels.wecom.moments.posting import Met, Moment
from siyu.storage import Stores

PEOPLE_SHOWN = 1_000


class MomentAnswer(Struct, frozen=True):
    """A moment. ``state``: recorded, calling, making, waiting, done, refused, unsettled, cancelled; ``invalid``: what
    the platform left out; ``members_all`` and ``published``: members who have to publish it and who did; ``reached``,
    ``likes``, ``comments``: customers."""

    id: int
    account: int
    text: str
    attachments: list[dict[str, str]]
    members: list[str]
    departments: list[int]
    tags: list[str]
    state: str
    reason: dict[str, Any] | None
    invalid: dict[str, list[Any]]
    at: datetime
    by: str
    members_all: int
    published: int
    reached: int
    likes: int
    comments: int

    @classmethod
    def of(cls, moment: Moment) -> MomentAnswer:
        return cls(**moment.__dict__)


class MetAnswer(Struct, frozen=True):
    """A customer: ``kind`` is reached, like or comment; ``at``: the last time of a like or comment."""

    kind: str
    external_userid: str
    userid: str
    at: datetime | None

    @classmethod
    def of(cls, met: Met) -> MetAnswer:
        return cls(met.kind, met.external_userid, met.userid, met.at)


class MomentsAnswer(Struct, frozen=True):
    """Moments, the newest first."""

    moments: list[MomentAnswer]


class MomentDetail(Struct, frozen=True):
    """A moment, members who have not published it, and its first customers."""

    moment: MomentAnswer
    silent: list[str]
    people: list[MetAnswer]


def told(stores: Stores, number: int) -> MomentAnswer:
    """Raises :class:`NotFound`."""
    return MomentAnswer.of(posting.get_moment(stores, number))


def detail(stores: Stores, number: int) -> MomentDetail:
    """Raises :class:`NotFound`."""
    met = posting.people_of(stores, number, rows_max=PEOPLE_SHOWN)
    return MomentDetail(
        told(stores, number), posting.silent_members(stores, number), [MetAnswer.of(each) for each in met]
    )


def all_told(stores: Stores) -> MomentsAnswer:
    """The latest."""
    return MomentsAnswer([MomentAnswer.of(each) for each in posting.list_moments(stores, rows_max=200)])


__all__ = ["_handlers", "all_told", "detail", "told"]
