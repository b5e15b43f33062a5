"""Where everything is kept. See README.md in this folder."""

from siyu.storage.clock import Clock, ManualClock, PacedClock, SystemClock, at_machine_speed
from siyu.storage.errors import BadInput, Conflict, NotAllowed, NotFound, SiyuError, Unavailable, value_unfit
from siyu.storage.eventlog import EventLog
from siyu.storage.inbox import Inbox, InboxRow
from siyu.storage.ledger import CHUNK_ROWS, BigId, Instant, Ledger, after_commit, insert_into, metadata
from siyu.storage.prepared import Latest, Prepared
from siyu.storage.sets import gathered, in_chunks, json_object, put_rows, sent
from siyu.storage.stores import Stores, open_stores

__all__ = [
    "CHUNK_ROWS",
    "BadInput",
    "BigId",
    "Clock",
    "Conflict",
    "EventLog",
    "Inbox",
    "InboxRow",
    "Instant",
    "Latest",
    "Ledger",
    "ManualClock",
    "NotAllowed",
    "NotFound",
    "PacedClock",
    "Prepared",
    "SiyuError",
    "Stores",
    "SystemClock",
    "Unavailable",
    "after_commit",
    "at_machine_speed",
    "gathered",
    "in_chunks",
    "insert_into",
    "json_object",
    "metadata",
    "open_stores",
    "put_rows",
    "sent",
    "value_unfit",
]
