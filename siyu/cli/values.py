"""Values that stand in a command line: days, moments, lists."""

from __future__ import annotations

from datetime import UTC, date, datetime

from siyu.cli.command import Call


def words_in(text: str) -> list[str]:
    """What stands between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def moment_in(call: Call, name: str, text: str) -> datetime:
    """A moment, in the installation's zone where it names none. Raises :class:`BadInput` at ``name``."""
    from siyu.jobs import preferences
    from siyu.storage import BadInput

    try:
        value = datetime.fromisoformat(text)
        return (value if value.tzinfo else value.replace(tzinfo=preferences.timezone(call.stores))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(
            "not_a_moment",
            "时间应写成 2026-12-31 或 2026-12-31T20:00。",
            "A time is written 2026-12-31 or 2026-12-31T20:00.",
            field=name,
        ) from None


def day_in(name: str, text: str) -> date | None:
    """A day; None where nothing is said. Raises :class:`BadInput` at ``name``."""
    from siyu.storage import BadInput

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(
            "not_a_day", f"--{name} 应写成 2026-12-31。", f"--{name} is written 2026-12-31.", field=name
        ) from None
