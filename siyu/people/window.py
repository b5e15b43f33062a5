"""Which message ids were seen lately: 64-bit hashes in sorted runs, a few per day, in memory.

Eight bytes per event of the last seven days (``DAYS``). Two different ids meet with probability n/2^64 per event:
one in 370,000 million at 50 million ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from siyu.storage.ledger import to_millis

DAYS = 7
RUNS_A_DAY_MAX = 6
DAY_MILLIS = 86_400_000

Hashes = npt.NDArray[np.uint64]

HASH_SQL = "halfMD5(concat(source, '\\n', message_id))"
"""SQL: the same hash as :func:`hashes_of`, of a row of ``events``."""


def hashes_of(keys: Sequence[tuple[str, str]]) -> Hashes:
    """(source, message id) → the first 8 bytes of MD5, big-endian."""
    digests = b"".join(
        hashlib.md5(f"{source}\n{message}".encode(), usedforsecurity=False).digest()[:8] for source, message in keys
    )
    return np.frombuffer(digests, dtype=">u8").astype(np.uint64)


class Window:
    """Remembers hashes by the day on which they were received."""

    def __init__(self) -> None:
        self._runs: dict[int, list[Hashes]] = {}

    def __len__(self) -> int:
        return sum(len(run) for runs in self._runs.values() for run in runs)

    def unseen(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Which of the hashes are met for the first time, also within the list itself. Remembers nothing."""
        first = np.zeros(len(hashes), dtype=np.bool_)
        first[np.unique(hashes, return_index=True)[1]] = True
        for runs in self._runs.values():
            for run in runs:
                place = np.searchsorted(run, hashes)
                place[place == len(run)] = 0
                first &= run[place] != hashes
        return first

    def remember(self, hashes: Hashes, received: datetime) -> None:
        """Add hashes that are all new. Forgets days that lie more than ``DAYS`` before ``received``."""
        if not len(hashes):
            return
        day = to_millis(received) // DAY_MILLIS
        runs = self._runs.setdefault(day, [])
        runs.append(np.sort(hashes))
        if len(runs) > RUNS_A_DAY_MAX:  # the small ones first, so that a hash is copied a few times in all
            runs.sort(key=len)
            small, large = runs[:-1], runs[-1:]
            if sum(map(len, small)) * 4 > len(large[0]):
                small, large = runs, []
            self._runs[day] = [np.sort(np.concatenate(small)), *large]
        for old in [each for each in self._runs if each < day - DAYS]:
            del self._runs[old]
