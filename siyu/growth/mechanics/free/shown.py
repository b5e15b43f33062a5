"""What the page of a free product shows. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from siyu.growth.mechanics.free.model import Rules, State


def shown(rules: Rules, state: State, me: int | None, at: datetime) -> dict[str, Any]:
    """What is given for how many, and whether I am one of them."""
    del at
    return {"left": rules.friends - len(state.friends), "counted": me in state.friends}
