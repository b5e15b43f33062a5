"""What this room needs to know of an audience: who is in it, by which version of its rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from siyu.audiences import queries as audiences
from siyu.audiences.model import to_json
from siyu.storage import Stores


@dataclass(frozen=True, slots=True)
class Membership:
    """An audience's kept persons, ascending without repeats, and the rule's version that chose them."""

    version: int
    rule: Mapping[str, Any]
    persons: npt.NDArray[np.uint32]


Members = Callable[[Stores, int], Membership]
"""``members(stores, audience)``. Raises :class:`~siyu.storage.NotFound`."""


def members_of(stores: Stores, audience: int) -> Membership:
    """Who is in an audience now, and the version of the rule that says so."""
    found = audiences.get(stores, audience)
    return Membership(found.version, to_json(found.rule), audiences.members(stores, audience))
