"""What platforms told, made fit for the event log.

A page or server that sends something wrong is told so at the door. Here nobody is there to mend it, and the platform
was answered long ago; so what can't be stored is left out and noted, and never stops the drain.
"""

from __future__ import annotations

import logging
from dataclasses import replace

import msgspec

from siyu.people import segment
from siyu.storage import BadInput, InboxRow

log = logging.getLogger(__name__)

ORIGIN = "platform:"
"""Kinds of inbox rows begin with it."""


def fit(row: InboxRow) -> InboxRow:
    """The row with calls that could not be stored taken out, their places kept; any other row as it is."""
    if not row.kind.startswith(ORIGIN):
        return row
    calls, batch = segment.split("batch", row.body)
    assert batch is not None
    batch.batch = [raw if _fits(raw, row) else msgspec.Raw(_TAKEN_OUT) for raw in calls]
    return replace(row, body=segment.joined(batch))


_TAKEN_OUT = msgspec.json.encode({"type": segment.ERASED})


def _fits(raw: msgspec.Raw, row: InboxRow) -> bool:
    if raw == _TAKEN_OUT:
        return True
    try:
        segment.check(raw, "batch", "", row.received, None, by_platform=True)
    except BadInput as error:
        log.error("a call in row %d of the inbox can't be stored: %s at %s", row.id, error.code, error.field)
        return False
    return True
