"""What the command line and the API answer of hand-overs."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

import siyu.channels.wecom.transfers.tasks as _handlers  # registers the jobs
from siyu.channels.wecom.transfers import handovers
from siyu.channels.wecom.transfers.handovers import Handover, Item
from siyu.jobs import run_to_end
from siyu.storage import Stores

ITEMS_SHOWN = 1_000


class HandoverAnswer(Struct, frozen=True):
    """A hand-over. ``left``: the giver has left the company. ``customers`` and ``groups``: how many by state:
    recorded, calling, waiting, done, refused, full, failed, unsettled, withdrawn. ``open``: not settled yet."""

    id: int
    account: int
    giver: str
    taker: str
    left: bool
    message: str
    at: datetime
    by: str
    customers: dict[str, int]
    groups: dict[str, int]
    open: int

    @classmethod
    def of(cls, handover: Handover) -> HandoverAnswer:
        by_kind = {
            kind: {state: many for (of, state), many in handover.counts.items() if of == kind}
            for kind in ("customer", "group")
        }
        return cls(
            handover.id,
            handover.account,
            handover.giver,
            handover.taker,
            handover.left,
            handover.message,
            handover.at,
            handover.by,
            by_kind["customer"],
            by_kind["group"],
            handover.open,
        )


class ItemAnswer(Struct, frozen=True):
    """A customer or a group (``kind``) of a hand-over. ``code`` and the reason where it failed."""

    kind: str
    item: str
    state: str
    code: int | None
    zh: str
    en: str
    called: datetime | None
    settled: datetime | None

    @classmethod
    def of(cls, item: Item) -> ItemAnswer:
        return cls(item.kind, item.item, item.state, item.code, *item.reason, item.called, item.settled)


class HandoversAnswer(Struct, frozen=True):
    """Hand-overs, the newest first."""

    hand_overs: list[HandoverAnswer]


class HandoverDetail(Struct, frozen=True):
    """A hand-over with its first customers and groups."""

    hand_over: HandoverAnswer
    items: list[ItemAnswer]


class Leaver(Struct, frozen=True):
    """A member who left, and how many customers wait for somebody."""

    userid: str
    left: datetime
    customers: int


class LeaversAnswer(Struct, frozen=True):
    """Members who left whose customers wait, most first."""

    leavers: list[Leaver]


def detail(stores: Stores, number: int) -> HandoverDetail:
    """Raises :class:`NotFound`."""
    found = handovers.get_handover(stores, number)
    rows = handovers.items_of(stores, number, rows_max=ITEMS_SHOWN)
    return HandoverDetail(HandoverAnswer.of(found), [ItemAnswer.of(each) for each in rows])


def all_told(stores: Stores) -> HandoversAnswer:
    """The latest."""
    return HandoversAnswer([HandoverAnswer.of(each) for each in handovers.list_handovers(stores, rows_max=200)])


def leavers_told(stores: Stores, account: int) -> LeaversAnswer:
    """As read last."""
    return LeaversAnswer([Leaver(*each) for each in handovers.leavers(stores, account)])


def read_leavers(stores: Stores, account: int, *, alone: bool) -> LeaversAnswer:
    """Read and wait for the end (command line). Raises :class:`SiyuError`."""
    run_to_end(stores, lambda: _handlers.ask_to_read(stores, account), alone=alone)
    return leavers_told(stores, account)
