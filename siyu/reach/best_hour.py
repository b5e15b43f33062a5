"""The best hour 最佳时段: when a person is most likely to look, learned from when they looked before.

A person's looks are counted by hour of the week (168 of them, on their own clock), each hour of each day once, so that
a long evening of browsing is one look an hour. Most people have few; so their profile is drawn towards that of their
layer, and the layer's towards everybody's: an estimate of a multinomial with a Dirichlet prior whose mean is the
wider group's profile (Gelman et al., *Bayesian Data Analysis*, 3rd ed., 3.4), of ``STRENGTH`` looks' weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from siyu.jobs import preferences
from siyu.people.event_names import NAMES
from siyu.reach.rules.quiet_hours import known_zone
from siyu.storage import Stores
from siyu.storage.eventlog_schema import PERSON
from siyu.storage.ledger import from_millis

HOURS = 168
HOUR = 3_600_000
STRENGTH_LAYER = 20.0
"""How many looks of one's own weigh as much as what is known of the layer."""
STRENGTH_ALL = 500.0
"""How many looks of a layer weigh as much as what is known of everybody."""
LOOK_BACK = timedelta(days=90)
SAMPLED = 20_000
"""Of how many people, about, everybody's profile is taken."""
KEPT_FOR = timedelta(hours=6)
SCHEME = "lifecycle"
"""Which layers: prospects look at other hours than loyal customers do."""

Profile = npt.NDArray[np.float64]
"""Shares of the 168 hours of a week, Monday 0:00 first; they sum to 1."""

LOOKS = tuple(sorted(name for name, event in NAMES.items() if event.visit))


@dataclass(frozen=True)
class Habits:
    """When everybody looks, and each layer does."""

    everybody: Profile
    layers: Mapping[str, Profile]
    read: datetime

    def of_layer(self, layer: str) -> Profile:
        """The layer's, everybody's where it is not known."""
        return self.layers.get(layer, self.everybody)


def drawn(looks: Profile, towards: Profile, strength: float) -> Profile:
    """A profile from counts of looks (168), drawn towards another one. Along the last axis; sums to 1."""
    return (looks + strength * towards) / (looks.sum(axis=-1, keepdims=True) + strength)


def habits(stores: Stores, known: Habits | None = None) -> Habits:
    """As they are now; what is ``known`` is good for some hours."""
    now = stores.clock.now()
    if known is not None and timedelta(0) <= now - known.read < KEPT_FOR:
        return known
    (people,) = stores.events.row("SELECT count() FROM people")
    rows = stores.events.rows(
        f"SELECT layer, hour, count() FROM (SELECT DISTINCT {PERSON} AS who, toStartOfHour(time) AS at, "
        f"{_HOUR} AS hour FROM events WHERE name IN {{looks:Array(String)}} AND time > {{since:DateTime64(3)}} "
        "AND who % {step:UInt32} = 0) AS looks "
        f"LEFT JOIN (SELECT person, layers['{SCHEME}'] AS layer FROM people FINAL) AS known "
        "ON known.person = looks.who "
        "GROUP BY layer, hour",
        {
            "looks": list(LOOKS),
            "since": now - LOOK_BACK,
            "step": max(1, people // SAMPLED),
            "zone": str(preferences.timezone(stores)),
        },
        heavy=True,
    )
    counts: dict[str, Profile] = {}
    for layer, hour, looks in rows:
        counts.setdefault(str(layer), np.zeros(HOURS))[int(hour)] += int(looks)
    everybody = drawn(sum(counts.values(), np.zeros(HOURS)), np.full(HOURS, 1 / HOURS), float(HOURS))
    layers = {layer: drawn(looks, everybody, STRENGTH_ALL) for layer, looks in counts.items() if layer}
    return Habits(everybody, layers, now)


def profiles(
    stores: Stores, persons: Sequence[int], zones: Sequence[str | None], known: Habits
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Each kept person's profile, a row each, and on how many looks of their own it rests."""
    place = {person: number for number, person in enumerate(persons)}
    usual = str(preferences.timezone(stores))
    looks = np.zeros((len(persons), HOURS))
    for zone in sorted({zone if zone and known_zone(zone) else usual for zone in zones}):
        living = [
            person
            for person, lives in zip(persons, zones, strict=True)
            if (lives if lives and known_zone(lives) else usual) == zone
        ]
        found = stores.events.arrow(
            f"SELECT toInt64(who) AS who, hour, toInt64(count()) AS looks FROM (SELECT DISTINCT {PERSON} AS who, "
            f"toStartOfHour(time) AS at, {_HOUR} AS hour FROM events WHERE name IN {{looks:Array(String)}} "
            "AND time > {since:DateTime64(3)} AND who IN {asked:Array(UInt32)}) GROUP BY who, hour",
            {
                "looks": list(LOOKS),
                "since": stores.clock.now() - LOOK_BACK,
                "zone": zone,
                "asked": living,
            },
        )
        rows = np.array([place[int(who)] for who in found.column("who").to_numpy()], dtype=np.intp)
        looks[rows, found.column("hour").to_numpy()] = found.column("looks").to_numpy()
    wider = np.stack([known.of_layer(layer) for layer in _layers(stores, persons)]) if len(persons) else looks
    return drawn(looks, wider, STRENGTH_LAYER), looks.sum(axis=1).astype(np.int64)


def best_moments(
    stores: Stores,
    persons: npt.NDArray[np.int64],
    now: int,
    hours: int,
    zones: Sequence[str | None],
    known: Habits,
) -> npt.NDArray[np.int64]:
    """For each kept person the moment (milliseconds), from ``now`` on and within ``hours``, at which the hour begins in
    which they are most likely to look; of equal ones the first. ``now`` itself where the present hour is the best."""
    unique, where = np.unique(persons, return_inverse=True)
    zone_of = dict(zip(persons.tolist(), zones, strict=True))
    shares, _ = profiles(stores, unique.tolist(), [zone_of[person] for person in unique.tolist()], known)
    usual = preferences.timezone(stores)
    starts = np.array([now, *((now // HOUR + ahead) * HOUR for ahead in range(1, hours))], dtype=np.int64)
    answer = np.zeros(len(unique), dtype=np.int64)
    named = [zone_of[person] for person in unique.tolist()]
    for name in set(named):
        zone = (known_zone(name) if name else None) or usual
        those = np.array([number for number, lives in enumerate(named) if lives == name], dtype=np.intp)
        columns = np.array([hour_of_week(int(start), zone) for start in starts])
        answer[those] = starts[shares[np.ix_(those, columns)].argmax(axis=1)]
    return answer[where]


def hour_of_week(moment: int, zone: ZoneInfo) -> int:
    """Which of the 168 hours a moment (milliseconds) lies in, on clocks of a zone."""
    local = from_millis(moment).astimezone(zone)
    return local.weekday() * 24 + local.hour


def _layers(stores: Stores, persons: Sequence[int]) -> list[str]:
    rows = stores.events.rows(
        f"SELECT person, layers['{SCHEME}'] FROM people FINAL WHERE person IN {{asked:Array(UInt32)}}",
        {"asked": list(persons)},
    )
    found = {int(person): str(layer) for person, layer in rows}
    return [found.get(person, "") for person in persons]


_HOUR = "toUInt16((toDayOfWeek(time, 0, {zone:String}) - 1) * 24 + toHour(time, {zone:String}))"
