"""Pieces of the library as the editor of journeys offers them: what each would say on each channel."""

from __future__ import annotations

from typing import Any

from siyu.channels.registry import Channels
from siyu.content.pieces.model import Asked
from siyu.content.pieces.reading import list_pieces, published
from siyu.reach.from_library import filled
from siyu.storage import Stores

OFFERED_MAX = 100


def library_offered(stores: Stores, channels: Channels) -> list[dict[str, Any]]:
    """The newest that may be sent now, with the parts of every channel that sends; in its first form, where it has
    several."""
    pieces = list_pieces(stores, Asked(usable=True, scripts=False), rows_max=OFFERED_MAX)
    versions = published(stores, [each.id for each in pieces])
    sends = {name: channel.about.in_form({}) for name, channel in channels.items() if channel.about.sends}
    return [
        {
            "id": each.id,
            "version": versions[each.id].number,
            "label": each.draft.title,
            "tone": each.draft.tone,
            "filled": {name: filled(about.parts, each.draft, versions[each.id]) for name, about in sends.items()},
        }
        for each in pieces
    ]
