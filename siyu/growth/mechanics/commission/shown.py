"""What the page of a promoter shows. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from siyu.growth.mechanics.commission.model import Rules, State


def shown(rules: Rules, state: State, me: int | None, at: datetime) -> dict[str, Any]:
    """How many friends came, and the shares."""
    del me, at
    return {"friends": len(state.friends), "first": rules.first_percent, "second": rules.second_percent}
