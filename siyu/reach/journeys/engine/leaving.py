"""Leaving before the end: for what somebody did, because two became one person, because the journey was stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.families import members_of
from siyu.people.tables import people
from siyu.reach.journeys.engine.clock import DAY
from siyu.reach.journeys.engine.crowd import Numbers
from siyu.reach.journeys.engine.published import Published
from siyu.reach.journeys.engine.telling import GOAL, LEFT, Told
from siyu.reach.journeys.left import LEFT as LEFT_JOURNEY
from siyu.reach.journeys.tables import journey_people
from siyu.reach.outbox import give_up
from siyu.reach.staff_tasks.giving import cancel_tasks
from siyu.reach.tables import outbox
from siyu.storage import Stores, sent

LEAVE_ROWS = 10_000


def inside_who_did(published: Published, given: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    """SQL: rows of a version's people who did (``given``: kept ``person``, ``at``) something after they came in."""
    node = people.alias("node")
    family = sa.select(node.c.person).where(node.c.kept == given.c.person)
    return [
        journey_people.c.journey == published.journey,
        journey_people.c.version == published.version,
        journey_people.c.left.is_(None),
        journey_people.c.person.in_(family.correlate(given)),
        sa.type_coerce(journey_people.c.entered, sa.BigInteger) < given.c.at,
    ]


def reached(stores: Stores, published: Published, persons: Numbers, at: Numbers, *, days: int, leaves: bool) -> None:
    """They did what the journey is for."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        given = sent(conn, person=(sa.BigInteger, persons.tolist()), at=(sa.BigInteger, at.tolist()))
        within = sa.type_coerce(journey_people.c.entered, sa.BigInteger) + days * DAY >= given.c.at
        marked = (
            sa.update(journey_people)
            .where(*inside_who_did(published, given), within, journey_people.c.goal.is_(None))
            .values(goal=given.c.at)
            .returning(journey_people.c.id, journey_people.c.person, journey_people.c.run)
        )
        rows = conn.execute(marked).all()
        told = Told(published.journey, published.version, now)
        told.event_by_run(conn, GOAL, [row.person for row in rows], [row.run for row in rows])
        if leaves:
            leave(conn, published, [row.id for row in rows], "goal", now)


def did(stores: Stores, published: Published, persons: Numbers, at: Numbers) -> None:
    """They did something whoever does leaves."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        given = sent(conn, person=(sa.BigInteger, persons.tolist()), at=(sa.BigInteger, at.tolist()))
        query = (
            sa.select(journey_people.c.id)
            .select_from(given)
            .join(journey_people, sa.and_(*inside_who_did(published, given)))
        )
        leave(conn, published, list(conn.execute(query).scalars()), "leave_when", now)


def twins(stores: Stores, versions: Sequence[Published], persons: Numbers) -> int:
    """Where one of these persons is inside a journey twice by a merge, the later row leaves; how many did."""
    now = stores.clock.now()
    of_version = {published.version: published for published in versions}
    with stores.ledger.write() as conn:
        asked = sent(conn, person=(sa.BigInteger, persons.tolist()))
        node, family = people.alias("node"), people.alias("family")
        rows = conn.execute(
            sa.select(journey_people.c.id, journey_people.c.version, node.c.kept)
            .select_from(asked)
            .join(node, node.c.person == asked.c.person)
            .join(family, family.c.kept == node.c.kept)
            .join(journey_people, journey_people.c.person == family.c.person)
            .where(journey_people.c.journey == versions[0].journey, journey_people.c.left.is_(None))
            .order_by(journey_people.c.id)
            .distinct()
        ).all()
        first: dict[int, int] = {}
        later = [row for row in rows if first.setdefault(row.kept, row.id) != row.id]
        for version in sorted({row.version for row in later}):
            leave(conn, of_version[version], [row.id for row in later if row.version == version], "merged", now)
    return len(later)


def leave(conn: Connection, published: Published, rows: Sequence[int], how: str, now: datetime) -> int:
    """They leave now, and messages of this journey that still wait for them are given up; how many left."""
    if not rows:
        return 0
    asked = sent(conn, id=(sa.BigInteger, list(rows)))
    gone = conn.execute(
        sa.update(journey_people)
        .where(journey_people.c.id.in_(sa.select(asked.c.id)), journey_people.c.left.is_(None))
        .values(left=now, how=how)
        .returning(journey_people.c.person, journey_people.c.run, journey_people.c.node)
    ).all()
    told = Told(published.journey, published.version, now)
    for place in sorted({row.node for row in gone}):
        those = [row for row in gone if row.node == place]
        persons, runs = [row.person for row in those], [row.run for row in those]
        told.event_by_run(conn, LEFT, persons, runs, how=how, node=published.id_at(place))
        told.count(published.id_at(place), how, "", len(those))
    told.write_counts(conn)
    if how != "merged":  # who goes on as one is still in the journey
        _give_up(conn, published, [row.person for row in gone], how, now)
    return len(gone)


def _give_up(conn: Connection, published: Published, persons: Sequence[int], how: str, now: datetime) -> None:
    """Messages of the journey that wait for them, whichever of their nodes they are for, and tasks that nobody has
    done."""
    if not persons:
        return
    families = members_of(conn, persons)
    family = sorted({node for nodes in families.values() for node in nodes})
    while cancel_tasks(conn, journey=published.journey, now=now, why=how, persons=family):
        pass
    senders = list(published.senders.values())
    if senders:
        asked = sent(conn, person=(sa.BigInteger, family))
        theirs = outbox.c.person.in_(sa.select(asked.c.person))
        which = sa.and_(theirs, outbox.c.broadcast.in_(senders))
        give_up(conn, which, state="cancelled", reason=LEFT_JOURNEY, now=now)
