"""A sender that is killed again and again: nobody is missed, nobody has two ids."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json
from evidence.broadcast_once import measure
print(json.dumps({goal.name: goal.measured for goal in measure("small").goals if not goal.holds}))
"""


def test_kill_9_while_writing_and_sending_loses_and_doubles_nothing() -> None:
    # In a process of its own: the embedded event log opens one folder per process.
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert json.loads(ended.stdout.splitlines()[-1]) == {}
