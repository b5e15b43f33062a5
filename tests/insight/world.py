"""Events for tests, put straight into the event log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from siyu.storage import EventLog

START = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Happened:
    """One event. ``hours`` after ``START`` unless ``at`` is given."""

    person: int
    name: str
    hours: float = 0
    amount: Decimal = Decimal(0)
    source: str = "shop"
    batch: int = 1
    record: int = 1
    order: str = ""
    at: datetime | None = None
    properties: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def time(self) -> datetime:
        return self.at or START + timedelta(hours=self.hours)


def store(events: EventLog, happened: Iterable[Happened], prefix: str = "m") -> None:
    rows = list(happened)
    if not rows:
        return
    events.insert(
        "events",
        {
            "person": [row.person for row in rows],
            "time": [row.time for row in rows],
            "name": [row.name for row in rows],
            "message_id": [f"{prefix}{number}" for number in range(len(rows))],
            "received": [row.time for row in rows],
            "source": [row.source for row in rows],
            "batch": [row.batch for row in rows],
            "record": [row.record for row in rows],
            "order": [row.order for row in rows],
            "amount": [row.amount for row in rows],
            "properties": [json.dumps(row.properties) for row in rows],
        },
    )


def merge(events: EventLog, pairs: Sequence[tuple[int, int]]) -> None:
    """Make (member, kept) pairs one person each; what was merged before is forgotten."""
    events.command("TRUNCATE TABLE aliases")
    if pairs:
        events.insert("aliases", {"member": [a for a, _ in pairs], "kept": [b for _, b in pairs]})
    events.command("SYSTEM RELOAD DICTIONARY person_of")


def clear(events: EventLog) -> None:
    """Empty the log between the examples of one property test."""
    events.command("TRUNCATE TABLE events")
    events.command("TRUNCATE TABLE person_stats")
