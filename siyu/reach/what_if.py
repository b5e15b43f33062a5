"""What if: a rule's settings changed, what would the last days' messages have been held for? Nothing is written.

The messages of those days (event log: accepted and held, with their times) are judged anew, person by person in order
of time, by the caps, the ratio, the cool-down and the quiet hours: what one judgement holds does not count for the
next, as it would not have. All persons' first messages are judged at once, then all second ones, and so on: it costs
as many rounds as the person with most messages had. The same is done with the rules as they are set: the difference of
the two is what the change does. Messages that other rules held (consent, the law, platforms) stay held.

Caps look back further than these days: what was sent in up to ``LEAD_DAYS`` before counts, and is not judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from siyu.channels.settings import read_settings
from siyu.jobs import preferences
from siyu.people.tables import people
from siyu.reach.guard import Guard, RuleState, load_guard
from siyu.reach.rules import QUIET_HOURS
from siyu.reach.rules.caps import ANY, EACH, OWN_FIELDS, PROMOTIONAL, Cap, Limit, own_cap
from siyu.reach.rules.cool_down import CoolDown
from siyu.reach.rules.ratio import Ratio
from siyu.reach.tables import broadcasts
from siyu.storage import BadInput, Stores
from siyu.storage.eventlog_schema import PERSON

DAYS = 30
DAYS_MAX = 90
LEAD_DAYS = 60
MESSAGES_MAX = 1_000_000
"""Of more, a share of the people is judged, and the figures are scaled up."""

NEW_CAP = "new"
"""The name of a cap that is not kept yet."""

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Held = Mapping[tuple[date, str], int]
"""Messages by local day and rule."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """``was``: what these rules truly held; ``now``: judged anew by the rules as they are set; ``would``: by the
    change. ``sent``: messages that went out. ``share`` of the people were judged; all figures are scaled up by it."""

    rule: str
    days: Sequence[date]
    sent: int
    was: Held
    now: Held
    would: Held
    share: float

    def by_rule(self, held: Held) -> dict[str, int]:
        return _summed((rule, many) for (_, rule), many in held.items())

    def by_day(self, held: Held) -> list[int]:
        found = _summed((day, many) for (day, _), many in held.items())
        return [found.get(day, 0) for day in self.days]


@dataclass(frozen=True)
class Past:
    """Messages, in order of person and time: ``who`` a person's place from 0, ``at`` ms since ``begin``; ``judged``
    where they are of the days asked for, ``held`` the reason ('' if sent), ``day`` ordinals of the local date."""

    who: Whole
    at: Whole
    day: Whole
    held: npt.NDArray[np.object_]
    judged: Flags
    kind: npt.NDArray[np.object_]
    promotional: Flags
    channel: npt.NDArray[np.object_]
    zone: npt.NDArray[np.object_]
    first: Whole  # place of each person's first message
    upset: Mapping[str, tuple[Whole, Whole]]  # cause → persons' places and times, in order
    begin: datetime


def what_if(stores: Stores, name: str, settings: Mapping[str, Any], enabled: bool, days: int = DAYS) -> WhatIf:
    """Judge the last ``days`` with a rule changed (``NEW_CAP``: with a cap more). Raises :class:`BadInput` for a rule
    that can't be judged anew and for unfit settings."""
    if not 1 <= days <= DAYS_MAX:
        raise BadInput("days_out_of_range", f"天数应为 1 到 {DAYS_MAX}。", f"Days: 1 to {DAYS_MAX}.", field="days")
    with stores.ledger.read() as conn:
        guard = load_guard(conn, preferences.timezone(conn))
    changed = _changed(guard, name, settings, enabled)
    past, share = _past(stores, guard, days)
    local = past.begin.astimezone(guard.zone).date() + timedelta(days=LEAD_DAYS)
    last = stores.clock.now().astimezone(guard.zone).date()
    shown = [local + timedelta(days=each) for each in range((last - local).days + 1)]
    replayed = {each.rule.name for each in (*guard.rules, *changed.rules) if can_be_judged(each)}
    truly = np.where(np.isin(past.held, sorted(replayed)), past.held, "")
    return WhatIf(
        name,
        shown,
        round(int((past.judged & (past.held == "")).sum()) / share),
        _counted(past, truly, share),
        _counted(past, judge(past, guard), share),
        _counted(past, judge(past, changed), share),
        share,
    )


def can_be_judged(state: RuleState) -> bool:
    """Whether a rule can be judged anew on what was sent."""
    return isinstance(state.rule, Cap | Ratio | CoolDown) or state.rule is QUIET_HOURS


def _changed(guard: Guard, name: str, settings: Mapping[str, Any], enabled: bool) -> Guard:
    if name == NEW_CAP:
        read, _ = read_settings(OWN_FIELDS, settings)
        cap = own_cap(0)
        place = next(place for place, each in enumerate(guard.rules) if each.rule.name == "cap_channel") + 1
        rules = [*guard.rules[:place], RuleState(cap, read, enabled), *guard.rules[place:]]
        return Guard(tuple(rules), guard.zone)
    state = next((each for each in guard.rules if each.rule.name == name), None)
    if state is None or not can_be_judged(state):
        raise BadInput(
            "rule_not_judged",
            "只有频次上限、内容比例、冷静期和安静时段可以试算。",
            "Only caps, the ratio, the cool-down and the quiet hours can be tried on what was sent.",
            field="rule",
        )
    read, _ = read_settings(state.rule.fields, settings)
    state.rule.check(read)
    new = RuleState(state.rule, read, enabled)
    return Guard(tuple(new if each is state else each for each in guard.rules), guard.zone)


# -- what was -----------------------------------------------------------------------------------------------


def _past(stores: Stores, guard: Guard, days: int) -> tuple[Past, float]:
    now = stores.clock.now()
    today = datetime.combine(now.astimezone(guard.zone).date(), datetime.min.time(), guard.zone)
    since = (today - timedelta(days=days - 1)).astimezone(now.tzinfo)
    asked = {"begin": since - timedelta(days=LEAD_DAYS)}
    many = int(stores.events.row(f"SELECT count() FROM events PREWHERE {_MESSAGES}", asked)[0])
    step = max(1, -(-many // MESSAGES_MAX))
    return past_of(stores, guard, since, which=f"intHash32(who) % {step} = 0"), 1 / step


def past_of(
    stores: Stores,
    guard: Guard,
    since: datetime,
    *,
    persons: Whole | None = None,
    which: str = "1",
    without: Sequence[int] = (),
) -> Past:
    """The messages since ``since`` (which are to be judged) and those of :data:`LEAD_DAYS` before. ``persons``: of
    these kept ones alone, whose places are those of this array, in rising order; else of all that ``which`` (SQL, of
    ``who``) lets pass. ``without``: senders whose messages are left out."""
    begin = since - timedelta(days=LEAD_DAYS)
    asked: dict[str, Any] = {"begin": begin, "without": list(without)}
    if persons is not None:
        which, asked["asked"] = "who IN {asked:Array(UInt32)}", persons.tolist()
    rows = stores.events.arrow(
        f"SELECT {PERSON} AS who, toUnixTimestamp64Milli(time) AS at, toInt64(properties.broadcast.:Int64) AS sender, "
        "ifNull(properties.channel.:String, '') AS channel, "
        "if(name = 'message_held', ifNull(properties.reason.:String, ''), '') AS reason "
        f"FROM events PREWHERE {_MESSAGES} WHERE {which} "
        "AND NOT has({without:Array(Int64)}, ifNull(sender, 0)) ORDER BY who, at",
        asked,
        heavy=True,
    )
    columns = {name: rows.column(name).to_numpy() for name in ("who", "at", "sender")}
    kinds, tones = _senders(stores)
    if persons is None:
        persons = np.unique(columns["who"])
    who = np.searchsorted(persons, columns["who"])
    at = columns["at"].astype(np.int64) - round(begin.timestamp() * 1000)
    sender = columns["sender"]
    judged = at >= round((since - begin).total_seconds() * 1000)
    held = np.array(rows.column("reason").to_pylist(), dtype=object)
    kept = (held == "") | judged  # what was held before these days is of no account
    day = _local_days(at, begin, guard)
    zones = _zones(stores, persons)
    return Past(
        who=who[kept].astype(np.int64),
        at=at[kept],
        day=day[kept],
        held=held[kept],
        judged=judged[kept],
        kind=np.array([kinds.get(each, "marketing") for each in sender[kept].tolist()], dtype=object),
        promotional=np.array([tones.get(each) == PROMOTIONAL for each in sender[kept].tolist()], dtype=bool),
        channel=np.array(rows.column("channel").to_pylist(), dtype=object)[kept],
        zone=zones[who[kept]] if len(persons) else np.array([], dtype=object),
        first=np.searchsorted(who[kept], np.arange(len(persons))).astype(np.int64),
        upset=_upset(stores, persons, begin),
        begin=begin,
    )


_MESSAGES = "name IN ('message_accepted', 'message_held') AND time >= {begin:DateTime64(3, 'UTC')}"


def _senders(stores: Stores) -> tuple[dict[int, str], dict[int, str]]:
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(broadcasts.c.id, broadcasts.c.kind, broadcasts.c.tone)).all()
    return {row.id: row.kind for row in rows}, {row.id: row.tone for row in rows}


def _zones(stores: Stores, persons: npt.NDArray[Any]) -> npt.NDArray[np.object_]:
    """The time zone that each person's profile names, None where it names none."""
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(people.c.person, people.c.timezone).where(people.c.timezone.is_not(None))).all()
    named = {int(row.person): str(row.timezone) for row in rows}
    return np.array([named.get(int(each)) for each in persons] if named else [None] * len(persons), dtype=object)


def _upset(stores: Stores, persons: npt.NDArray[Any], begin: datetime) -> dict[str, tuple[Whole, Whole]]:
    rows = stores.events.rows(
        f"SELECT {PERSON} AS who, name, toUnixTimestamp64Milli(time) AS at FROM events "
        "PREWHERE name IN ('complaint_made', 'unsubscribed') AND time >= {begin:DateTime64(3, 'UTC')} ORDER BY who, at",
        {"begin": begin},
    )
    found: dict[str, tuple[Whole, Whole]] = {}
    for cause, name in (("complaint_days", "complaint_made"), ("unsubscribed_days", "unsubscribed")):
        mine = np.array([(who, at) for who, each, at in rows if each == name], dtype=np.int64).reshape(-1, 2)
        place = np.searchsorted(persons, mine[:, 0])
        known = np.isin(mine[:, 0], persons)
        found[cause] = place[known].astype(np.int64), mine[known, 1] - round(begin.timestamp() * 1000)
    return found


def _local_days(at: Whole, begin: datetime, guard: Guard) -> Whole:
    """The local date of each moment, as an ordinal; a day begins on a quarter of an hour in every zone."""
    starts = begin.replace(minute=0, second=0, microsecond=0)
    lag = round((begin - starts).total_seconds() * 1000)
    quarters, of = np.unique((at + lag) // 900_000, return_inverse=True)
    moments = [starts + timedelta(milliseconds=int(each) * 900_000) for each in quarters]
    days = np.array([each.astimezone(guard.zone).date().toordinal() for each in moments], dtype=np.int64)
    return days[of] if len(days) else np.array([], dtype=np.int64)


# -- judged anew --------------------------------------------------------------------------------------------


def judge(past: Past, guard: Guard) -> npt.NDArray[np.object_]:
    """The rule that would have held each message, '' where none would: those judged only."""
    states = [state for state in guard.rules if state.enabled and can_be_judged(state)]
    fixed = {state.rule.name: _fixed(past, state, guard) for state in states if not isinstance(state.rule, Cap | Ratio)}
    counters = {state.rule.name: _Counter(past, state) for state in states if isinstance(state.rule, Cap | Ratio)}
    reason = np.full(len(past.who), "", dtype=object)
    open_to_judgement = past.judged & np.isin(past.held, ["", *fixed, *counters])
    place = np.arange(len(past.who)) - past.first[past.who] if len(past.who) else past.who
    order = np.argsort(place, kind="stable")
    rounds = np.searchsorted(place[order], np.arange(int(place.max(initial=-1)) + 2))
    for begin, end in pairwise(rounds.tolist()):
        now = order[begin:end]
        why = np.full(len(now), "", dtype=object)
        for state in states:
            name = state.rule.name
            holds = fixed[name][now] if name in fixed else counters[name].holds(now)
            why[(why == "") & holds & open_to_judgement[now]] = name
        reason[now] = why
        waits = why == QUIET_HOURS.name  # it goes out in the morning
        sent = ((why == "") | waits) & (open_to_judgement[now] | (past.held[now] == ""))
        for counter in counters.values():
            counter.note(now, sent)
    return reason


def _fixed(past: Past, state: RuleState, guard: Guard) -> Flags:
    """What a rule says that does not depend on other messages."""
    return _cooling(past, state) if isinstance(state.rule, CoolDown) else _quiet(past, guard)


def _cooling(past: Past, state: RuleState) -> Flags:
    holds = np.zeros(len(past.who), dtype=bool)
    for cause, (who, at) in past.upset.items():
        if not len(who):
            continue
        last = np.searchsorted(_key(who, at), _key(past.who, past.at), side="right") - 1
        known = (last >= 0) & (who[last] == past.who)
        holds |= known & (past.at - at[last] < int(state.settings[cause]) * 86_400_000)
    return holds & (past.kind == "marketing")


def _quiet(past: Past, guard: Guard) -> Flags:
    """Whether it was quiet at each person's: asked once a quarter of an hour, channel, kind and zone."""
    quarter = past.at // 900_000
    asked: dict[tuple[int, str, str, str | None], bool] = {}
    holds = np.zeros(len(past.who), dtype=bool)
    keys = zip(quarter.tolist(), past.channel.tolist(), past.kind.tolist(), past.zone.tolist(), strict=True)
    for place, key in enumerate(keys):
        if key not in asked:
            moment = past.begin + timedelta(milliseconds=key[0] * 900_000)
            asked[key] = guard.quiet_until(moment, key[1], key[2], key[3]) is not None
        holds[place] = asked[key]
    return holds


def _key(who: Whole, at: Whole) -> Whole:
    """One number that orders by person, then time: times are below 2³⁸ ms, eight years."""
    return (who << 38) + at


class _Counter:
    """What a cap or the ratio has counted of each person so far."""

    def __init__(self, past: Past, state: RuleState) -> None:
        self._past = past
        self._settings = state.settings
        self._limit = state.rule.limit(state.settings) if isinstance(state.rule, Cap) else None
        if self._limit is None:
            self._lately = np.zeros((len(past.first), int(state.settings["last"]) - 1), dtype=bool)
            return
        self._concerned = _concerned(past, self._limit)
        since = _key(past.who, np.maximum(past.at - self._limit.days * 86_400_000, -1))
        # The first of a person's messages that still counts when this one is judged.
        low = np.searchsorted(_key(past.who, past.at), since, side="right")
        self._low = np.maximum(low, past.first[past.who] if len(past.who) else low)
        names = sorted(set(past.channel.tolist())) if self._limit.channel == EACH else [""]
        self._counts = {name: np.zeros(len(past.who) + 1, dtype=np.int64) for name in names}

    def holds(self, now: Whole) -> Flags:
        past, limit = self._past, self._limit
        if limit is None:
            full = self._lately[past.who[now]].sum(axis=1) >= int(self._settings["promotional"])
            return full & past.promotional[now] & (past.kind[now] == "marketing")
        full = np.zeros(len(now), dtype=bool)
        for name, counts in self._counts.items():
            mine = past.channel[now] == name if limit.channel == EACH else np.ones(len(now), dtype=bool)
            full |= mine & (counts[now] - counts[self._low[now]] >= limit.messages)
        return full & self._concerned[now]

    def note(self, now: Whole, sent: Flags) -> None:
        past, limit = self._past, self._limit
        if limit is None:
            counted = now[sent & (past.kind[now] == "marketing")]
            who = past.who[counted]
            self._lately[who, 1:] = self._lately[who, :-1]
            self._lately[who, 0] = past.promotional[counted]
            return
        following = now + 1
        same = following < len(past.who)
        same[same] = past.who[following[same]] == past.who[now[same]]
        for name, counts in self._counts.items():
            mine = sent & self._concerned[now]
            if limit.channel == EACH:
                mine &= past.channel[now] == name
            counts[following[same]] = counts[now[same]] + mine[same]


def _concerned(past: Past, limit: Limit) -> Flags:
    """The messages that a cap counts and may hold."""
    found = np.ones(len(past.who), dtype=bool)
    if limit.kind != ANY:
        found &= past.kind == limit.kind
    if limit.channel not in (ANY, EACH):
        found &= past.channel == limit.channel
    return found & past.promotional if limit.tone == PROMOTIONAL else found


def _counted(past: Past, reason: npt.NDArray[np.object_], share: float) -> Held:
    mine = past.judged & (reason != "")
    pairs = ((date.fromordinal(int(day)), str(name)) for day, name in zip(past.day[mine], reason[mine], strict=True))
    found = _summed((pair, 1) for pair in pairs)
    return {pair: round(many / share) for pair, many in found.items()}


def _summed(pairs: Any) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for key, many in pairs:
        found[key] = found.get(key, 0) + many
    return found
