"""What the page of a red packet shows. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from siyu.growth.mechanics.money import yuan
from siyu.growth.mechanics.red_packet.model import Rules, State, luckiest


def shown(rules: Rules, state: State, me: int | None, at: datetime) -> dict[str, Any]:
    """The parts that were taken, in order; whose is mine; who had the most luck, once all are gone."""
    del at
    best = luckiest(state)
    taken = [
        {"nth": nth, "amount": yuan(cents), "mine": person == me, "best": person == best}
        for nth, (cents, person) in enumerate(zip(state.parts, state.takers, strict=False), 1)
    ]
    mine = next((each["amount"] for each in taken if each["mine"]), "")
    return {"taken": taken, "mine": mine, "total": yuan(rules.total_cents), "parts": len(state.parts)}
