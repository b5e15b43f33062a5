"""What the page of a check-in shows. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from siyu.growth.mechanics.check_in.model import Rules, State, day_of, make_ups_left, missed, streak


def shown(rules: Rules, state: State, me: int | None, at: datetime) -> dict[str, Any]:
    """The days with their marks (``done``, ``made_up``, ``missed``, ``today``, ``later``), the run of days up to today,
    and what can be done now."""
    del me
    today = day_of(rules, state.first, at)
    days = [
        {"day": state.first + timedelta(days=day), "mark": _mark(state, day, today), "today": day == today}
        for day in range(rules.days)
    ]
    return {
        "days": days,
        "streak": streak(state.days, today),
        "left": make_ups_left(rules, state),
        "today_open": 0 <= today < rules.days and today not in state.days,
        "make_up": today < rules.days and make_ups_left(rules, state) > 0 and bool(missed(rules, state, at)),
        "rungs": [(rung.days, rung.title, rung.days in state.reached) for rung in rules.rungs],
    }


def _mark(state: State, day: int, today: int) -> str:
    if day in state.made_up:
        return "made_up"
    if day in state.days:
        return "done"
    if day == today:
        return "today"
    return "missed" if day < today else "later"
