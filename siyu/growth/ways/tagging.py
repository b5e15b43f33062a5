"""Tags for who came through a code: read off what happened, in the order of the news, each piece of it once.

Whoever came before a tag was chosen is left as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.ways.model import MEANS
from siyu.growth.ways.tables import wecom_ways as table
from siyu.jobs.tables import cursors
from siyu.people import news, tags
from siyu.people.tables import people, person_tags
from siyu.people.tables import tags as tags_table
from siyu.storage import CHUNK_ROWS, Stores, insert_into, sent
from siyu.storage.eventlog_schema import PERSON

CURSOR = "wecom_ways"
ORIGIN = "event"
PIECES_A_STEP = 50

Through = tuple[int, str, str]
"""Kept person, event, state."""


def present_place(stores: Stores) -> int:
    """Where following begins if it begins now."""
    return news.last_place(stores)


def begin_at(conn: Connection, place: int) -> None:
    """Follow what happens from there on, if nothing is followed yet: with the first code."""
    conn.execute(insert_into(conn, cursors).values(name=CURSOR, place=place).on_conflict_do_nothing())


def follow(stores: Stores) -> int:
    """The next stored batches: who came through a code gets its tags. How many batches."""
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar_one_or_none()
        giving = _giving(conn)
    if place is None:
        return 0
    pieces = news.pieces_after(stores, place, PIECES_A_STEP)
    if not pieces:
        return 0
    came = _came(stores, [piece.batch for piece in pieces], sorted({state for _, state in giving})) if giving else []
    pairs: dict[str, list[tuple[int, int]]] = {}
    for person, event, state in came:
        for code, tag in giving.get((event, state), ()):
            pairs.setdefault(code, []).append((person, tag))
    for code, of_code in pairs.items():
        for start in range(0, len(of_code), CHUNK_ROWS):
            _give(stores, code, of_code[start : start + CHUNK_ROWS])
    with stores.ledger.write() as conn:
        conn.execute(sa.update(cursors).where(cursors.c.name == CURSOR).values(place=pieces[-1].place))
    return len(pieces)


def _giving(conn: Connection) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """By event and state: (the code's own name as an author, a tag in use)."""
    used = set(conn.execute(sa.select(tags_table.c.id).where(tags_table.c.archived.is_(None))).scalars())
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for row in conn.execute(sa.select(table.c.id, table.c.kind, table.c.state, table.c.tags)):
        for tag in row.tags:
            if tag in used:
                found.setdefault((MEANS[row.kind][0], row.state), []).append((f"code:{row.id}", tag))
    return found


def _came(stores: Stores, batches: Sequence[int], states: Sequence[str]) -> Iterable[Through]:
    rows = stores.events.rows(
        f"SELECT DISTINCT {PERSON} AS kept, name, ifNull(properties.channel_state.:String, '') AS state FROM events "
        "WHERE batch IN {batches:Array(UInt64)} AND name IN {names:Array(String)} "
        "AND has({states:Array(String)}, ifNull(properties.channel_state.:String, ''))",
        {"batches": list(batches), "names": [event for event, _ in MEANS.values()], "states": list(states)},
    )
    return [(int(row[0]), str(row[1]), str(row[2])) for row in rows]


def _give(stores: Stores, code: str, pairs: Sequence[tuple[int, int]]) -> None:
    """To whom is there still and has it not: a tag that somebody limited in time stays so."""
    with stores.ledger.write() as conn:
        asked = sent(
            conn, person=(sa.BigInteger, [pair[0] for pair in pairs]), tag=(sa.BigInteger, [pair[1] for pair in pairs])
        )
        held = sa.and_(person_tags.c.person == asked.c.person, person_tags.c.tag == asked.c.tag)
        new = conn.execute(
            sa.select(asked.c.person, asked.c.tag)
            .join_from(asked, people, sa.and_(people.c.person == asked.c.person, people.c.gone.is_(None)))
            .join(person_tags, held, isouter=True)
            .where(person_tags.c.person.is_(None))
        )
        lacking = [(row.person, row.tag) for row in new]
        if lacking:
            tags.give_tags(conn, stores.clock.now(), code, lacking, origin=ORIGIN, detail=code)
