"""What platforms told, made fit for the event log.

A page or server that sends something wrong is told so at the door. Here nobody is there to mend it, and the platform
was answered long ago; so what can't be stored is set aside, each call by itself, and never stops the drain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec

from siyu.people import segment
from siyu.storage import BadInput, InboxRow


class Unfit(NamedTuple):
    """A call that can't be stored, as a body of its own, and why."""

    body: InboxRow
    error: BadInput


def fit(row: InboxRow) -> tuple[InboxRow, list[Unfit]]:
    """The row with calls that could not be stored taken out, their places kept, and these calls; any other row as it
    is."""
    if not row.kind.startswith(segment.PLATFORM):
        return row, []
    calls, batch = segment.split("batch", row.body)
    assert batch is not None
    unfit: list[Unfit] = []
    left: list[msgspec.Raw] = []
    for raw in calls:
        error = None if raw == _TAKEN_OUT else _objection(raw, row)
        left.append(raw if error is None else msgspec.Raw(_TAKEN_OUT))
        if error is not None:
            unfit.append(Unfit(_alone(row, batch, raw), error))
    batch.batch = left
    return replace(row, body=segment.joined(batch)), unfit


_TAKEN_OUT = msgspec.json.encode({"type": segment.ERASED})


def _alone(row: InboxRow, batch: segment.Batch, raw: msgspec.Raw) -> InboxRow:
    """A call as a body of its own."""
    return replace(row, events=1, body=segment.joined(msgspec.structs.replace(batch, batch=[raw])))


def _objection(raw: msgspec.Raw, row: InboxRow) -> BadInput | None:
    try:
        segment.check(raw, "batch", "", row.received, None, by_platform=True)
    except BadInput as error:
        return error
    return None


HARMLESS = segment.Incoming("", 0, (), 0, "trial", "trial", 0, "{}", node=1)


def unfit_rows(
    rows: Sequence[segment.Incoming], give: Callable[[Sequence[segment.Incoming]], object]
) -> dict[int, Exception]:
    """Bodies with rows that are refused when they are given alone, found by halves: their numbers, and why. Raises
    what ``give`` raises where it refuses a harmless row too."""
    found: dict[int, Exception] = {}

    def look(part: Sequence[segment.Incoming]) -> None:
        try:
            give(part)
        except Exception as error:
            if len(part) > 1:
                middle = len(part) // 2
                look(part[:middle])
                look(part[middle:])
            else:
                give([HARMLESS])
                found.setdefault(part[0].body, error)

    look(rows)
    return found
