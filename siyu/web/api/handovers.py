"""The API of handing customers and groups over."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar.params import QueryParameter

from siyu.channels.accounts import get_account
from siyu.channels.wecom.transfers import command, handovers
from siyu.channels.wecom.transfers.command import HandoverAnswer, ItemAnswer, LeaversAnswer
from siyu.channels.wecom.transfers.handovers import Wish
from siyu.channels.wecom.transfers.tasks import ask_to_read
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import CursorText, Id, Limit, Page, page_of, place_of, value_of
from siyu.web.routes import api_read, api_write

Word = Annotated[str, msgspec.Meta(max_length=128)]
Ids = Annotated[list[Word], msgspec.Meta(max_length=handovers.ITEMS_MAX)]


class HandoverBody(msgspec.Struct, forbid_unknown_fields=True):
    """`left`: the giver has left the company. `customers` and `groups`: ids, or null for all that the giver has;
    20,000 at most of each. `message`: what customers are told where the giver stays, 200 characters at most."""

    account: int
    giver: Word
    taker: Word
    left: bool = False
    customers: Ids | None = None
    groups: Ids | None = []
    message: str = ""


class ReadingJob(msgspec.Struct):
    """The job that reads."""

    job: int


@api_read("/api/hand-overs", "people.read")
def list_all(stores: Stores, cursor: CursorText = "", limit: Limit = 50) -> Page[HandoverAnswer]:
    """Hand-overs, the newest first."""
    found = handovers.list_handovers(stores, before=value_of(cursor, int), rows_max=limit + 1)
    return page_of(found, limit, lambda each: each.id, HandoverAnswer.of)


@api_write("POST", "/api/hand-overs", "people.hand_over", audits="hand_over_recorded", repeatable=True)
def start(stores: Stores, actor: Actor, data: HandoverBody) -> HandoverAnswer:
    """Record a hand-over; it begins at once in the background."""
    wish = Wish(data.giver, data.taker, data.left, data.customers, data.groups, data.message)
    number = handovers.hand_over(stores, actor.tag, data.account, wish)
    note(f"hand_over:{number}", giver=data.giver, taker=data.taker)
    return HandoverAnswer.of(handovers.get_handover(stores, number))


@api_read("/api/hand-overs/{hand_over:int}", "people.read")
def one(stores: Stores, hand_over: Id) -> HandoverAnswer:
    """One hand-over, and how far it is."""
    return HandoverAnswer.of(handovers.get_handover(stores, hand_over))


@api_read("/api/hand-overs/{hand_over:int}/items", "people.read")
def items(
    stores: Stores,
    hand_over: Id,
    became: Annotated[str, QueryParameter(max_length=20, description="Only those in this state.")] = "",
    cursor: CursorText = "",
    limit: Limit = 50,
) -> Page[ItemAnswer]:
    """Its customers and groups, each with what became of it; `became` narrows them."""
    handovers.get_handover(stores, hand_over)
    after = place_of(cursor, str, str)
    found = handovers.items_of(stores, hand_over, state=became, after=after, rows_max=limit + 1)
    return page_of(found, limit, lambda row: (row.kind, row.item), ItemAnswer.of)


@api_write(
    "POST",
    "/api/hand-overs/{hand_over:int}/withdraw",
    "people.hand_over",
    audits="hand_over_withdrawn",
    about="hand_over:{hand_over}",
    status_code=200,
)
def withdraw(stores: Stores, hand_over: Id) -> HandoverAnswer:
    """Withdraw what the platform was not told of yet."""
    handovers.withdraw(stores, hand_over)
    return HandoverAnswer.of(handovers.get_handover(stores, hand_over))


@api_read("/api/accounts/{account:int}/leavers", "people.read")
def leavers(stores: Stores, account: Id) -> LeaversAnswer:
    """Members who left whose customers wait for somebody, as read last."""
    get_account(stores, account)
    return command.leavers_told(stores, account)


@api_write(
    "POST",
    "/api/accounts/{account:int}/leavers/read",
    "people.hand_over",
    audits="unassigned_read",
    about="account:{account}",
    status_code=200,
)
def read_leavers(stores: Stores, account: Id) -> ReadingJob:
    """Read that list in the background."""
    return ReadingJob(ask_to_read(stores, account))


ROUTES = [list_all, start, one, items, withdraw, leavers, read_leavers]
