"""What ``siyu invite …``, the API and the console answer of invite lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from siyu.growth.cold_start import keeping
from siyu.growth.cold_start.keeping import Added, Progress
from siyu.growth.cold_start.model import Invite, InviteList
from siyu.storage import Stores


class ProgressAnswer(msgspec.Struct, frozen=True):
    """How far a list came: `people` on it, `invited` (have their link), `opened` it, `done` (did what was asked),
    `granted` (have the benefit), `short` (did it, and the purse had too little left)."""

    people: int
    invited: int
    opened: int
    done: int
    granted: int
    short: int


class ListAnswer(msgspec.Struct, frozen=True):
    """An invite list. `code`: the live code that its links lead to; `ask`: what the benefit is for; `reward`: its kind,
    empty for none; `amount` in the smallest unit of the `purse`."""

    id: int
    name: str
    kind: str
    code: int
    ask: str
    reward: str
    amount: int
    title: str
    purse: int | None
    stage: Literal["draft", "live", "ended"]
    created: datetime
    by: str
    progress: ProgressAnswer


class ListsAnswer(msgspec.Struct, frozen=True):
    """All invite lists, the newest first."""

    lists: list[ListAnswer]


class InviteAnswer(msgspec.Struct, frozen=True):
    """One person of a list. `invited`: from when they have their link; `done`: when they did what was asked; `granted`:
    the number of the reward. `link`: the path of their own link, where links were asked for."""

    id: int
    person: int
    invited: datetime | None
    done: datetime | None
    granted: int | None
    link: str


class InvitesAnswer(msgspec.Struct, frozen=True):
    """A page of a list, in the order in which they were put on it. `next`: give it as `after`; null at the end."""

    invites: list[InviteAnswer]
    next: int | None


class AddedAnswer(msgspec.Struct, frozen=True):
    """`added` now; `there` were on it; `unknown`: no such person, or erased."""

    added: int
    there: int
    unknown: int


def _list(found: InviteList, progress: Progress) -> ListAnswer:
    own = {name: getattr(found, name) for name in ListAnswer.__struct_fields__ if name != "progress"}
    far = ProgressAnswer(**{name: getattr(progress, name) for name in ProgressAnswer.__struct_fields__})
    return ListAnswer(progress=far, **own)


def all_told(stores: Stores) -> ListsAnswer:
    """All of them."""
    found = keeping.list_lists(stores)
    progress = keeping.progress_of(stores, [each.id for each in found])
    return ListsAnswer([_list(each, progress[each.id]) for each in found])


def list_told(stores: Stores, number: int) -> ListAnswer:
    """One. Raises :class:`~siyu.storage.NotFound`."""
    found = keeping.get_list(stores, number)
    return _list(found, keeping.progress_of(stores, [number])[number])


def invites_told(stores: Stores, number: int, after: int, limit: int) -> InvitesAnswer:
    """A page of its people. Raises :class:`~siyu.storage.NotFound`."""
    found = keeping.invites_of(stores, number, after, limit + 1)
    return _page([(each, "") for each in found], limit)


def links_told(stores: Stores, number: int, after: int, limit: int) -> InvitesAnswer:
    """A page of its people with their links: they are invited from now on. Raises
    :class:`~siyu.storage.NotFound`, :class:`~siyu.storage.Conflict`."""
    found = keeping.give_links(stores, number, after, limit)
    told = _page([(each.invite, each.path) for each in found], limit)
    more = keeping.invites_of(stores, number, found[-1].invite.id, 1) if found else []
    return msgspec.structs.replace(told, next=found[-1].invite.id if more else None)


def added_told(found: Added) -> AddedAnswer:
    """What became of people who were put on a list."""
    return AddedAnswer(found.added, found.there, found.unknown)


def _page(found: Sequence[tuple[Invite, str]], limit: int) -> InvitesAnswer:
    rows = [
        InviteAnswer(each.id, each.person, each.invited, each.done, each.granted, link) for each, link in found[:limit]
    ]
    return InvitesAnswer(rows, rows[-1].id if len(found) > limit else None)
