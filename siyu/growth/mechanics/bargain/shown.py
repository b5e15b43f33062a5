"""What the page of a bargain shows. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from siyu.growth.mechanics.bargain.model import RULES, Rules, State, cut_by, price
from siyu.growth.mechanics.money import yuan


def shown(rules: Rules, state: State, me: int | None, at: datetime) -> dict[str, Any]:
    """The price as it stands, between the first and the lowest; the cuts in order; mine."""
    del at
    mine = None if me is None else cut_by(state, me)
    cuts = [
        {"nth": nth, "amount": yuan(cents), "mine": person == me, "starter": person == state.starter}
        for nth, (cents, person) in enumerate(zip(state.cuts, state.cutters, strict=False), 1)
    ]
    return {
        "price": yuan(price(rules, state)),
        "first": yuan(rules.price_cents),
        "floor": yuan(rules.floor_cents),
        "rule": RULES[rules.rule],
        "cuts": cuts,
        "left": len(state.cuts) - len(state.cutters),
        "mine": "" if mine is None else yuan(mine),
    }
