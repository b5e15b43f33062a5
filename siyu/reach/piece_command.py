"""What ``siyu content uses`` and the API answer of where a piece was used."""

from __future__ import annotations

from datetime import datetime

import msgspec

from siyu.content.pieces.reading import get_piece
from siyu.reach.piece_figures import used
from siyu.storage import Stores


class UseAnswer(msgspec.Struct, frozen=True):
    """One place (`broadcast`, `journey`, `group_post`, `moment`, `task`) that says a version of it. `sent`: messages;
    `opened`, `clicked`: persons; null where the place keeps its own figures. `altered`: words were changed there."""

    place: str
    number: int
    slot: str
    name: str
    journey: int | None
    version: int
    altered: bool
    at: datetime
    sent: int | None
    opened: int | None
    clicked: int | None


class UsesAnswer(msgspec.Struct, frozen=True):
    """Where a piece was used, the newest first."""

    uses: list[UseAnswer]


def uses_told(stores: Stores, piece: int) -> UsesAnswer:
    """Raises :class:`~siyu.storage.NotFound`."""
    get_piece(stores, piece)
    return UsesAnswer(
        [
            UseAnswer(
                each.use.place,
                each.use.number,
                each.use.slot,
                each.name,
                each.journey,
                each.use.version,
                each.use.altered,
                each.use.at,
                each.sent,
                each.opened,
                each.clicked,
            )
            for each in used(stores, piece)
        ]
    )
