"""The API of reading orders of before from a shop's platform."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from siyu.channels.orders import command
from siyu.channels.orders.backfill import cancel_backfill
from siyu.channels.orders.command import BackfillAnswer
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import Id
from siyu.web.routes import api_acts, api_read

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class PeriodWish(msgspec.Struct, forbid_unknown_fields=True):
    """Which orders: by the time that the account's settings say, from ``since`` to ``until``."""

    since: Moment
    until: Moment


@api_read("/api/accounts/{account:int}/orders", "channel.write")
def one_backfill(stores: Stores, account: Id) -> BackfillAnswer:
    """How far the reading of orders of before is."""
    return command.status(stores, account)


_act = api_acts("/api/accounts/{account:int}/orders", "channel.write", about="account:{account}")


@_act("read", "orders_read")
def read_orders(stores: Stores, account: Id, data: PeriodWish) -> BackfillAnswer:
    """Read the orders of a period in the background; where that goes on already, nothing new begins. What a message
    told already is not told again."""
    note(since=data.since.isoformat(), until=data.until.isoformat())
    command.begin(stores, account, data.since, data.until)
    return command.status(stores, account)


@_act("stop", "orders_reading_stopped")
def stop_reading_orders(stores: Stores, account: Id) -> BackfillAnswer:
    """Ask the reading to stop; what was read stays."""
    cancel_backfill(stores, account)
    return command.status(stores, account)


ROUTES = [one_backfill, read_orders, stop_reading_orders]
