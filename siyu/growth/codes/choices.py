"""What somebody chose becomes a tag of theirs: at once where they are known, else as soon as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.codes.tables import code_targets, scan_places
from siyu.growth.visitors import devices
from siyu.people import tags
from siyu.people.tables import people, person_tags
from siyu.people.tables import tags as tags_table
from siyu.storage import Prepared, sent

ORIGIN = "event"
BY = "scan"


def tag(conn: Connection, now: datetime, pairs: Iterable[tuple[int, int]]) -> None:
    """Give these (kept person, target) the target's tag: where it has one in use and they have it not yet."""
    wanted = sorted(set(pairs))
    if not wanted:
        return
    persons, targets = zip(*wanted, strict=True)
    found = _LACKING.gathered(conn, asked={"person": persons, "target": targets})
    lacking = list(zip(*found, strict=True))
    if lacking:
        tags.give_tags(conn, now, BY, lacking, origin=ORIGIN, detail=BY)


def _lacking(asked: sa.FromClause) -> sa.Select[Any]:
    held = sa.and_(person_tags.c.person == asked.c.person, person_tags.c.tag == code_targets.c.tag)
    return (
        sa.select(asked.c.person, code_targets.c.tag)
        .join_from(asked, code_targets, code_targets.c.id == asked.c.target)
        .join(tags_table, sa.and_(tags_table.c.id == code_targets.c.tag, tags_table.c.archived.is_(None)))
        .join(people, sa.and_(people.c.person == asked.c.person, people.c.gone.is_(None)))
        .join(person_tags, held, isouter=True)
        .where(person_tags.c.person.is_(None))
    )


_LACKING = Prepared(_lacking, asked={"person": sa.BigInteger, "target": sa.BigInteger})


def tag_bound(conn: Connection, now: datetime, whose: Mapping[str, int]) -> None:
    """See :data:`siyu.growth.visitors.devices.WhenBound`: what was chosen on these devices."""
    kept = devices.kept(conn, whose.values())
    asked = sent(conn, who=(sa.Text, [f"d{device}" for device in sorted(whose)]))
    theirs = scan_places.c.who.in_(sa.select(asked.c.who))
    query = sa.select(scan_places.c.who, scan_places.c.target).where(theirs)
    found = [(whose[row.who[1:]], row.target) for row in conn.execute(query)]
    tag(conn, now, [(kept[node], target) for node, target in found if node in kept])
