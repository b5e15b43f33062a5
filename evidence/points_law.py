"""Whatever is done with points, in whatever order, on either ledger: sums are zero, nothing is below zero, the past
stays what it was, and everybody has what a reference that moves every point by hand says they have."""

from __future__ import annotations

from evidence.harness import Evidence, Scale
from evidence.tested import shown_by

CLAIM = "points.law"
CHECK = "tests/loyalty/points/test_law.py::test_points_are_what_the_reference_says"
SECONDS_MAX = 3_600.0


def measure(scale: Scale) -> Evidence:
    examples = 300 if scale == "full" else 3
    ledgers = () if scale == "full" else ("-m", "not postgresql")
    goals, notes = shown_by(
        {"entries, balances, lots, holds and debts agree": (CHECK,)},
        *ledgers,
        settings={"SIYU_TEST_EXAMPLES": str(examples)},
        seconds_max=SECONDS_MAX,
    )
    return Evidence(CLAIM, f"{examples:,} random histories of thirty steps, a ledger", goals, notes)
