"""The best hour 最佳时段: when a person is most likely to look, learned from when they looked before.

A person's looks are counted by hour of the week (168 of them, on their own clock), each hour of each day once, so that
a long evening of browsing is one look an hour. Most people have few; so what is known of the many fills in, step by
step, each an estimate of a multinomial with a Dirichlet prior whose mean is the wider group's profile (Gelman et al.,
*Bayesian Data Analysis*, 3rd ed., 3.4):

- everybody's profile is drawn towards an even one, and that of each layer towards everybody's;
- a person's hours of the *day* are drawn to the layer's: who looks at 21:00 on three Mondays is expected at 21:00
  on a Tuesday too;
- their hours of the *week* are drawn towards the layer's week with its hours of the day weighed as the person's
  (one step of raking), which needs many looks more to leave.

A moment on the stroke of midnight is a day without a time (orders imported by date), and no look. Whoever does not want
to be profiled has everybody's hours.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from siyu.jobs import preferences
from siyu.people.event_names import NAMES
from siyu.people.tables import people
from siyu.reach.guard import Guard, load_guard
from siyu.reach.rules.quiet_hours import known_zone
from siyu.storage import Ledger, Stores, sent
from siyu.storage.eventlog_schema import PERSON
from siyu.storage.ledger import from_millis

DAY_HOURS = 24
HOURS = 7 * DAY_HOURS
HOUR = 3_600_000
QUARTER = HOUR // 4
"""Hours begin on a quarter of an hour of UTC in every zone that there is."""
STRENGTH_DAY = 20.0
"""How many looks of one's own weigh as much as the layer's hours of the day."""
STRENGTH_WEEK = 100.0
"""How many looks of one's own weigh as much as that every day of the week were like the layer's."""
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


@dataclass(frozen=True)
class Learned:
    """What is known of some people, a row each: their ``profiles``; on how many ``looks`` of their own each rests; the
    ``layers`` that filled in (key; "": everybody's profile did)."""

    profiles: Profile
    looks: npt.NDArray[np.int64]
    layers: Sequence[str]


def drawn(looks: Profile, towards: Profile, strength: float) -> Profile:
    """A profile from counts of looks, drawn towards another one. Along the last axis; sums to 1."""
    return (looks + strength * towards) / (looks.sum(axis=-1, keepdims=True) + strength)


def personal(looks: Profile, layer: Profile) -> Profile:
    """People's profiles from their looks and their layers' profiles (none of whose shares is 0), both (…, 168)."""
    week = (*looks.shape[:-1], 7, DAY_HOURS)
    usual = by_day(layer)
    own = drawn(by_day(looks), usual, STRENGTH_DAY)
    towards = layer.reshape(week) * (own / usual)[..., None, :]
    return drawn(looks, towards.reshape(looks.shape), STRENGTH_WEEK)


def by_day(week: Profile) -> Profile:
    """The 24 hours of the day of (…, 168), summed over the days."""
    return week.reshape(*week.shape[:-1], 7, DAY_HOURS).sum(axis=-2)


def own_share(looks: int) -> float:
    """How much of a profile is of the person's own looks, 0 to 1; the rest is borrowed."""
    return 1 - STRENGTH_DAY / (looks + STRENGTH_DAY) * STRENGTH_WEEK / (looks + STRENGTH_WEEK)


_known: weakref.WeakKeyDictionary[Ledger, Habits] = weakref.WeakKeyDictionary()


def habits(stores: Stores, known: Habits | None = None) -> Habits:
    """As they are now; what is ``known``, or was read not long ago, is good for some hours."""
    now = stores.clock.now()
    known = known or _known.get(stores.ledger)
    if known is None or not timedelta(0) <= now - known.read < KEPT_FOR:
        known = _habits(stores, now)
        _known[stores.ledger] = known
    return known


def _habits(stores: Stores, now: datetime) -> Habits:
    (many,) = stores.events.row("SELECT count() FROM people")
    rows = stores.events.rows(
        f"SELECT layer, hour, count() FROM (SELECT DISTINCT {PERSON} AS who, toStartOfHour(time) AS at, "
        f"{_HOUR} AS hour FROM events WHERE {_LOOKED} AND who % {{step:UInt32}} = 0) AS looks "
        f"LEFT JOIN (SELECT person, layers['{SCHEME}'] AS layer FROM people FINAL WHERE person % {{step:UInt32}} = 0) "
        "AS known ON known.person = looks.who GROUP BY layer, hour",
        {**_asked(stores), "step": max(1, many // SAMPLED), "zone": str(preferences.timezone(stores))},
        heavy=True,
    )
    counts: dict[str, Profile] = {}
    for layer, hour, looks in rows:
        counts.setdefault(str(layer), np.zeros(HOURS))[int(hour)] += int(looks)
    everybody = drawn(sum(counts.values(), np.zeros(HOURS)), np.full(HOURS, 1 / HOURS), float(HOURS))
    layers = {layer: drawn(looks, everybody, STRENGTH_ALL) for layer, looks in counts.items() if layer}
    return Habits(everybody, layers, now)


def learn(stores: Stores, persons: Sequence[int], zones: Sequence[str | None], known: Habits) -> Learned:
    """What is known of these kept persons, each once, who live in these zones (None: the shop's)."""
    left_alone = _left_alone(stores, persons)
    place = {person: number for number, person in enumerate(persons) if person not in left_alone}
    usual = str(preferences.timezone(stores))
    living: dict[str, list[int]] = {}
    for person, zone in zip(persons, zones, strict=True):
        if person in place:
            living.setdefault(zone if zone and known_zone(zone) else usual, []).append(person)
    looks = np.zeros((len(persons), HOURS))
    asked = _asked(stores)
    for zone, those in sorted(living.items()):
        found = stores.events.arrow(
            f"SELECT toInt64(who) AS who, hour, toInt64(count()) AS looks FROM (SELECT DISTINCT {PERSON} AS who, "
            f"toStartOfHour(time) AS at, {_HOUR} AS hour FROM events WHERE {_LOOKED} AND {_THEIRS} "
            "AND who IN {asked:Array(UInt32)}) GROUP BY who, hour",
            {**asked, "zone": zone, "asked": those},
        )
        rows = np.array([place[int(who)] for who in found.column("who").to_numpy()], dtype=np.intp)
        looks[rows, found.column("hour").to_numpy()] = found.column("looks").to_numpy()
    layers = _layers(stores, persons, place)
    wider = np.stack([known.of_layer(layer) for layer in layers]) if len(persons) else looks
    filled = [layer if layer in known.layers else "" for layer in layers]
    return Learned(personal(looks, wider), looks.sum(axis=1).astype(np.int64), filled)


def best_moments(
    stores: Stores,
    persons: npt.NDArray[np.int64],
    now: int,
    hours: int,
    zones: Sequence[str | None],
    known: Habits,
) -> npt.NDArray[np.int64]:
    """For each kept person the moment (milliseconds), from ``now`` on and less than ``hours`` later, at which the hour
    begins in which they are most likely to look; of equal ones the first. ``now`` itself where the present hour is the
    best. Quiet hours where they are count only where there are no others: what is sent then would wait for the morning.
    """
    unique, where = np.unique(persons, return_inverse=True)
    zone_of = dict(zip(persons.tolist(), zones, strict=True))
    named = [zone_of[person] for person in unique.tolist()]
    shares = learn(stores, unique.tolist(), named, known).profiles
    usual = preferences.timezone(stores)
    with stores.ledger.read() as conn:
        guard = load_guard(conn, usual)
    answer = np.zeros(len(unique), dtype=np.int64)
    for name in set(named):
        zone = (known_zone(name) if name else None) or usual
        those = np.array([number for number, lives in enumerate(named) if lives == name], dtype=np.intp)
        starts = beginnings(now, hours, zone)
        loud = [start for start in starts if not is_quiet(guard, start, name)] or starts
        columns = np.array([hour_of_week(start, zone) for start in loud])
        answer[those] = np.array(loud)[shares[np.ix_(those, columns)].argmax(axis=1)]
    return answer[where]


def beginnings(now: int, hours: int, zone: ZoneInfo) -> list[int]:
    """``now``, and every moment less than ``hours`` later at which clocks of a zone show a full hour, or jump into one
    (Lord Howe's go from 1:59 to 2:30 in spring)."""
    quarters = range((now // QUARTER + 1) * QUARTER, now + hours * HOUR, QUARTER)
    return [now, *(at for at in quarters if _begins_an_hour(at, zone))]


def _begins_an_hour(moment: int, zone: ZoneInfo) -> bool:
    local, before = (from_millis(at).astimezone(zone) for at in (moment, moment - QUARTER))
    return local.minute == 0 or local.hour != before.hour


def is_quiet(guard: Guard, moment: int, zone: str | None) -> bool:
    """Whether marketing waits at a moment (milliseconds) where somebody is."""
    return guard.quiet_until(from_millis(moment), "", "marketing", zone) is not None


def hour_of_week(moment: int, zone: ZoneInfo) -> int:
    """Which of the 168 hours a moment (milliseconds) lies in, on clocks of a zone."""
    local = from_millis(moment).astimezone(zone)
    return local.weekday() * DAY_HOURS + local.hour


def _left_alone(stores: Stores, persons: Sequence[int]) -> set[int]:
    """Those who do not want to be profiled."""
    with stores.ledger.read() as conn:
        asked = sent(conn, person=(sa.BigInteger, list(persons)))
        found = sa.select(people.c.kept).join(asked, asked.c.person == people.c.kept).where(people.c.no_profiling)
        return set(conn.execute(found).scalars())


def _layers(stores: Stores, persons: Sequence[int], profiled: Mapping[int, int]) -> list[str]:
    rows = stores.events.rows(
        f"SELECT person, layers['{SCHEME}'] FROM people FINAL WHERE person IN {{asked:Array(UInt32)}}",
        {"asked": list(profiled)},
    )
    found = {int(person): str(layer) for person, layer in rows}
    return [found.get(person, "") for person in persons]


def _asked(stores: Stores) -> dict[str, object]:
    now = stores.clock.now()
    return {"looks": list(LOOKS), "since": now - LOOK_BACK, "now": now, "shop": str(preferences.timezone(stores))}


_HOUR = "toUInt16((toDayOfWeek(time, 0, {zone:String}) - 1) * 24 + toHour(time, {zone:String}))"
_LOOKED = (
    "name IN {looks:Array(String)} AND time > {since:DateTime64(3)} AND time <= {now:DateTime64(3)} "
    "AND toStartOfDay(time, {shop:String}) != time"
)
_THEIRS = (
    "person IN (SELECT arrayJoin({asked:Array(UInt32)}) UNION ALL "
    "SELECT member FROM aliases WHERE kept IN {asked:Array(UInt32)})"
)
"""Those rows alone are read; a few too many, which ``who`` leaves out."""
