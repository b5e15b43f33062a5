"""Both directions, in steps that may be taken again: what was done here → marks; what WeCom did → people's tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.wecom.friendship import FRIENDS
from siyu.channels.wecom.marking import Wish, wish
from siyu.channels.wecom.tables import wecom_contacts, wecom_tag_changes
from siyu.channels.wecom.tagging import tags_of
from siyu.jobs.tables import cursors
from siyu.people import drain, news, tags
from siyu.people.moments import aware
from siyu.people.tables import identifiers, people, person_tags
from siyu.reach.tagging.tables import tag_acts, tag_links
from siyu.storage import Stores, insert_into, sent
from siyu.storage.eventlog_schema import PERSON

CURSOR = "tag_sync"
ORIGIN = "wecom"
PIECES_A_STEP = 200
CHANGES_A_STEP = 2_000
PEOPLE_A_STEP = 2_000


class Act(NamedTuple):
    """Somebody got a tag here, or lost it."""

    person: int
    tag: int
    wanted: bool
    at: datetime
    origin: str


Links = Mapping[int, list[tuple[int, str]]]
"""Our tag → (account, theirs)."""


# --- from here to WeCom


def follow_acts(stores: Stores) -> int:
    """The next stored batches of what happened: linked tags that came or went are wished at WeCom. How many batches."""
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar_one_or_none()
        links = _links(conn)
    if place is None:
        place = news.last_place(stores)  # who has a tag already is looked up when it is linked
        _move(stores, place)
    pieces = news.pieces_after(stores, place, PIECES_A_STEP)
    if not pieces:
        return 0
    acts = _acts(stores, [piece.batch for piece in pieces], sorted(links)) if links else []
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        if acts:
            _note(conn, [each for each in acts if each.origin != ORIGIN])
            _wish(conn, now, acts, links)
        _moved(conn, pieces[-1].place)
    return len(pieces)


def _links(conn: Connection) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = {}
    for row in conn.execute(sa.select(tag_links.c.tag, tag_links.c.account, tag_links.c.outside)):
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


def _wish(conn: Connection, now: datetime, acts: Sequence[Act], links: Links) -> None:
    """A tag set here goes to every adviser of the person; one that an adviser set stays theirs; a loss goes to all."""
    by_person: dict[int, list[Act]] = {}
    for each in acts:
        if not (each.wanted and each.origin == ORIGIN):
            by_person.setdefault(each.person, []).append(each)
    wishes: dict[int, list[Wish]] = {}
    for person, friend in _friends(conn, list(by_person)):
        has = tags_of(friend.tags)
        for act in by_person[person]:
            for account, outside in links.get(act.tag, ()):
                if account == friend.account and (outside in has) != act.wanted:
                    found = Wish(friend.external_userid, friend.userid, outside, act.wanted, act.at)
                    wishes.setdefault(account, []).append(found)
    for account, of_account in wishes.items():
        wish(conn, account, of_account, now)


def _friends(conn: Connection, persons: Sequence[int]) -> Iterable[tuple[int, Any]]:
    """(kept person, row of ``wecom_contacts``) of everybody's advisers."""
    if not persons:
        return []
    asked = sent(conn, person=(sa.BigInteger, list(persons)))
    friend = wecom_contacts.c
    rows = conn.execute(
        sa.select(people.c.kept, friend.account, friend.external_userid, friend.userid, friend.tags)
        .select_from(asked)
        .join(people, people.c.kept == asked.c.person)
        .join(identifiers, sa.and_(identifiers.c.person == people.c.person, identifiers.c.kind == "external_userid"))
        .join(wecom_contacts, friend.external_userid == identifiers.c.value)
        .where(friend.state.in_(FRIENDS), friend.account.in_(sa.select(tag_links.c.account)))
    )
    return [(row.kept, row) for row in rows]


def _move(stores: Stores, place: int) -> None:
    with stores.ledger.write() as conn:
        _moved(conn, place)


def _moved(conn: Connection, place: int) -> None:
    moved = insert_into(conn, cursors).values(name=CURSOR, place=place)
    conn.execute(moved.on_conflict_do_update(index_elements=["name"], set_={"place": place}))


# --- from WeCom to here


def take_over(stores: Stores) -> int:
    """The next changes that WeCom made: people get and lose the linked tags. How many changes. Who is not known yet
    waits for the intake."""
    with stores.ledger.read() as conn:
        table = wecom_tag_changes
        changes = conn.execute(sa.select(table).order_by(table.c.id).limit(CHANGES_A_STEP)).all()
        theirs = {(row.account, row.outside): row.tag for row in conn.execute(sa.select(tag_links))}
        persons = _persons(conn, {row.external_userid for row in changes})
    if not changes:
        return 0
    if drain.backlog(stores) and any(row.external_userid not in persons for row in changes):
        return 0
    with stores.ledger.write() as conn:
        _take_over(conn, stores.clock.now(), changes, theirs, persons)
        done = sent(conn, id=(sa.BigInteger, [row.id for row in changes]))
        conn.execute(sa.delete(table).where(table.c.id.in_(sa.select(done.c.id))))
    return len(changes)


def _persons(conn: Connection, externals: Iterable[str]) -> dict[str, int]:
    asked = sent(conn, value=(sa.Text, sorted(externals)))
    found = sa.and_(identifiers.c.kind == "external_userid", identifiers.c.value == asked.c.value)
    rows = conn.execute(
        sa.select(asked.c.value, people.c.kept)
        .select_from(asked)
        .join(identifiers, found)
        .join(people, sa.and_(people.c.person == identifiers.c.person, people.c.gone.is_(None)))
    )
    return {row.value: row.kept for row in rows}


def _take_over(
    conn: Connection,
    now: datetime,
    changes: Sequence[Any],
    theirs: Mapping[tuple[int, str], int],
    persons: Mapping[str, int],
) -> None:
    told: dict[tuple[int, int], tuple[bool, Any, str]] = {}  # of a person and a tag the last word, and whose
    for row in changes:
        person = persons.get(row.external_userid)
        for outside, wanted in [(tag, True) for tag in tags_of(row.added)] + [
            (tag, False) for tag in tags_of(row.removed)
        ]:
            tag = theirs.get((row.account, outside))
            if person is not None and tag is not None:
                told[person, tag] = (wanted, row, outside)
    if not told:
        return
    acts = _pairs(conn, tag_acts, list(told))
    held = {key: row.origin for key, row in _pairs(conn, person_tags, list(told)).items()}
    elsewhere = _still_there(conn, {key for key, (wanted, _, _) in told.items() if not wanted}, theirs)
    give: list[tuple[int, int]] = []
    take: list[tuple[int, int]] = []
    for key, (wanted, row, outside) in told.items():
        act = acts.get(key)
        if act is not None and act.at > row.at and act.wanted != wanted:
            again = Wish(row.external_userid, row.userid, outside, act.wanted, act.at)
            wish(conn, row.account, [again], now)  # what was done here is later
        elif wanted:
            give.append(key)
        elif key in held and not (held[key] == ORIGIN and key in elsewhere):
            take.append(key)
    if give:
        tags.give_tags(conn, now, ORIGIN, give, origin=ORIGIN, detail="wecom")
    tags.take_tags(conn, now, ORIGIN, take, ORIGIN)


def _pairs(conn: Connection, table: sa.Table, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Any]:
    asked = sent(conn, person=(sa.BigInteger, [key[0] for key in keys]), tag=(sa.BigInteger, [key[1] for key in keys]))
    same = sa.and_(table.c.person == asked.c.person, table.c.tag == asked.c.tag)
    return {(row.person, row.tag): row for row in conn.execute(sa.select(table).join_from(asked, table, same))}


def _still_there(
    conn: Connection, keys: set[tuple[int, int]], theirs: Mapping[tuple[int, str], int]
) -> set[tuple[int, int]]:
    """Of tags that one adviser took: those that another adviser of the person still has set."""
    left: set[tuple[int, int]] = set()
    for person, friend in _friends(conn, sorted({person for person, _ in keys})):
        left |= {
            (person, theirs[friend.account, each]) for each in tags_of(friend.tags) if (friend.account, each) in theirs
        }
    return left & keys


# --- what both sides had before they were linked


def fill_links(stores: Stores) -> int:
    """The next step of new links, in either direction; how many were looked at."""
    with stores.ledger.read() as conn:
        open_links = conn.execute(
            sa.select(tag_links)
            .where(sa.or_(tag_links.c.inward.is_not(None), tag_links.c.outward.is_not(None)))
            .limit(1)
        ).one_or_none()
    if open_links is None:
        return 0
    link = open_links
    with stores.ledger.write() as conn:
        if link.inward is not None:
            values = {"inward": _inward(conn, link, stores.clock.now())}
        else:
            values = {"outward": _outward(conn, link, stores.clock.now())}
        same = sa.and_(tag_links.c.account == link.account, tag_links.c.outside == link.outside)
        conn.execute(sa.update(tag_links).where(same).values(**values))
    return 1


def _inward(conn: Connection, link: Any, now: datetime) -> str | None:
    """Customers who have it there, in the order of their ids; where to go on."""
    friend = wecom_contacts.c
    mine = sa.and_(friend.account == link.account, friend.external_userid > link.inward)
    rows = conn.execute(
        sa.select(friend.external_userid, friend.userid, friend.tags)
        .where(mine, friend.state.in_(FRIENDS))
        .order_by(friend.external_userid)
        .limit(PEOPLE_A_STEP)
    ).all()
    if not rows:
        return None
    last = rows[-1].external_userid
    if len(rows) == PEOPLE_A_STEP and rows[0].external_userid != last:  # the last one's other advisers may follow
        rows = [row for row in rows if row.external_userid != last]
        last, more = rows[-1].external_userid, True
    else:
        more = len(rows) == PEOPLE_A_STEP
    having = [row for row in rows if link.outside in tags_of(row.tags)]
    if having:
        conn.execute(
            sa.insert(wecom_tag_changes),
            [
                {
                    "account": link.account,
                    "external_userid": row.external_userid,
                    "userid": row.userid,
                    "added": link.outside,
                    "removed": "",
                    "at": now,
                }
                for row in having
            ],
        )
    return last if more else None


def _outward(conn: Connection, link: Any, now: datetime) -> int | None:
    """People who have it here, in the order of their numbers; where to go on."""
    held = person_tags.c
    rows = conn.execute(
        sa.select(held.person, held.at)
        .where(held.tag == link.tag, held.person > link.outward, held.origin != ORIGIN)
        .order_by(held.person)
        .limit(PEOPLE_A_STEP)
    ).all()
    acts = [Act(row.person, link.tag, True, row.at, "hand") for row in rows]
    _wish(conn, now, acts, {link.tag: [(link.account, link.outside)]})
    return rows[-1].person if len(rows) == PEOPLE_A_STEP else None
