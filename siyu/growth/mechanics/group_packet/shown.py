"""What the page of a group's packet shows. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from siyu.growth.mechanics.group_packet.model import Rules, State, opened
from siyu.growth.mechanics.money import yuan


def shown(rules: Rules, state: State, me: int | None, at: datetime) -> dict[str, Any]:
    """Whether it is open, what is in it, how many parts are left, and mine."""
    del at
    mine = yuan(state.parts[state.takers.index(me)]) if me in state.takers else ""
    left = len(state.parts) - len(state.takers)
    return {"opened": opened(rules, state), "total": yuan(rules.total_cents), "left": left, "mine": mine}
