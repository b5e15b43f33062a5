"""Coming in: by set, to the gate, from where the next step leads them on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.tables import people
from siyu.reach.journeys.engine.crowd import Numbers
from siyu.reach.journeys.engine.planning import Questions
from siyu.reach.journeys.engine.published import GATE, Published
from siyu.reach.journeys.engine.telling import ENTERED, Told
from siyu.reach.journeys.tables import journey_people
from siyu.reach.outbox import INTEND_LOCK
from siyu.storage import Instant, Stores, in_chunks, insert_into, sent

ENTER_ROWS = 10_000
HEARD_LATE_MAX = timedelta(days=1)
"""What is heard of later than this brings nobody in: an import of last year's orders begins no journeys."""


def enter(
    stores: Stores,
    published: Published,
    questions: Questions,
    persons: Numbers,
    at: Numbers,
    causes: Sequence[str],
) -> int:
    """Bring kept persons in, each at a moment and by a cause (a message id, a date); how many came.

    Who is inside, or may not come again, or came by this very cause before, does not come: twice is once.
    """
    rule = published.document.entry.rule
    meets = questions.meeting(rule, persons) if rule is not None and len(persons) else np.ones(len(persons), dtype=bool)
    came = 0
    for chunk in in_chunks(_once(persons, np.flatnonzero(meets)), ENTER_ROWS):
        now = stores.clock.now()
        told = Told(published.journey, published.version, now)
        with stores.ledger.write() as conn:
            if conn.dialect.name == "postgresql":  # the how-manieth time is counted from what is there
                conn.execute(sa.select(sa.func.pg_advisory_xact_lock(INTEND_LOCK + published.journey * 10)))
            which = [causes[int(place)] for place in chunk]
            came_now = _write(conn, published, persons[chunk].tolist(), at[chunk].tolist(), which, now)
            told.count("", "not_again", "", len(chunk) - len(came_now))
            told.event_by_run(conn, ENTERED, [person for person, _ in came_now], [run for _, run in came_now])
            told.write_counts(conn)
        came += len(came_now)
    if not meets.all():
        _count_refused(stores, published, int((~meets).sum()))
    return came


def _once(persons: Numbers, places: Numbers) -> Numbers:
    """The first place of each person."""
    _, first = np.unique(persons[places], return_index=True)
    return places[np.sort(first)]


def _write(
    conn: Connection, published: Published, persons: list[int], at: list[int], causes: Sequence[str], now: datetime
) -> list[tuple[int, int]]:
    """Insert who may come in; each with the how-manieth time it is."""
    entry = published.document.entry
    given = sent(conn, person=(sa.BigInteger, persons), at=(sa.BigInteger, at), cause=(sa.Text, causes))
    earlier, node = journey_people.alias("earlier"), people.alias("node")
    came, kept = people.alias("came"), people.alias("kept")
    # Who they were before merges, asked for as a set: of a join, SQLite (it keeps no figures of its tables) begins with
    # everybody inside, for each who comes.
    themselves = sa.select(node.c.person).where(node.c.kept == kept.c.person).correlate(kept)
    of_them = sa.and_(earlier.c.journey == published.journey, earlier.c.person.in_(themselves))
    barring: sa.ColumnElement[bool] = sa.true()
    if entry.again == "after_leaving":
        barring = sa.or_(earlier.c.left.is_(None), earlier.c.cause == given.c.cause)
        if entry.gap_days:
            barring = sa.or_(barring, earlier.c.entered > now - timedelta(days=entry.gap_days))
    barred = sa.exists().where(of_them, barring)
    run = sa.select(sa.func.coalesce(sa.func.max(earlier.c.run), 0) + 1).where(of_them).scalar_subquery()
    columns = {
        "journey": sa.literal(published.journey, sa.BigInteger),
        "version": sa.literal(published.version),
        "person": kept.c.person,
        "run": run,
        "node": sa.literal(GATE),
        "due": sa.literal(now, Instant),
        "since": given.c.at,
        "entered": given.c.at,
        "cause": given.c.cause,
    }
    rows = (
        sa.select(*columns.values())
        .select_from(given)
        .join(came, came.c.person == given.c.person)
        .join(kept, kept.c.person == came.c.kept)
        .where(kept.c.gone.is_(None), sa.not_(barred))
    )
    inserted = (
        insert_into(conn, journey_people)
        .from_select(list(columns), rows)
        .on_conflict_do_nothing()  # two who became one between the news and now
        .returning(journey_people.c.person, journey_people.c.run)
    )
    return [(row.person, row.run) for row in conn.execute(inserted)]


def _count_refused(stores: Stores, published: Published, people_count: int) -> None:
    told = Told(published.journey, published.version, stores.clock.now())
    told.count("", "unfit", "", people_count)
    with stores.ledger.write() as conn:
        told.write_counts(conn)
