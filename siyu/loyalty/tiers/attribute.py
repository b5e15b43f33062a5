"""The tier as something that is known of a person: for audiences (field ``tier``) and whatever reads the projection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.engine import Connection

from siyu.loyalty.tiers.rights import tiers_of

KEY = "tier"
"""Under which it stands beside the layers of a person."""

Layers = Callable[[Connection, Sequence[int]], Mapping[int, Mapping[str, str]]]


def beside(layers: Layers) -> Layers:
    """What tells the layers of kept persons, with their tier beside them."""

    def read(conn: Connection, persons: Sequence[int]) -> Mapping[int, Mapping[str, str]]:
        found = {person: dict(held) for person, held in layers(conn, persons).items()}
        for person, tier in tiers_of(conn, persons).items():
            found.setdefault(person, {})[KEY] = tier
        return found

    return read
