"""What the page of an unlocking shows. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from siyu.growth.mechanics.crowd.model import Rules, State


def shown(rules: Rules, state: State, me: int | None, at: datetime) -> dict[str, Any]:
    """The rungs with how many are missing, and whether I take part."""
    del at
    have = len(state.people)
    rungs = [(rung.people, rung.title, max(0, rung.people - have)) for rung in rules.rungs]
    return {"rungs": rungs, "have": have, "joined": me in state.people}
