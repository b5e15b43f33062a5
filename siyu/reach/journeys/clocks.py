"""A time of day, as documents write it."""

from __future__ import annotations

from datetime import time

from siyu.storage import BadInput


def check_clock(clock: str, at: str) -> None:
    """Raise :class:`BadInput` unless it is a time of day."""
    try:
        time.fromisoformat(clock)
    except ValueError:
        raise BadInput("journey_clock", "时间应形如 10:00。", "A time of day looks like 10:00.", field=at) from None
