"""What the command line and the API answer of moments."""

from __future__ import annotations

from msgspec import Struct

import siyu.channels.wecom.moments.tasks as _handlers  # registers the jobs
from siyu.channels.wecom.moments import posting
from siyu.channels.wecom.moments.posting import Met, Moment
from siyu.storage import Stores

PEOPLE_SHOWN = 1_000


class MomentsAnswer(Struct, frozen=True):
    """Moments, the newest first."""

    moments: list[Moment]


class MomentDetail(Struct, frozen=True):
    """A moment, members who have not published it, and its first customers."""

    moment: Moment
    silent: list[str]
    people: list[Met]


def detail(stores: Stores, number: int) -> MomentDetail:
    """Raises :class:`NotFound`."""
    found = posting.get_moment(stores, number)
    met = posting.people_of(stores, number, rows_max=PEOPLE_SHOWN)
    return MomentDetail(found, posting.silent_members(stores, number), met)


def all_told(stores: Stores) -> MomentsAnswer:
    """The latest."""
    return MomentsAnswer(posting.list_moments(stores, rows_max=200))


__all__ = ["_handlers", "all_told", "detail"]
