"""What the command line and the API answer of what messages cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct, to_builtins

from siyu.channels import Channels, channels_of
from siyu.channels.accounts import get_account
from siyu.channels.prices import read_price, set_price
from siyu.reach import account_command, costs
from siyu.reach.broadcasts import get_broadcast
from siyu.reach.costs import Cost
from siyu.reach.journeys.drafts import get
from siyu.storage import Stores


class CostAnswer(Struct, frozen=True):
    """Messages through one account: as how many a message is billed on average (`pieces`), what one costs today and all
    of them cost (`price`, `amount`, in the shop's currency; null: nobody entered a price)."""

    account: int
    name: str
    messages: int
    pieces: Decimal
    price: Decimal | None
    amount: Decimal | None


class CostsAnswer(Struct, frozen=True):
    """`amount`: of all whose price is known; `lacking`: accounts that are billed and have no price yet."""

    amount: Decimal
    accounts: list[CostAnswer]
    lacking: list[str]


def costs_told(found: Sequence[Cost]) -> CostsAnswer:
    """By account, those with something to tell."""
    return CostsAnswer(
        costs.total(found),
        [
            CostAnswer(each.account, each.name, each.messages, round(each.pieces, 2), each.price, each.amount)
            for each in found
            if each.worth_telling
        ],
        costs.lacking(found),
    )


def of_broadcast(stores: Stores, channels: Channels, broadcast: int) -> list[Cost]:
    """What its accepted messages cost. Raises :class:`NotFound`."""
    get_broadcast(stores, broadcast)
    return costs.spent(stores, channels, [broadcast])


def of_journey(stores: Stores, channels: Channels, journey: int, version: int | None = None) -> list[Cost]:
    """What the accepted messages of a journey cost, of all versions or of one. Raises :class:`NotFound`."""
    get(stores, journey)
    with stores.ledger.read() as conn:
        senders = costs.senders_of_journey(conn, journey, version)
    return costs.spent(stores, channels, senders)


def journey_cost(stores: Stores, journey: int, version: int | None) -> Mapping[str, Any]:
    """:class:`CostsAnswer` as plain data. Raises :class:`NotFound`."""
    channels = channels_of(stores)
    try:
        return to_builtins(costs_told(of_journey(stores, channels, journey, version)))
    finally:
        channels.close()


def broadcast_cost(stores: Stores, broadcast: int) -> Mapping[str, Any]:
    """:class:`CostsAnswer` as plain data. Raises :class:`NotFound`."""
    channels = channels_of(stores)
    try:
        return to_builtins(costs_told(of_broadcast(stores, channels, broadcast)))
    finally:
        channels.close()


def price(stores: Stores, by: str, account: int, given: str) -> Mapping[str, Any]:
    """Enter what a message costs; the account. Raises :class:`BadInput`, :class:`NotFound`."""
    set_price(stores, by, account, read_price(given))
    return account_command.shown(stores, get_account(stores, account))
