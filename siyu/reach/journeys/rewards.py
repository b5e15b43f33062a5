"""What rooms above can give at a step (points, a coupon): they enter it here when they are loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

Give = Callable[[Connection, Sequence[int], Mapping[str, Any], str, datetime], None]
"""Give kept persons something, by its terms; the text names what it is for (so that twice is once)."""

REWARDS: dict[str, Give] = {}
"""By the name that a step says in ``gives``."""
