"""Who is in a cool-down: noted when they unsubscribe, and from the event log for what was told from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.tables import consents, people
from siyu.reach.tables import cool_downs
from siyu.storage import Instant, Stores, insert_into, sent

CAUSES = {"complaint_made": "complained", "unsubscribed": "unsubscribed"}
KEPT = timedelta(days=3651)
"""Longer than any setting asks back for."""

Noted = tuple[int, str, str, datetime]
"""Person (any node), cause, channel ('' where none was told), when."""


def note(conn: Connection, noted: Sequence[Noted]) -> None:
    """Take these down; of the same person, cause and channel the latest stands. Persons nobody knows are left out."""
    if not noted:
        return
    given = sent(
        conn,
        person=(sa.BigInteger, [each[0] for each in noted]),
        cause=(sa.Text, [each[1] for each in noted]),
        channel=(sa.Text, [each[2] for each in noted]),
        at=(sa.BigInteger, [round(each[3].timestamp() * 1000) for each in noted]),
    )
    rows = (
        sa.select(given.c.person, given.c.cause, given.c.channel, sa.type_coerce(sa.func.max(given.c.at), Instant))
        .join(people, people.c.person == given.c.person)
        .where(sa.true())
        .group_by(given.c.person, given.c.cause, given.c.channel)
    )
    new = insert_into(conn, cool_downs).from_select(["person", "cause", "channel", "at"], rows)
    later = sa.case((new.excluded.at > cool_downs.c.at, new.excluded.at), else_=cool_downs.c.at)
    keys = [cool_downs.c.person, cool_downs.c.cause, cool_downs.c.channel]
    conn.execute(new.on_conflict_do_update(index_elements=keys, set_={"at": later}))


def forget_who_came_back(conn: Connection, now: datetime) -> None:
    """End the cool-down of who agreed anew after leaving a channel, and drop what is too old for any setting."""
    again = (
        sa.exists()
        .where(people.c.person == cool_downs.c.person, consents.c.person == people.c.kept)
        .where(consents.c.purpose == "marketing", consents.c.given, consents.c.at >= cool_downs.c.at)
        .where(consents.c.channel.in_([cool_downs.c.channel, "any"]))
    )
    over = sa.or_(sa.and_(cool_downs.c.cause == "unsubscribed", again), cool_downs.c.at < now - KEPT)
    conn.execute(sa.delete(cool_downs).where(over))


def told_since(stores: Stores, since: datetime) -> list[Noted]:
    """Complaints and unsubscriptions that the event log knows of."""
    rows = stores.events.rows(
        "SELECT person, name, ifNull(properties.channel.:String, ''), max(time) FROM events "
        "PREWHERE name IN ('complaint_made', 'unsubscribed') AND time >= {since:DateTime64(3, 'UTC')} "
        "GROUP BY person, name, properties.channel.:String",
        {"since": since},
    )
    return [(int(person), CAUSES[name], str(channel), at) for person, name, channel, at in rows]
