"""Acts for tests of mechanics."""

from __future__ import annotations

from datetime import UTC, datetime

from siyu.growth.campaigns.mechanic import Act

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
STARTER = 1


def act(
    person: int = STARTER, kind: str = "help", at: datetime = NOON, seed: bytes = b"seed", new: bool = True, **data: str
) -> Act:
    return Act(kind, person, at, seed, data, new_person=new, starter=person == STARTER)
