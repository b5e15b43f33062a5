"""Claims that are a list of tests: each item is shown by the tests that it names, run here once more; no claim of its
own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence

from evidence.harness import REPOSITORY, Goal, equal
from evidence.installation import environment

SECONDS_MAX = 1_500


def shown_by(
    items: Mapping[str, Sequence[str]],
    *options: str,
    settings: Mapping[str, str] | None = None,
    seconds_max: float = SECONDS_MAX,
) -> tuple[list[Goal], dict[str, int]]:
    """A goal an item (whether all of its tests pass, whatever parameters they run with), and how many there were.

    ``options`` are of pytest; ``settings`` go into the environment.
    """
    wanted = list(dict.fromkeys(node for nodes in items.values() for node in nodes))
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=no", *options, *wanted]
    around = {**environment(), **(settings or {})}
    ended = subprocess.run(
        command, cwd=REPOSITORY, env=around, capture_output=True, text=True, timeout=seconds_max, check=False
    )
    passed = set(re.findall(r"^PASSED (\S+?)(?:\[.*)?$", ended.stdout, re.M))
    failed = set(re.findall(r"^(?:FAILED|ERROR) (\S+?)(?:\[.*| - .*)?$", ended.stdout, re.M))

    def holds(node: str) -> bool:
        mine = {test for test in passed | failed if test == node or test.startswith(f"{node}::")}
        return bool(mine) and not mine & failed

    goals = [equal(item, all(map(holds, nodes)), True) for item, nodes in items.items()]
    return goals, {"tests passed": len(re.findall(r"^PASSED ", ended.stdout, re.M)), "tests failed": len(failed)}
