"""Work of the embedded engine that may wait, waits."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

MERGERS = "MergeMutate"
NICE = 5
"""A third of the share of a thread that somebody waits for; still enough that parts never pile up."""


def merge_behind_others(tasks: Path = Path("/proc/self/task")) -> list[int]:
    """Let the engine's threads that merge give way to all others of this process: who asks or sends waits for an
    answer, nobody waits for a merge. The engine has a setting for it that does nothing where it is embedded.

    Returns the threads' numbers; none on a system without ``/proc``, where they stay as they are.
    """
    giving_way: list[int] = []
    for task in tasks.iterdir() if tasks.is_dir() else ():
        with suppress(OSError):  # a thread may end while it is looked at
            if (task / "comm").read_text().startswith(MERGERS):
                os.setpriority(os.PRIO_PROCESS, int(task.name), NICE)
                giving_way.append(int(task.name))
    return giving_way
