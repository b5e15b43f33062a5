"""Points as what a step of a journey gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from siyu.jobs import preferences
from siyu.loyalty.points.earning import lasting
from siyu.loyalty.points.model import Earn
from siyu.loyalty.points.posting import post
from siyu.reach.journeys.rewards import REWARDS, TERMS, Terms
from siyu.storage import CHUNK_ROWS, BadInput, in_chunks

POINTS_MAX = 1_000_000


def give(conn: Connection, persons: Sequence[int], terms: Mapping[str, Any], what: str, now: datetime) -> None:
    """See :data:`~siyu.reach.journeys.rewards.Give`."""
    points = int(terms["points"])
    until = lasting.of(conn).until(now, preferences.timezone(conn))
    for chunk in in_chunks(persons, CHUNK_ROWS):
        wishes = [
            Earn(
                key=f"{what}:points:{person}",
                why="活动赠送",
                by="journey",
                person=person,
                points=points,
                expires=until,
            )
            for person in chunk
        ]
        post(conn, now, wishes)


def check(terms: Mapping[str, Any]) -> None:
    """Raises :class:`BadInput`."""
    points = terms.get("points")
    if terms.keys() - {"points"} or not isinstance(points, int) or not 0 < points <= POINTS_MAX:
        raise BadInput(
            "journey_points",
            f"请填写送多少积分（1 至 {POINTS_MAX:,}）。",
            f"Say how many points (1 to {POINTS_MAX:,}).",
            field="terms",
        )


REWARDS["points"] = give
TERMS["points"] = Terms("积分", "points", "points", ("送多少积分", "How many"), check)
