"""Both directions, in steps that may be taken again: what was done here → marks; what a platform did → people's tags.
The same for every platform that has tags; what differs is its side (``sides.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.tables import accounts
from siyu.jobs.tables import cursors
from siyu.people import drain, news, tags
from siyu.people.moments import aware
from siyu.people.tables import person_tags
from siyu.reach.tagging.follower_side import FollowerSide
from siyu.reach.tagging.sides import Change, Side, Wanted
from siyu.reach.tagging.tables import tag_acts, tag_links
from siyu.reach.tagging.wecom_side import WecomSide
from siyu.storage import Stores, insert_into, sent
from siyu.storage.eventlog_schema import PERSON

CURSOR = "tag_sync"
PIECES_A_STEP = 200
CHANGES_A_STEP = 2_000
PEOPLE_A_STEP = 2_000

SIDES: tuple[Side, ...] = (WecomSide(), FollowerSide())
BY_CHANNEL: Mapping[str, Side] = {side.channel: side for side in SIDES}
ORIGINS = frozenset(side.origin for side in SIDES)


class Act(NamedTuple):
    """Somebody got a tag here, or lost it."""

    person: int
    tag: int
    wanted: bool
    at: datetime
    origin: str


Links = Mapping[int, list[tuple[int, str]]]
"""Our tag → (account, theirs)."""


# --- from here to the platforms


def follow_acts(stores: Stores) -> int:
    """The next stored batches of what happened: linked tags that came or went are wished there. How many batches."""
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar_one_or_none()
        links = {side.channel: _links(conn, side) for side in SIDES}
    if place is None:
        place = news.last_place(stores)  # who has a tag already is looked up when it is linked
        _move(stores, place)
    pieces = news.pieces_after(stores, place, PIECES_A_STEP)
    if not pieces:
        return 0
    linked = sorted({tag for of_side in links.values() for tag in of_side})
    acts = _acts(stores, [piece.batch for piece in pieces], linked) if linked else []
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        _note(conn, [each for each in acts if each.origin not in ORIGINS])
        for side in SIDES:
            _wish(conn, side, now, acts, links[side.channel])
        _moved(conn, pieces[-1].place)
    return len(pieces)


def _links(conn: Connection, side: Side) -> Links:
    found: dict[int, list[tuple[int, str]]] = {}
    rows = conn.execute(
        sa.select(tag_links.c.tag, tag_links.c.account, tag_links.c.outside)
        .join(accounts, accounts.c.id == tag_links.c.account)
        .where(accounts.c.channel == side.channel)
    )
    for row in rows:
        found.setdefault(row.tag, []).append((row.account, row.outside))
    return found


def _acts(stores: Stores, batches: Sequence[int], linked: Sequence[int]) -> list[Act]:
    """The last act on each linked tag of each person."""
    rows = stores.events.rows(
        f"SELECT {PERSON} AS kept, properties.tag.:Int64 AS tag, argMax(name, time) = 'tag_added', max(time), "
        "argMax(ifNull(properties.origin.:String, ''), time) FROM events "
        "WHERE batch IN {batches:Array(UInt64)} AND name IN ('tag_added', 'tag_removed') "
        "AND has({tags:Array(Int64)}, tag) GROUP BY kept, tag",
        {"batches": list(batches), "tags": list(linked)},
    )
    return [Act(int(row[0]), int(row[1]), bool(row[2]), aware(row[3]), row[4]) for row in rows]


def _note(conn: Connection, acts: Sequence[Act]) -> None:
    if not acts:
        return
    table = tag_acts
    stored = insert_into(conn, table)
    conn.execute(
        stored.on_conflict_do_update(
            index_elements=["person", "tag"],
            set_={"wanted": stored.excluded.wanted, "at": stored.excluded.at},
            where=table.c.at < stored.excluded.at,
        ),
        [{"person": each.person, "tag": each.tag, "wanted": each.wanted, "at": each.at} for each in acts],
    )


def _wish(conn: Connection, side: Side, now: datetime, acts: Sequence[Act], links: Links) -> None:
    """A tag set here goes to every subject that the person is there; one that the platform set stays as it is there;
    a loss goes to all."""
    by_person: dict[int, list[Act]] = {}
    for each in acts:
        if each.tag in links and not (each.wanted and each.origin == side.origin):
            by_person.setdefault(each.person, []).append(each)
    wanted: dict[int, list[Wanted]] = {}
    for person, subject in side.subjects(conn, list(by_person)):
        for act in by_person[person]:
            for account, outside in links[act.tag]:
                if account == subject.account and (outside in subject.tags) != act.wanted:
                    wanted.setdefault(account, []).append(Wanted(subject.key, outside, act.wanted, act.at))
    for account, of_account in wanted.items():
        side.wish(conn, account, of_account, now)


def _move(stores: Stores, place: int) -> None:
    with stores.ledger.write() as conn:
        _moved(conn, place)


def _moved(conn: Connection, place: int) -> None:
    moved = insert_into(conn, cursors).values(name=CURSOR, place=place)
    conn.execute(moved.on_conflict_do_update(index_elements=["name"], set_={"place": place}))


# --- from the platforms to here


def take_over(stores: Stores) -> int:
    """The next changes that platforms made: people get and lose the linked tags. How many changes. Who is not known
    yet waits for the intake."""
    return sum(_take_side(stores, side) for side in SIDES)


def _take_side(stores: Stores, side: Side) -> int:
    with stores.ledger.read() as conn:
        changes = side.changes(conn, CHANGES_A_STEP)
        if not changes:
            return 0
        theirs = {(row.account, row.outside): row.tag for row in conn.execute(sa.select(tag_links))}
        persons = side.persons(conn, changes)
    if drain.backlog(stores) and any(change.id not in persons for change in changes):
        return 0
    with stores.ledger.write() as conn:
        _take_over(conn, side, stores.clock.now(), changes, theirs, persons)
        side.taken_over(conn, [change.id for change in changes])
    return len(changes)


def _take_over(
    conn: Connection,
    side: Side,
    now: datetime,
    changes: Sequence[Change],
    theirs: Mapping[tuple[int, str], int],
    persons: Mapping[int, int],
) -> None:
    told: dict[tuple[int, int], tuple[bool, Change, str]] = {}  # of a person and a tag the last word, and whose
    for change in changes:
        person = persons.get(change.id)
        for outside, wanted in [(tag, True) for tag in change.added] + [(tag, False) for tag in change.removed]:
            tag = theirs.get((change.account, outside))
            if person is not None and tag is not None:
                told[person, tag] = (wanted, change, outside)
    if not told:
        return
    acts = _pairs(conn, tag_acts, list(told))
    held = {key: row.origin for key, row in _pairs(conn, person_tags, list(told)).items()}
    elsewhere = _still_there(conn, side, {key for key, (wanted, _, _) in told.items() if not wanted}, theirs)
    give: list[tuple[int, int]] = []
    take: list[tuple[int, int]] = []
    for key, (wanted, change, outside) in told.items():
        act = acts.get(key)
        if act is not None and act.at > change.at and act.wanted != wanted:
            again = Wanted(change.key, outside, act.wanted, act.at)
            side.wish(conn, change.account, [again], now)  # what was done here is later
        elif wanted:
            give.append(key)
        elif key in held and not (held[key] == side.origin and key in elsewhere):
            take.append(key)
    if give:
        tags.give_tags(conn, now, side.origin, give, origin=side.origin, detail=side.channel)
    tags.take_tags(conn, now, side.origin, take, side.origin)


def _pairs(conn: Connection, table: sa.Table, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Any]:
    asked = sent(conn, person=(sa.BigInteger, [key[0] for key in keys]), tag=(sa.BigInteger, [key[1] for key in keys]))
    same = sa.and_(table.c.person == asked.c.person, table.c.tag == asked.c.tag)
    return {(row.person, row.tag): row for row in conn.execute(sa.select(table).join_from(asked, table, same))}


def _still_there(
    conn: Connection, side: Side, keys: set[tuple[int, int]], theirs: Mapping[tuple[int, str], int]
) -> set[tuple[int, int]]:
    """Of tags that were taken from one subject: those that another one of the person still has."""
    left: set[tuple[int, int]] = set()
    for person, subject in side.subjects(conn, sorted({person for person, _ in keys})):
        known = ((subject.account, each) for each in subject.tags)
        left |= {(person, theirs[each]) for each in known if each in theirs}
    return left & keys


# --- what both sides had before they were linked


def fill_links(stores: Stores) -> int:
    """The next step of new links, in either direction; how many were looked at."""
    unfilled = sa.or_(tag_links.c.inward.is_not(None), tag_links.c.outward.is_not(None))
    with stores.ledger.read() as conn:
        link = conn.execute(
            sa.select(tag_links, accounts.c.channel)
            .join(accounts, accounts.c.id == tag_links.c.account)
            .where(unfilled)
            .limit(1)
        ).one_or_none()
    if link is None:
        return 0
    side, now = BY_CHANNEL[link.channel], stores.clock.now()
    with stores.ledger.write() as conn:
        if link.inward is not None:
            values: dict[str, Any] = {"inward": side.feed(conn, link, now, PEOPLE_A_STEP)}
        else:
            values = {"outward": _outward(conn, side, link, now)}
        same = sa.and_(tag_links.c.account == link.account, tag_links.c.outside == link.outside)
        conn.execute(sa.update(tag_links).where(same).values(**values))
    return 1


def _outward(conn: Connection, side: Side, link: Any, now: datetime) -> int | None:
    """People who have it here, in the order of their numbers; where to go on."""
    held = person_tags.c
    rows = conn.execute(
        sa.select(held.person, held.at)
        .where(held.tag == link.tag, held.person > link.outward, held.origin != side.origin)
        .order_by(held.person)
        .limit(PEOPLE_A_STEP)
    ).all()
    acts = [Act(row.person, link.tag, True, row.at, "hand") for row in rows]
    _wish(conn, side, now, acts, {link.tag: [(link.account, link.outside)]})
    return rows[-1].person if len(rows) == PEOPLE_A_STEP else None
