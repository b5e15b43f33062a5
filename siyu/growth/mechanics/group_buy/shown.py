"""What the page of a group shows. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from siyu.growth.mechanics.group_buy.model import FREE, Rules, State, to_pay
from siyu.growth.mechanics.money import yuan


def shown(rules: Rules, state: State, me: int | None, at: datetime) -> dict[str, Any]:
    """The seats in order, those that are free, and what one pays."""
    del at
    seats = [{"mine": seat.person == me, "starter": seat.person == state.starter} for seat in state.seats]
    return {
        "seats": seats,
        "left": rules.seats - len(seats),
        "pay": yuan(to_pay(rules, state, me or 0)),
        "alone": yuan(rules.alone_cents),
        "free": FREE[rules.free],
        "seated": any(seat["mine"] for seat in seats),
    }
