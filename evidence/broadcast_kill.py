"""A server killed (``kill -9``) while a broadcast is written and sent: everybody gets it under one id, nobody twice."""

from __future__ import annotations

from evidence.broadcasting import kill_during_broadcasts
from evidence.harness import Evidence, Scale, at_least, equal, fresh_home

CLAIM = "broadcast.kill"


def measure(scale: Scale) -> Evidence:
    kills, people = (50, 6_000) if scale == "full" else (2, 600)
    with fresh_home() as folder:
        found = kill_during_broadcasts(folder / "home", kills=kills, people=people, seed=7)
    return Evidence(
        CLAIM,
        f"{kills} kills, {found.broadcasts} broadcasts to {people:,} people, {found.sent:,} messages sent",
        [
            equal("people without a message and without a reason", found.missing, 0),
            equal("people with two delivery ids", found.twice, 0),
            equal("people who were held or held out, and got one", found.against_the_guard, 0),
            equal("people without consent who were not held", found.unheld, 0),
            equal("messages that are not settled", found.unsettled, 0),
            equal("people held", found.held, found.broadcasts * people // 10),
            at_least("kills before the last message was settled", found.kills_under_way, 1, timed=False),
            at_least("messages that a kill cut off and that were repeated", found.repeats, 1),
        ],
        {
            "messages unknown": found.unknown,
            "held out": found.held_out,
        },
    )
