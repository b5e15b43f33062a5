"""What rooms above can give at a step (points, a coupon): they enter it here when they are loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from siyu.storage import Stores

Give = Callable[[Connection, Sequence[int], Mapping[str, Any], str, datetime], None]
"""Give kept persons something, by its terms; the text names what it is for (so that twice is once)."""

Check = Callable[[Mapping[str, Any]], None]
"""Raises :class:`~siyu.storage.BadInput` for terms that are none of it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How the editor asks for a reward: its own name, and ``name`` of the one whole number that it wants beside, with
    its ``label``. ``offered``: what that number is chosen from (number, name); typed, where it is None."""

    zh: str
    en: str
    name: str
    label: tuple[str, str]
    check: Check
    offered: Callable[[Stores], Sequence[tuple[int, str]]] | None = None


TERMS: dict[str, Terms] = {}
"""By the same name."""
REWARDS: dict[str, Give] = {}
"""By the name that a step says in ``gives``."""
