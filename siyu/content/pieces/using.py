"""Which place says which version of which piece: written by what uses it, in its own transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.content.pieces.model import Ref
from siyu.content.pieces.tables import content_pieces, content_uses
from siyu.storage import Stores

PLACES: Mapping[str, tuple[str, str]] = {
    "broadcast": ("群发", "Broadcast"),
    "journey": ("旅程", "Journey"),
    "group_post": ("群内群发", "Group post"),
    "moment": ("朋友圈", "Moment"),
    "task": ("员工任务", "Task"),
}
USES_MAX = 500


@dataclass(frozen=True, slots=True)
class Use:
    """One place that says a piece. ``slot``: which part of it (a channel), "" where it has one."""

    place: str
    number: int
    slot: str
    piece: int
    version: int
    altered: bool
    at: datetime


def note_uses(conn: Connection, now: datetime, place: str, number: int, refs: Mapping[str, Ref]) -> None:
    """These are the pieces of a place from now on, by slot; what it said before is forgotten."""
    if place not in PLACES:
        raise ValueError(f"unknown place: {place}")
    mine = sa.and_(content_uses.c.place == place, content_uses.c.number == number)
    conn.execute(sa.delete(content_uses).where(mine))
    rows = [
        {
            "place": place,
            "number": number,
            "slot": slot,
            "piece": ref.piece,
            "version": ref.version,
            "altered": ref.altered,
            "at": now,
        }
        for slot, ref in refs.items()
    ]
    if rows:
        conn.execute(sa.insert(content_uses), rows)


def forget_uses(conn: Connection, place: str, number: int) -> None:
    """A place is gone."""
    conn.execute(sa.delete(content_uses).where(content_uses.c.place == place, content_uses.c.number == number))


def refs_of(conn: Connection, place: str, number: int) -> dict[str, Ref]:
    """The pieces of a place, by slot."""
    mine = sa.and_(content_uses.c.place == place, content_uses.c.number == number)
    rows = conn.execute(sa.select(content_uses).where(mine).order_by(content_uses.c.slot))
    return {row.slot: Ref(row.piece, row.version, row.altered) for row in rows}


def places_of(conn: Connection, place: str, pieces: Sequence[int]) -> list[int]:
    """The numbers of places of one sort that say one of these pieces."""
    mine = sa.and_(content_uses.c.place == place, content_uses.c.piece.in_(list(pieces)))
    return list(conn.execute(sa.select(content_uses.c.number).where(mine).distinct()).scalars())


def uses_of(stores: Stores, piece: int) -> list[Use]:
    """Where a piece is said, the newest first, at most ``USES_MAX``."""
    query = sa.select(*(content_uses.c[name] for name in Use.__dataclass_fields__))
    mine = query.where(content_uses.c.piece == piece)
    with stores.ledger.read() as conn:
        rows = conn.execute(mine.order_by(content_uses.c.at.desc(), content_uses.c.number.desc()).limit(USES_MAX))
        return [Use(*row) for row in rows]


def count_uses(stores: Stores, pieces: Sequence[int]) -> dict[int, int]:
    """Piece → in how many places it is said."""
    places = sa.select(content_uses.c.piece, content_uses.c.place, content_uses.c.number).distinct().subquery()
    query = sa.select(places.c.piece, sa.func.count()).where(places.c.piece.in_(list(pieces)))
    with stores.ledger.read() as conn:
        return {row[0]: int(row[1]) for row in conn.execute(query.group_by(places.c.piece))}


def tone_of(conn: Connection, refs: Sequence[Ref]) -> str | None:
    """What the guard counts a message as that says these pieces: promotional where one of them is. None for none."""
    if not refs:
        return None
    numbers = sorted({ref.piece for ref in refs})
    tones = set(conn.execute(sa.select(content_pieces.c.tone).where(content_pieces.c.id.in_(numbers))).scalars())
    if not tones:
        return None
    return "promotional" if "promotional" in tones else "useful"
