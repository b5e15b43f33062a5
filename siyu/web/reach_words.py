"""What reach's pages call states, reasons, kinds and channels."""

from __future__ import annotations

from typing import Any

from siyu.people.consents import CHANNELS
from siyu.reach import guard
from siyu.reach.model import ATTEMPT_OUTCOMES, KINDS, MESSAGE_STATES, STATES, TONES
from siyu.web.current import t


def _pair(table: Any, key: str) -> str:
    found = table.get(key)
    return t(*found) if found else key


def reach_words(**more: Any) -> dict[str, Any]:
    """For a template: these functions and tables, and ``more``."""
    return {
        "channel_words": lambda name: _pair(CHANNELS, name),
        "state_words": lambda key: _pair(STATES, key),
        "attempt_words": lambda key: _pair({**MESSAGE_STATES, **ATTEMPT_OUTCOMES}, key),
        "message_words": lambda key: _pair(MESSAGE_STATES, key),
        "reason_words": lambda key: t(*guard.reason_words(key)) if key else "",
        "kinds": KINDS,
        "tones": TONES,
        **more,
    }
