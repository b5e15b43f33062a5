"""A version that people are in, as the engine works with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.reach.journeys.model import Journey, parse
from siyu.reach.journeys.tables import journey_people, journey_versions, journeys
from siyu.reach.senders import senders_of

GATE = -1
"""The place of those who have come in and not been led to the first node yet."""

WALKING = ("running", "closing")
"""States of a journey in which people are moved."""


@dataclass(frozen=True)
class Published:
    """One version. ``senders``: the broadcast that stands for each message node, by its id."""

    journey: int
    version: int
    salt: str
    at: datetime
    document: Journey
    senders: Mapping[str, int]

    @cached_property
    def places(self) -> Mapping[str, int]:
        return self.document.places()

    def id_at(self, place: int) -> str:
        """The node's id; '' at the gate."""
        return self.document.nodes[place].id if place >= 0 else ""


@dataclass(frozen=True)
class Walk:
    """A journey that is under way: its state, the version that people come into, and all that somebody may be in."""

    journey: int
    state: str
    current: Published
    versions: Sequence[Published]


def somebody_inside() -> sa.ColumnElement[bool]:
    """SQL: whether somebody is in a row's version of its journey."""
    inside = journey_people.c
    return sa.exists().where(
        inside.journey == journey_versions.c.journey,
        inside.version == journey_versions.c.version,
        inside.left.is_(None),
    )


class Walks:
    """The journeys under way, read often: versions never change, so each is read from its document once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], Published] = {}

    def read(self, conn: Connection) -> list[Walk]:
        """Those running, closing and paused, most important first."""
        rows = conn.execute(
            sa.select(journeys.c.id, journeys.c.state, journeys.c.version, journeys.c.salt)
            .where(journeys.c.state.in_([*WALKING, "paused"]), journeys.c.version.is_not(None))
            .order_by(journeys.c.id)
        ).all()
        found: list[Walk] = []
        for row in rows:
            numbers = conn.execute(
                sa.select(journey_versions.c.version)
                .where(journey_versions.c.journey == row.id)
                .where(sa.or_(journey_versions.c.version == row.version, somebody_inside()))
                .order_by(journey_versions.c.version)
            ).scalars()
            versions = [self._published(conn, row.id, number, row.salt) for number in numbers]
            current = next(each for each in versions if each.version == row.version)
            found.append(Walk(row.id, row.state, current, versions))
        return sorted(found, key=lambda walk: -walk.current.document.priority)

    def _published(self, conn: Connection, journey: int, version: int, salt: str) -> Published:
        known = self._known.get((journey, version))
        if known is None:
            row = conn.execute(
                sa.select(journey_versions.c.document, journey_versions.c.published).where(
                    journey_versions.c.journey == journey, journey_versions.c.version == version
                )
            ).one()
            senders = senders_of(conn, journey, version)
            known = Published(journey, version, salt, row.published, parse(row.document), senders)
            self._known[journey, version] = known
        return known
