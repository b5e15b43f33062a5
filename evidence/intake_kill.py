"""No acknowledged event is lost or counted twice when the server is killed (``kill -9``) while events come in."""

from __future__ import annotations

from evidence.harness import Evidence, Scale, at_least, equal, fresh_home
from evidence.kills import PEOPLE, kill_during_intake

CLAIM = "intake.kill"


def measure(scale: Scale) -> Evidence:
    kills = 50 if scale == "full" else 2
    with fresh_home() as folder:
        found = kill_during_intake(folder / "home", kills, seed=7)
    return Evidence(
        CLAIM,
        f"{kills} kills, {found.acknowledged:,} events acknowledged",
        [
            equal("acknowledged events lost", found.lost, 0),
            equal("events counted twice", found.twice, 0),
            at_least("events acknowledged", found.acknowledged, kills * 20, timed=False),
            equal("people they are of", found.people, PEOPLE),
        ],
        {"calls without an answer": found.unanswered},
    )
