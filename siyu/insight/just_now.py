"""What people are doing at this moment: a line for each kind of event and minute, newest first."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from siyu.insight.period import aware
from siyu.people import event_names
from siyu.people.tables import batches
from siyu.storage import Stores
from siyu.storage.eventlog_schema import PERSON

LINES_MAX = 20
BATCHES = 500
"""Only what came with the last so many batches is looked at: the question costs the same in a log of any size."""

WINDOW_SECONDS, LINE_SECONDS = 3_600, 60
FAST = 60.0
"""A clock that runs faster than this stretches both, so that a line stays for a while however fast time goes."""

QUIET = (
    *("page_viewed", "product_viewed", "product_favourited", "cart_added", "order_amended", "message_held"),
    *("person_identified", "person_merged", "merge_undone", "audience_entered", "audience_left", "layer_changed"),
    *("consent_given", "consent_withdrawn", "friend_transferred", "subscription_accepted", "subscription_declined"),
)
"""Too many, or of interest to the product more than to its people."""

WORTH = tuple(name for name in event_names.NAMES if name not in QUIET)


class Moment(Struct, frozen=True):
    """``people`` did it within this minute; ``person`` was the last of them, at ``at``, with ``detail``. ``worth`` is
    the money of all."""

    name: str
    at: datetime
    people: int
    person: int
    worth: Decimal
    detail: str


def just_now(stores: Stores, lines: int = 6) -> list[Moment]:
    """The last ``lines`` kinds and minutes in which something happened worth a word; none older than an hour."""
    with stores.ledger.read() as conn:
        newest = conn.execute(sa.select(sa.func.max(batches.c.id))).scalar_one()
    if newest is None:
        return []
    stretch = max(1.0, stores.clock.pace / FAST)
    rows = stores.events.rows(
        f"SELECT name, max(time) AS at, uniqExact({PERSON}), argMax({PERSON}, time), sum(amount), "
        "argMax(toJSONString(properties), time) FROM events WHERE batch > {after:UInt64} "
        "AND time > {since:DateTime64(3, 'UTC')} AND name IN {names:Array(String)} "
        "GROUP BY name, intDiv(toUnixTimestamp(time), {apart:UInt32}) ORDER BY at DESC, name LIMIT {lines:UInt32}",
        {
            "after": max(0, newest - BATCHES),
            "since": stores.clock.now() - timedelta(seconds=WINDOW_SECONDS * stretch),
            "names": list(WORTH),
            "apart": round(LINE_SECONDS * stretch),
            "lines": min(lines, LINES_MAX),
        },
    )
    return [
        Moment(name, aware(at), many, last, worth, _detail(name, told)) for name, at, many, last, worth, told in rows
    ]


def _detail(name: str, told: str) -> str:
    if name.startswith("group_"):
        return ""  # the platform's id of the group says nothing to people
    properties: dict[str, Any] = msgspec.json.decode(told)
    return event_names.shown(name, properties)
