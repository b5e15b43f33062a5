"""Moments as the event log gives them."""

from __future__ import annotations

from datetime import UTC, datetime

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""What the event log answers for "no such moment"."""


def aware(moment: datetime) -> datetime:
    """With its zone: the engine answers naive UTC for some types."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def utc(moment: datetime | None) -> datetime | None:
    """The moment, None for "never"."""
    if moment is None:
        return None
    moment = aware(moment)
    return moment if moment > NEVER else None
