"""Raising alerts, and reading them.

Stored batches are followed from a place of their own. A day that somebody left on is looked at whole, so that it makes
no difference in which order it became known; an alert that is there already is only brought up to date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.audiences.layers import layers_of
from siyu.channels.wecom.advisers import names_of
from siyu.jobs import preferences
from siyu.jobs.tables import cursors
from siyu.people import news
from siyu.people.moments import aware
from siyu.people.tables import person_tags
from siyu.reach.lost_friends.rules import LostRule, known_rules
from siyu.reach.lost_friends.tables import lost_alerts as table
from siyu.storage import Stores, in_chunks, insert_into, sent
from siyu.storage.eventlog_schema import PERSON

CURSOR = "lost_friends"
PIECES_A_STEP = 200
LATE = timedelta(days=2)
"""Who left longer ago than that when it becomes known (an import of last year) is no news to anybody."""
LOST_MAX = 100_000

TOUCHED = """
SELECT DISTINCT toStartOfHour(time) FROM events
WHERE batch IN {batches:Array(UInt64)} AND name = 'friend_lost' AND time >= {since:DateTime64(3, 'UTC')}
"""
LOST = f"""
SELECT {PERSON} AS who, ifNull(properties.staff.:String, '') AS staff FROM events
WHERE name = 'friend_lost' AND time >= {{begin:DateTime64(3, 'UTC')}} AND time < {{end:DateTime64(3, 'UTC')}}
GROUP BY who, staff ORDER BY who, staff LIMIT {LOST_MAX}
"""


class Lost(NamedTuple):
    """A customer who left an adviser that day."""

    person: int
    staff: str


@dataclass(frozen=True)
class Raised:
    """What a rule says of a day."""

    rule: int
    day: str
    staff: str
    person: int
    many: int


@dataclass(frozen=True)
class Alert:
    """An alert. ``person``: who left, 0 where many did; ``staff``: whom they left, "" for the whole shop; ``many``: who
    left that day as known by now; ``zh``/``en``: the rule in words."""

    id: int
    rule: int
    day: str
    staff: str
    person: int
    many: int
    at: datetime
    seen: datetime | None
    seen_by: str
    zh: str = ""
    en: str = ""


_COLUMNS = [table.c[name] for name in list(Alert.__dataclass_fields__)[:9]]


def watch(stores: Stores) -> int:
    """Look at what happened since the last time; how many alerts are new."""
    if news.anything_new(stores):
        news.give_places(stores)
    new = 0
    while True:
        with stores.ledger.read() as conn:
            rules = known_rules(conn)
            place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar()
            zone = preferences.timezone(conn)
        if not rules or place is None:  # nothing that happened before somebody wished to hear of it
            _go_on_from(stores, news.last_place(stores))
            return new
        pieces = news.pieces_after(stores, place, PIECES_A_STEP)
        if not pieces:
            return new
        days = _days(stores, [piece.batch for piece in pieces], zone)
        lost = {day: _lost(stores, day, zone) for day in days}
        with stores.ledger.write() as conn:
            raised = [each for day, people in lost.items() for each in _raised(conn, rules, day.isoformat(), people)]
            new += _keep(conn, raised, stores.clock.now())
            _moved(conn, pieces[-1].place)


def _days(stores: Stores, batches: Sequence[int], zone: ZoneInfo) -> list[date]:
    """Days on which somebody left who is in these batches, where it is news."""
    given = {"batches": list(batches), "since": stores.clock.now() - LATE}
    # By hours: a day of a zone that is not at a whole hour (India) is still among them, or the one beside it.
    hours = [aware(row[0]) for row in stores.events.rows(TOUCHED, given)]
    both = (each + more for each in hours for more in (timedelta(), timedelta(minutes=59)))
    return sorted({each.astimezone(zone).date() for each in both})


def _lost(stores: Stores, day: date, zone: ZoneInfo) -> list[Lost]:
    begin, end = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    return [Lost(int(row[0]), str(row[1])) for row in stores.events.rows(LOST, {"begin": begin, "end": end})]


def _raised(conn: Connection, rules: Sequence[LostRule], day: str, lost: Sequence[Lost]) -> list[Raised]:
    people = sorted({each.person for each in lost})
    of_staff: dict[str, set[int]] = {}
    for each in lost:
        of_staff.setdefault(each.staff, set()).add(each.person)
    found: list[Raised] = []
    for rule in rules:
        if rule.kind == "shop":
            found += [Raised(rule.id, day, "", 0, len(people))] if len(people) >= rule.least else []
        elif rule.kind == "adviser":
            many = {staff: len(whom) for staff, whom in of_staff.items() if staff}
            found += [Raised(rule.id, day, staff, 0, count) for staff, count in many.items() if count >= rule.least]
        else:
            matter = _who_matter(conn, rule, people)
            found += [Raised(rule.id, day, each.staff, each.person, 1) for each in lost if each.person in matter]
    return found


def _who_matter(conn: Connection, rule: LostRule, people: Sequence[int]) -> set[int]:
    """Of these who have the rule's tag or are in its layer."""
    if rule.kind == "layer":
        return {who for who, layers in layers_of(conn, people).items() if layers.get(rule.scheme) == rule.layer}
    asked = sent(conn, person=(sa.BigInteger, list(people)))
    held = sa.and_(person_tags.c.person == asked.c.person, person_tags.c.tag == rule.tag)
    return set(conn.execute(sa.select(person_tags.c.person).join_from(asked, person_tags, held)).scalars())


def _keep(conn: Connection, raised: Sequence[Raised], now: datetime) -> int:
    """How many are new. One that is known says by now how many left; it is raised once all the same."""
    new = 0
    for some in in_chunks(raised, 1_000):
        rows = [{**each.__dict__, "at": now} for each in some]
        keys = [table.c.rule, table.c.day, table.c.staff, table.c.person]
        before = conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        stored = insert_into(conn, table)
        conn.execute(stored.on_conflict_do_update(index_elements=keys, set_={"many": stored.excluded.many}), rows)
        new += conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() - before
    return new


def _go_on_from(stores: Stores, place: int) -> None:
    with stores.ledger.read() as conn:
        if conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar() == place:
            return
    with stores.ledger.write() as conn:
        _moved(conn, place)


def _moved(conn: Connection, place: int) -> None:
    moved = insert_into(conn, cursors).values(name=CURSOR, place=place)
    conn.execute(moved.on_conflict_do_update(index_elements=["name"], set_={"place": place}))


# --- reading


def list_alerts(
    stores: Stores,
    *,
    unseen: bool = False,
    staff: Sequence[str] | None = None,
    before: int | None = None,
    rows_max: int = 50,
) -> list[Alert]:
    """Alerts, the newest first, from before that number on; ``unseen``: only those nobody has seen; ``staff``: only of
    these advisers."""
    query = sa.select(*_COLUMNS).order_by(table.c.id.desc()).limit(rows_max)
    if unseen:
        query = query.where(table.c.seen.is_(None))
    if before is not None:
        query = query.where(table.c.id < before)
    with stores.ledger.read() as conn:
        if staff is not None:
            asked = sent(conn, staff=(sa.Text, list(staff)))
            query = query.where(table.c.staff.in_(sa.select(asked.c.staff)))
        rows = [Alert(*row) for row in conn.execute(query)]
        words: Mapping[int, LostRule] = {each.id: each for each in known_rules(conn, removed=True)} if rows else {}
    return [_with_words(each, words) for each in rows]


def advisers_like(stores: Stores, words: str) -> list[str]:
    """User ids of advisers with alerts whose name or id has these words in it."""
    query = sa.select(table.c.staff).where(table.c.staff != "").distinct()
    with stores.ledger.read() as conn:
        known = list(conn.execute(query).scalars())
    names, wanted = names_of(stores, known), words.casefold()
    return [each for each in known if wanted in each.casefold() or wanted in names.get(each, "").casefold()]


def _with_words(alert: Alert, rules: Mapping[int, LostRule]) -> Alert:
    rule = rules.get(alert.rule)
    return alert if rule is None else replace(alert, zh=rule.zh, en=rule.en)


def unseen_alerts() -> sa.Select[tuple[int]]:
    """SQL: how many nobody has seen."""
    return sa.select(sa.func.count()).select_from(table).where(table.c.seen.is_(None))


def see(stores: Stores, by: str, alerts: Sequence[int] | None = None) -> int:
    """Note that these, or all, were seen; how many were not before."""
    with stores.ledger.write() as conn:
        mine = [table.c.seen.is_(None)]
        if alerts is not None:
            chosen = sent(conn, id=(sa.BigInteger, list(alerts)))
            mine.append(table.c.id.in_(sa.select(chosen.c.id)))
        return conn.execute(sa.update(table).where(*mine).values(seen=stores.clock.now(), seen_by=by)).rowcount
