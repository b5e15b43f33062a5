"""What came of pieces of the library: messages that said them, sent, opened and clicked, place by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from siyu.content.pieces.using import Use, uses_of
from siyu.reach.tables import broadcasts, outbox
from siyu.storage import Stores

OF_MESSAGES = ("broadcast", "journey")
"""Places whose messages are in the outbox; others tell their own figures."""


@dataclass(frozen=True, slots=True)
class Used:
    """One place that says a piece. ``sent``: messages accepted; ``opened``, ``clicked``: persons. None where the place
    keeps its own figures. ``journey``: whose message it is."""

    use: Use
    name: str
    journey: int | None
    sent: int | None
    opened: int | None
    clicked: int | None


_ANSWERS = """
SELECT properties.broadcast.:Int64 AS place, uniqExactIf(person, name = 'message_opened'),
    uniqExactIf(person, name = 'message_clicked')
FROM events
PREWHERE name IN ('message_opened', 'message_clicked')
WHERE time >= {since:DateTime64(3, 'UTC')} AND place IN {places:Array(Int64)}
GROUP BY place
"""


def used(stores: Stores, piece: int) -> list[Used]:
    """Where a piece is said, with what came of it, the newest first."""
    uses = uses_of(stores, piece)
    numbers = sorted({use.number for use in uses if use.place in OF_MESSAGES})
    if not numbers:
        return [Used(use, "", None, None, None, None) for use in uses]
    names, sent = _told(stores, numbers)
    asked = {"places": numbers, "since": min(use.at for use in uses)}
    answers = {row[0]: (int(row[1]), int(row[2])) for row in stores.events.rows(_ANSWERS, asked)}
    found: list[Used] = []
    for use in uses:
        if use.place not in OF_MESSAGES:
            found.append(Used(use, "", None, None, None, None))
            continue
        name, journey = names.get(use.number, ("", None))
        found.append(Used(use, name, journey, sent.get((use.number, use.slot), 0), *answers.get(use.number, (0, 0))))
    return found


def _told(
    stores: Stores, numbers: Sequence[int]
) -> tuple[Mapping[int, tuple[str, int | None]], Mapping[tuple[int, str], int]]:
    named = sa.select(broadcasts.c.id, broadcasts.c.name, broadcasts.c.journey).where(broadcasts.c.id.in_(numbers))
    counted: sa.Select[Any] = (
        sa.select(outbox.c.broadcast, outbox.c.channel, sa.func.count())
        .where(outbox.c.broadcast.in_(numbers), outbox.c.state == "accepted")
        .group_by(outbox.c.broadcast, outbox.c.channel)
    )
    with stores.ledger.read() as conn:
        names = {row.id: (row.name, row.journey) for row in conn.execute(named)}
        sent = {(row[0], row[1]): int(row[2]) for row in conn.execute(counted)}
    return names, sent
