"""How the time of a rule grows with the number of events."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys

from evidence.audience_rules import questions
from evidence.harness import REPOSITORY, Evidence, Scale, at_most, seconds_of
from evidence.population import population

CLAIM = "audience.growth"
SIZES = {"small": (10_000, 40_000), "full": (1_000_000, 4_000_000, 16_000_000, 64_000_000)}
EVENTS_A_PERSON = 50
ROUNDS = {"small": 1, "full": 5}


def measure(scale: Scale) -> Evidence:
    """Each size in a process of its own: the embedded engine opens one folder a process."""
    found = {events: _measured_apart(events, ROUNDS[scale]) for events in SIZES[scale]}
    slopes = {name: slope({events: each[name] for events, each in found.items()}) for name in found[SIZES[scale][0]]}
    goals = [at_most(f"{name}_slope", round(value, 3), 1.1) for name, value in slopes.items()]
    notes = {f"{name}_{events}_seconds": round(s, 4) for events, each in found.items() for name, s in each.items()}
    sizes = ", ".join(f"{events:,}" for events in SIZES[scale])
    return Evidence(CLAIM, f"{sizes} events, {EVENTS_A_PERSON} a person", goals, dict(notes))


def slope(seconds: dict[int, float]) -> float:
    """The slope of log(seconds) over log(events), by least squares."""
    x, y = [math.log(events) for events in seconds], [math.log(each) for each in seconds.values()]
    return statistics.linear_regression(x, y).slope


def _measured_apart(events: int, rounds: int) -> dict[str, float]:
    ended = subprocess.run(
        [sys.executable, "-m", "evidence.audience_growth", str(events), str(rounds)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(ended.stdout)


def _measured(events: int, rounds: int) -> dict[str, float]:
    from evidence.audience_speed import compiled

    log = population(events // EVENTS_A_PERSON, events)
    found: dict[str, float] = {}
    for question in questions():
        statement = compiled(question)
        log.rows(statement.sql, statement.parameters)
        found[question.name] = statistics.median(
            seconds_of(lambda s=statement: log.rows(s.sql, s.parameters)) for _ in range(rounds)
        )
    log.close()
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measured(*map(int, sys.argv[1:]))))
