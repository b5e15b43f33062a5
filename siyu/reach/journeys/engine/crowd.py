"""The people whom one step moves: columns, not objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]
"""Which of the crowd, as positions in its columns."""


@dataclass(frozen=True)
class Crowd:
    """Moments are milliseconds since 1970 UTC; 0 in ``until``: nothing is waited for. ``persons``: those who speak for
    them today; ``zones``: the time zone of the profile, None where it names none."""

    rows: Numbers
    persons: Numbers
    runs: Numbers
    due: Numbers
    since: Numbers
    until: Numbers
    entered: Numbers
    zones: Sequence[str | None]
    gone: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.rows)

    def everybody(self) -> Places:
        return np.arange(len(self.rows))
