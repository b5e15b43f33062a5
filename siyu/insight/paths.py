"""How far people come on an entry path (入池路径), and where they stop: the funnel of its steps, behind its scans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from siyu.growth.codes import figures as of_codes
from siyu.growth.paths import keeping
from siyu.growth.paths.model import EntryPath, entry_of
from siyu.insight.reports.funnel import FunnelAnswer, FunnelParameters, run
from siyu.insight.touchpoints import period_of
from siyu.storage import Stores


@dataclass(frozen=True, slots=True)
class PathFigures:
    """``scans``: people who got a target for the first time from the live codes that lead to it, in the period; None
    where no live code does. ``funnel``: entry and steps; None where nothing leads to it yet. ``open``: the time of the
    last who entered is not over yet, so more may follow."""

    first: date
    last: date
    scans: int | None
    funnel: FunnelAnswer | None
    open: bool


def figures_of(stores: Stores, path: EntryPath, first: date | None = None, last: date | None = None) -> PathFigures:
    """Of who entered in the period (the last 30 days where nothing is said). Raises :class:`BadInput`."""
    period = period_of(stores, first, last)
    first, last = period.first, period.last
    today = stores.clock.now().astimezone(ZoneInfo(period.zone)).date()
    states = keeping.states_on(stores, path)
    codes = keeping.codes_on(stores, path)
    scans = sum(of_codes.placed_by(stores, codes, first, last).values()) if codes else None
    funnel = None
    if states is None or states:
        steps = [entry_of(path.entry, states), *path.steps]
        asked = FunnelParameters(from_=first, to=last, steps=list(steps), window=f"{path.days}d")
        funnel = run(stores, asked, period.zone)
    return PathFigures(first, last, scans, funnel, open=last + timedelta(days=path.days) >= today)
