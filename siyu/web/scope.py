"""Which days a page of figures speaks of, read from its address: ``period`` (or ``from`` and ``to``) and ``zone``.

What an address gets wrong falls back to the last 30 days, so that an old link still opens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlencode

from siyu.insight.home import latest_days
from siyu.insight.period import PRESETS, Period, checked_zone, day_of, preset
from siyu.insight.report import data_days
from siyu.storage import BadInput, Stores
from siyu.web.current import current, t


@dataclass(frozen=True)
class Scope:
    """``preset`` is empty for days chosen by hand; ``moved`` says that the newest events are older than today."""

    period: Period
    preset: str
    moved: bool

    @property
    def zone(self) -> str:
        return self.period.zone

    @property
    def words(self) -> str:
        """近 30 天, or the days themselves."""
        if self.preset and not self.moved:
            return t(*PRESETS[self.preset])
        return f"{self.period.first} – {self.period.last}"

    @property
    def parameters(self) -> dict[str, str]:
        """As a report takes them."""
        return {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}

    @property
    def query(self) -> dict[str, str]:
        """As an address carries them to a page that shall speak of the very same days."""
        own = {} if self.zone == current().timezone.key else {"zone": self.zone}
        return {**self.parameters, **own}

    @property
    def presets(self) -> list[tuple[str, str]]:
        return [(name, t(*words)) for name, words in PRESETS.items()]

    def link(self, path: str, **more: Any) -> str:
        """Another page, about the same days."""
        extra = {name: str(value) for name, value in more.items() if value is not None}
        return f"{path}?{urlencode({**self.query, **extra})}"


def asked() -> dict[str, str]:
    """The query of the request, last value of each name."""
    return {name: values[-1] for name, values in parse_qs(current().query).items()}


def read_scope(stores: Stores, otherwise: str = "30d") -> Scope:
    """The days that the address names; without any, the preset ``otherwise``, moved to the newest events
    where nothing happened since."""
    query = asked()
    zone = _zone(query.get("zone", ""))
    chosen = _days(query, zone)
    name = query.get("period", otherwise)
    if chosen is not None:  # a page's part may name the days and, for its words, the preset that they came from
        return Scope(chosen, query.get("named", "") if query.get("named") in PRESETS else "", False)
    if name not in PRESETS:
        name = otherwise
    if name == "all":
        known = data_days(stores, zone)
        today = day_of(stores.clock.now(), zone)
        return Scope(Period(*(known or (today, today)), zone), name, False)
    wanted = preset(name, day_of(stores.clock.now(), zone), zone)
    latest, moved = latest_days(stores, wanted.days, zone)
    return Scope(latest if moved else wanted, name, moved)


def _zone(name: str) -> str:
    try:
        return checked_zone(name) if name else current().timezone.key
    except BadInput:
        return current().timezone.key


def _days(query: dict[str, str], zone: str) -> Period | None:
    try:
        first, last = date.fromisoformat(query.get("from", "")), date.fromisoformat(query.get("to", ""))
        return Period(min(first, last), max(first, last), zone)
    except (ValueError, BadInput):
        return None
