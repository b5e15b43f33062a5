"""How long and how much what an operator says may be, wherever it is said: in a journey, in a task, over the API."""

from __future__ import annotations

TITLE_CHARACTERS_MAX = 100
"""Of a journey, of a step, of a task."""
SCRIPT_CHARACTERS_MAX = 2_000
"""Of what staff is to say."""
MINUTES_MAX = 400 * 24 * 60
"""No wait, and no time for a task, is longer than 400 days."""
