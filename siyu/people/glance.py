"""A glance at a batch at the door: which of its calls need the closer look of ``segment.check``. Pure.

Nearly all calls of a shop are visits and views with nothing to object to, and the closer look took 7 µs of each. The
glance refuses nothing and names no fault: it only lets pass what the closer look would let pass (a test holds the two
to it), and leaves everything that it does not know to be good.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from siyu.people import page_calls
from siyu.people.identity import identifies
from siyu.people.segment import (
    AHEAD_MAX,
    EARLIEST,
    EVENT_BYTES_MAX,
    EVENTS_A_BATCH_MAX,
    MESSAGE_ID_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    NAMES,
    OURS_ALONE,
    SKEW_MIN,
    fits,
)
from siyu.people.stated import GIVES

WEIGHTY = OURS_ALONE | GIVES.keys() | {"order_paid", "order_returned"}
"""Names of events that mean more than that something was done."""

TELLING = frozenset({"campaign", "externalIds", "traits"})
"""Members of a context that are read, not just kept."""


class Call(msgspec.Struct, rename="camel", gc=False, forbid_unknown_fields=True):
    """Everything is decoded, so that it is JSON to its last character; members that are not named here are not known
    to be, and no type is wider than that of ``segment.Call``."""

    type: str
    message_id: str | None = None
    user_id: str | int | None = None
    anonymous_id: str | None = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    timestamp: datetime | None = None
    sent_at: datetime | None = None
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    integrations: Any = None
    original_timestamp: Any = None


class Batch(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    batch: list[Call]
    context: dict[str, Any] | None = None
    sent_at: datetime | None = None
    integrations: Any = None
    write_key: Any = None


class Seen(NamedTuple):
    calls: int
    suspects: Sequence[int]  # places of the calls to look at more closely


_batch = msgspec.json.Decoder(Batch)


def glance(body: bytes, now: datetime, *, by_page: bool = False) -> Seen | None:
    """What a batch body looks like; None where all of it needs the closer look. ``by_page``: see ``segment.check``."""
    if len(body) > EVENT_BYTES_MAX:  # then one call may be too large
        return None
    try:
        seen = _batch.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    calls = seen.batch
    if not 0 < len(calls) <= EVENTS_A_BATCH_MAX or not _is_timely(seen, now) or _tells(seen.context):
        return None
    light = {name for name in {call.event for call in calls} if name is not None and _is_light(name, by_page)}
    suspects = [
        place
        for place, call in enumerate(calls)
        if not ((call.event in light if call.type == "track" else call.type == "page") and _is_plain(call, by_page))
    ]
    return Seen(len(calls), suspects)


def _is_timely(batch: Batch, now: datetime) -> bool:
    """Whether the sender's clock is right and all times are of a possible past."""
    try:
        if batch.sent_at is not None and abs(now - batch.sent_at) > SKEW_MIN:
            return False
        times = [call.timestamp for call in batch.batch if call.timestamp is not None]
        return not times or (min(times) >= EARLIEST and max(times) <= now + AHEAD_MAX)
    except (TypeError, OverflowError):  # one of them has no time zone
        return False


def _is_light(name: str, by_page: bool) -> bool:
    ours = NAMES.get(name, name)
    return fits(name, NAME_CHARACTERS_MAX) and ours not in WEIGHTY and (not by_page or page_calls.may_tell(ours))


def _is_plain(call: Call, by_page: bool) -> bool:
    message, user, device = call.message_id, call.user_id, call.anonymous_id
    return (
        (message is None or fits(message, MESSAGE_ID_CHARACTERS_MAX))
        and (user is not None or device is not None)
        and (user is None or (isinstance(user, str) and identifies(user)))
        and (device is None or (identifies(device) and (not by_page or page_calls.may_name(device))))
        and call.sent_at is None
        and not _tells(call.context)
    )


def _tells(context: dict[str, Any] | None) -> bool:
    return context is not None and not TELLING.isdisjoint(context)
