"""Room on the disk: a file that would fill it is refused before it stops everything else."""

from __future__ import annotations

import shutil
from pathlib import Path

from siyu.storage.errors import Unavailable

MARGIN_BYTES = 2 * 2**30
"""What stays free for the stores themselves: their logs, merges and backups."""

LOOK_BYTES = 64 * 2**20
"""While a file is written, the disk is looked at this often."""


def require_space(folder: Path, more_bytes: int) -> None:
    """Refuse where writing so many bytes into ``folder`` (there or not yet) would leave less than the margin.

    Raises :class:`Unavailable`.
    """
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(there).free
    if free - more_bytes >= MARGIN_BYTES:
        return
    room = max(0, free - MARGIN_BYTES)
    raise Unavailable(
        "disk_low",
        f"磁盘空间不足：还可写入 {_size(room)}，需要 {_size(more_bytes)}（另留 {_size(MARGIN_BYTES)} 保证系统运行）。"
        "请清理空间后再试。",
        f"Not enough room on the disk: {_size(room)} can be written, {_size(more_bytes)} are needed "
        f"({_size(MARGIN_BYTES)} stay free so that the system goes on). Free some space and try again.",
        free=free,
        needed=more_bytes,
    )


class Watched:
    """Counts what is written to one folder, and looks at the disk every ``LOOK_BYTES``."""

    def __init__(self, folder: Path, expected_bytes: int = 0) -> None:
        self._folder = folder
        self._left = LOOK_BYTES
        require_space(folder, max(expected_bytes, 1))

    def wrote(self, count: int) -> None:
        """So many bytes more. Raises :class:`Unavailable` once the margin is reached."""
        self._left -= count
        if self._left <= 0:
            self._left = LOOK_BYTES
            require_space(self._folder, LOOK_BYTES)


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"
