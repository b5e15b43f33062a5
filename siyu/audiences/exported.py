"""Tells exports who is in an audience."""

from __future__ import annotations

from siyu.audiences import queries
from siyu.people.exporting.members import AudienceSource, provide_audiences
from siyu.storage import Stores


def name_of(stores: Stores, audience: int) -> str:
    """What an audience is called. Raises :class:`NotFound`."""
    return queries.get(stores, audience).name


def bind() -> None:
    """From now on exports ask this room who is in an audience."""
    provide_audiences(AudienceSource(name_of, queries.members))
