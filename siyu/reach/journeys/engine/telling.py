"""What is told of journeys: own events by set, and the counts of every way."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.engine import Connection

from siyu.people.of_many import append_of_many
from siyu.reach.journeys.engine.crowd import Numbers
from siyu.reach.journeys.tables import journey_counts
from siyu.storage import insert_into

ENTERED, STEP, LEFT, GOAL = "journey_entered", "journey_step", "journey_left", "journey_goal"
CALLED = "journey_called"
"""Who is sent into a journey by hand, by the API or by another journey."""


@dataclass
class Told:
    """Collects, within one transaction, what it will have made true."""

    journey: int
    version: int
    now: datetime
    counts: dict[tuple[str, str, str], int] = field(default_factory=dict[tuple[str, str, str], int])

    def count(self, node: str, way: str, to: str, people: int) -> None:
        """So many went this way."""
        if people:
            self.counts[node, way, to] = self.counts.get((node, way, to), 0) + people

    def event(self, conn: Connection, name: str, persons: Sequence[int] | Numbers, **properties: Any) -> None:
        """It happened to all of them."""
        tell(conn, name, persons, self.now, journey=self.journey, version=self.version, **properties)

    def event_by_run(
        self, conn: Connection, name: str, persons: Sequence[int] | Numbers, runs: Sequence[int] | Numbers, **told: Any
    ) -> None:
        """It happened to each person, the how-manieth time that they are here (``runs``), which the event says."""
        who, times = np.asarray(persons, dtype=np.int64), np.asarray(runs, dtype=np.int64)
        for run in np.unique(times).tolist():
            self.event(conn, name, who[times == run], run=run, **told)

    def write_counts(self, conn: Connection) -> None:
        """Add what was counted."""
        if not self.counts:
            return
        counted = insert_into(conn, journey_counts)
        key = ["journey", "version", "node", "way", "to"]
        conn.execute(
            counted.on_conflict_do_update(
                index_elements=key, set_={"people": journey_counts.c.people + counted.excluded.people}
            ),
            [
                {"journey": self.journey, "version": self.version, "node": node, "way": way, "to": to, "people": people}
                for (node, way, to), people in sorted(self.counts.items())
            ],
        )


def tell(conn: Connection, name: str, persons: Sequence[int] | Numbers, now: datetime, **properties: Any) -> None:
    """One event of many people, in the caller's transaction."""
    if len(persons):
        key = f"journey-{secrets.token_hex(8)}"
        once = np.unique(np.asarray(persons, dtype=np.int64))  # two who became one are told of once
        append_of_many(conn, key=key, name=name, time=now, properties=properties, persons=once)


__all__ = ["CALLED", "ENTERED", "GOAL", "LEFT", "STEP", "Told", "tell"]
