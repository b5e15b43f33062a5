"""Random journeys and random lives: the engine, by set, and a slow reading, one by one, agree on everybody."""

from __future__ import annotations

from evidence.harness import Evidence, Scale
from evidence.tested import shown_by

CLAIM = "journeys.model"
CHECK = "tests/reach/journeys/test_model_check.py::test_every_path_is_as_the_slow_reading_has_it"
SECONDS_MAX = 5_400.0
"""An example takes about three quarters of a second of each ledger."""


def measure(scale: Scale) -> Evidence:
    examples = 1_000 if scale == "full" else 3
    ledgers = () if scale == "full" else ("-m", "not postgresql")
    goals, notes = shown_by(
        {"paths, messages and ends agree": (CHECK,)},
        *ledgers,
        settings={"SIYU_TEST_EXAMPLES": str(examples)},
        seconds_max=SECONDS_MAX,
    )
    return Evidence(CLAIM, f"{examples:,} random journeys, each with four people's lives, a ledger", goals, notes)
