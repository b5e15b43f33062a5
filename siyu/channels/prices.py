"""What a message through an account costs, as the shop's own contract says: entered by people, and kept with the moment
from which each price holds, so that what was sent before keeps its price. The first price holds for all before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.accounts import get_account
from siyu.channels.tables import account_prices
from siyu.storage import BadInput, Stores, insert_into

PARTS = 10_000
"""Prices are kept in ten-thousandths of the currency: a text message costs some hundredths."""
PRICE_MAX = Decimal(1_000)
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PriceSpan:
    """A price of one message (as the platform bills them), from ``since`` to before ``until`` (None: still)."""

    account: int
    since: datetime
    until: datetime | None
    price: Decimal


def read_price(given: str) -> Decimal:
    """A price as people write it. Raises :class:`BadInput` at ``price``."""
    try:
        price = Decimal(given.strip())
    except InvalidOperation:
        price = Decimal(-1)
    if not (price.is_finite() and 0 <= price <= PRICE_MAX and price * PARTS == int(price * PARTS)):
        raise BadInput(
            "account_price",
            f"请填 0 到 {PRICE_MAX} 的价格，最多 4 位小数。",
            f"A price is from 0 to {PRICE_MAX}, with at most 4 decimals.",
            field="price",
        )
    return price


def set_price(stores: Stores, by: str, account: int, price: Decimal) -> None:
    """From now on a message costs so much. The same again changes nothing. Raises :class:`NotFound`."""
    get_account(stores, account)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        known = prices_now(conn)
        if known.get(account) == price:
            return
        row = {"account": account, "since": now if account in known else EVER, "price": int(price * PARTS), "by": by}
        new = insert_into(conn, account_prices).values(row)
        conn.execute(
            new.on_conflict_do_update(
                index_elements=["account", "since"], set_={"price": new.excluded.price, "by": new.excluded.by}
            )
        )


def price_of(stores: Stores, account: int) -> Decimal | None:
    """What a message costs now; None where nobody said."""
    with stores.ledger.read() as conn:
        return prices_now(conn).get(account)


def prices_now(conn: Connection) -> dict[int, Decimal]:
    """What a message costs now, by account; those of which nobody said are not there."""
    return {each.account: each.price for each in spans(conn) if each.until is None}


def spans(conn: Connection, only: Sequence[int] | None = None) -> list[PriceSpan]:
    """Every price there was, of all accounts or of ``only``, by account and time."""
    query = sa.select(account_prices).order_by(account_prices.c.account, account_prices.c.since)
    if only is not None:
        query = query.where(account_prices.c.account.in_(list(only)))
    rows = conn.execute(query).all()
    ends = [later.since if later.account == row.account else None for row, later in pairwise(rows)]
    return [
        PriceSpan(row.account, row.since, until, Decimal(row.price) / PARTS)
        for row, until in zip(rows, [*ends, None], strict=False)
    ]
