"""What this room needs to know of an audience: who is in it, by which version of its rule. A small protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from siyu.storage import Stores


@dataclass(frozen=True, slots=True)
class Membership:
    """An audience's kept persons, ascending without repeats, and the rule's version that chose them."""

    version: int
    rule: Mapping[str, Any]
    persons: npt.NDArray[np.uint32]


Members = Callable[[Stores, int], Membership]
"""``members(stores, audience)``. Raises :class:`~siyu.storage.NotFound`."""
