"""Every day: whose day it is, read by set; each once a year, within the budget, some held out."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import preferences
from siyu.loyalty.care import keeping
from siyu.loyalty.care.days import celebrated, spans
from siyu.loyalty.care.keeping import Program
from siyu.loyalty.care.model import KINDS, drawn, held_out
from siyu.loyalty.care.tables import care_gifts, care_programs
from siyu.loyalty.coupons.model import Take, Taken
from siyu.loyalty.coupons.taking import take
from siyu.loyalty.points.earning.model import Lasting
from siyu.loyalty.points.model import Earn
from siyu.loyalty.points.posting import post
from siyu.loyalty.tiers.tables import tier_standings
from siyu.people.of_many import append_of_many
from siyu.people.tables import people
from siyu.storage import CHUNK_ROWS, Stores, in_chunks, insert_into, sent
from siyu.storage.ledger import Instant

DAYS_MADE_UP = 7
"""So many days are gone through afterwards, where nothing ran."""
YEARS_MAX = 30
LUNAR = "lunar"
LASTING = Lasting()

Give = Callable[[Connection, datetime, Program, Sequence[tuple[int, str]]], set[int]]
"""Gives persons (with their keys) what a programme gives; who really got it."""


class Due(NamedTuple):
    """Somebody whose day it is, and the year of it."""

    person: int
    year: int


def care_today(stores: Stores) -> dict[str, int]:
    """Go through the days since last time, for every programme that is live; how many were thought of."""
    with stores.ledger.read() as conn:
        live = keeping.programs(conn, "live")
        last = keeping.today(conn, stores.clock.now())
    found: dict[str, int] = {}
    for program in live:
        for day in range(max(program.day + 1, last - DAYS_MADE_UP + 1), last + 1):
            found[program.care.name] = found.get(program.care.name, 0) + _one_day(stores, program.id, day)
    return found


def _one_day(stores: Stores, number: int, day: int) -> int:
    zone = preferences.timezone(stores)
    with stores.ledger.read() as conn:
        program = keeping.get(conn, number)
        due = whose_day(conn, program, date.fromordinal(day), zone)
    done = 0
    for chunk in in_chunks(due, CHUNK_ROWS // 10):
        with stores.ledger.write() as conn:
            done += _think_of(conn, stores.clock.now(), number, chunk)
    with stores.ledger.write() as conn:
        row = care_programs.c
        conn.execute(sa.update(care_programs).where(row.id == number, row.day < day).values(day=day))
    return done


def whose_day(conn: Connection, program: Program, day: date, zone: ZoneInfo) -> Sequence[Due]:
    """Kept persons whom a programme is for on a day."""
    query = sa.select(people.c.person).where(people.c.person == people.c.kept, people.c.gone.is_(None))
    if program.care.tiers or program.care.kind == "surprise":
        row = tier_standings.c
        query = query.join(tier_standings, row.person == people.c.person)
        query = query.where(row.tier.in_(program.care.tiers) if program.care.tiers else row.tier != "")
    query = query.order_by(people.c.person)
    match program.care.kind:
        case "birthday":
            return _birthdays(conn, query, day)
        case "anniversary":
            return _anniversaries(conn, query, day, zone)
        case "surprise":
            return _surprised(conn, query, program, day)


def _birthdays(conn: Connection, query: sa.Select[Any], day: date) -> list[Due]:
    days = celebrated(day)
    which = sa.func.substr(people.c.birthday, 6)
    by_moon = people.c.attributes["birthday_calendar"].as_string() == LUNAR
    solar = query.where(which.in_(days.solar), sa.func.coalesce(by_moon, sa.false()).is_(False))
    lunar = query.where(which.in_(days.lunar), by_moon)
    found = [Due(person, days.solar_year) for person in conn.execute(solar).scalars()]
    return [*found, *(Due(person, days.lunar_year) for person in conn.execute(lunar).scalars())]


def _anniversaries(conn: Connection, query: sa.Select[Any], day: date, zone: ZoneInfo) -> list[Due]:
    def moment(of: date) -> sa.BindParameter[datetime]:
        return sa.literal(datetime.combine(of, time(), zone), Instant)

    parts = [
        sa.and_(people.c.created >= moment(first), people.c.created < moment(after))
        for _, first, after in spans(day, YEARS_MAX)
    ]
    return [Due(person, day.year) for person in conn.execute(query.where(sa.or_(*parts))).scalars()] if parts else []


def _surprised(conn: Connection, query: sa.Select[Any], program: Program, day: date) -> list[Due]:
    """So many of those who had none this year, drawn by lot."""
    had = sa.select(care_gifts.c.person).where(care_gifts.c.key.startswith(f"surprise:{day.year}:"))
    persons = conn.execute(query.where(people.c.person.not_in(had))).scalars()
    chosen = heapq.nsmallest(program.care.a_day, persons, key=lambda person: drawn(program.id, day.toordinal(), person))
    return [Due(person, day.year) for person in chosen]


def _think_of(conn: Connection, now: datetime, number: int, due: Sequence[Due]) -> int:
    """Give to these what the budget still holds; how many are new."""
    program = keeping.get(conn, number)
    if program.stage != "live":
        return 0
    care = program.care
    keys = {key_of(care.kind, each): each.person for each in due}
    for key in _known(conn, keys):
        del keys[key]
    out = {key for key, person in keys.items() if held_out(number, person, care.hold_out)}
    enough = _taken_of_budget(conn, program, len(keys) - len(out))
    wished = [(person, key) for key, person in keys.items() if key not in out]
    got = GIVES[care.gift](conn, now, program, wished[:enough])
    refused = enough - len(got)
    if refused:
        _give_back(conn, program, refused)
    rows = [
        {
            "key": key,
            "program": number,
            "person": person,
            "at": now,
            "stage": "held_out"
            if key in out
            else "given"
            if person in got
            else "refused"
            if place < enough
            else "empty",
            "gift": care.gift,
            "much": care.much if person in got and key not in out else 0,
        }
        for place, (person, key) in enumerate([*wished, *((keys[key], key) for key in sorted(out))])
    ]
    if rows:
        conn.execute(insert_into(conn, care_gifts), rows)
    given = sorted(person for person in got)
    told = {"kind": care.kind, "gift": care.gift, "much": care.much, "name": care.name, "program": number}
    years = {each.person: each.year for each in due}
    for year in sorted({years[person] for person in given}):
        mine = [person for person in given if years[person] == year]
        append_of_many(conn, key=f"care-{care.kind}-{year}", name="care_given", time=now, properties=told, persons=mine)
    return len(rows)


def key_of(kind: str, due: Due) -> str:
    """Once a year a person, whatever the programme."""
    return f"{kind}:{due.year}:{due.person}"


def _known(conn: Connection, keys: dict[str, int]) -> list[str]:
    """Keys of these that are there, also under another node of the person."""
    asked = sent(conn, key=(sa.Text, list(keys)), person=(sa.BigInteger, list(keys.values())))
    node = people.alias("node")
    prefix = sa.func.substr(
        asked.c.key, 1, sa.func.length(asked.c.key) - sa.func.length(sa.cast(asked.c.person, sa.Text))
    )
    query = (
        sa.select(asked.c.key)
        .select_from(asked)
        .join(node, node.c.kept == asked.c.person)
        .join(care_gifts, care_gifts.c.key == prefix + sa.cast(node.c.person, sa.Text))
        .distinct()
    )
    return list(conn.execute(query).scalars())


def _taken_of_budget(conn: Connection, program: Program, wished: int) -> int:
    """How many of these the budget holds; taken from it, by a statement that knows its bound."""
    row = conn.execute(sa.select(care_programs).where(care_programs.c.id == program.id).with_for_update()).one()
    enough = min(wished, (row.budget - row.given) // program.care.price)
    if enough:
        spent = care_programs.c.given + enough * program.care.price
        one = sa.and_(care_programs.c.id == program.id, spent <= care_programs.c.budget)
        enough *= conn.execute(sa.update(care_programs).where(one).values(given=spent)).rowcount
    return enough


def _give_back(conn: Connection, program: Program, many: int) -> None:
    back = care_programs.c.given - many * program.care.price
    conn.execute(sa.update(care_programs).where(care_programs.c.id == program.id).values(given=back))


def _message(conn: Connection, now: datetime, program: Program, wished: Sequence[tuple[int, str]]) -> set[int]:
    return {person for person, _ in wished}


def _points(conn: Connection, now: datetime, program: Program, wished: Sequence[tuple[int, str]]) -> set[int]:
    zone = preferences.timezone(conn)
    ends = LASTING.until(now, zone)
    why = f"{KINDS[program.care.kind][0]} · {program.care.name}"
    wishes = [
        Earn(key=f"care:{key}", why=why, by=f"care:{program.id}", person=person, points=program.care.much, expires=ends)
        for person, key in wished
    ]
    outcomes = post(conn, now, wishes) if wishes else []
    return {wish.person for wish, outcome in zip(wishes, outcomes, strict=True) if outcome.posting is not None}


def _coupons(conn: Connection, now: datetime, program: Program, wished: Sequence[tuple[int, str]]) -> set[int]:
    why = f"{KINDS[program.care.kind][0]} · {program.care.name}"
    wishes = [Take(program.care.much, person, f"care:{key}", why, f"care:{program.id}") for person, key in wished]
    answers = take(conn, now, wishes) if wishes else []
    return {wish.person for wish, answer in zip(wishes, answers, strict=True) if isinstance(answer, Taken)}


GIVES: dict[str, Give] = {"message": _message, "points": _points, "coupon": _coupons}
"""By what a programme gives."""


def coming(conn: Connection, program: Program, first: date, days: int, zone: ZoneInfo) -> list[tuple[date, int]]:
    """How many a programme is for on the next days; of a surprise, so many as are drawn."""
    found: list[tuple[date, int]] = []
    for place in range(days):
        day = first + timedelta(days=place)
        many = program.care.a_day if program.care.kind == "surprise" else len(whose_day(conn, program, day, zone))
        found.append((day, many))
    return found
