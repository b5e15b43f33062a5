"""Scripts for whoever talks to a customer: found, marked, counted; those of one's own written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.content.pieces import keeping, reading
from siyu.content.pieces.model import Asked, Draft, Piece
from siyu.content.pieces.tables import content_pieces, content_versions
from siyu.content.scripts.searching import Text, ranked
from siyu.content.scripts.tables import content_favourites, content_sayings
from siyu.storage import BadInput, NotAllowed, NotFound, Stores, insert_into

SCRIPTS_MAX = 2_000
"""Looked through at a time."""
OWN_MAX = 200
HOWS = ("copied", "sent")
COUNTED_DAYS = 30


@dataclass(frozen=True, slots=True)
class Script:
    """A script that may be said now, for one member of staff. ``used``: times within ``COUNTED_DAYS`` by everybody."""

    piece: int
    version: int
    title: str
    asked: str
    text: str
    tags: Sequence[str]
    own: bool
    favourite: bool
    used: int


def find(stores: Stores, holder: str, words: str = "", *, only: str = "", rows_max: int = 50) -> list[Script]:
    """Scripts of the team and of one's own that may be said now, the best for these words first. ``only``: ``own`` or
    ``favourite``."""
    wanted = Asked(usable=True, scripts=True, holder=holder)
    pieces = {each.id: each for each in reading.list_pieces(stores, wanted, rows_max=SCRIPTS_MAX)}
    versions = reading.published(stores, list(pieces))
    marked = favourites_of(stores, holder)
    kept = [
        each
        for each in pieces.values()
        if (only != "own" or each.draft.holder) and (only != "favourite" or each.id in marked)
    ]
    texts = [
        Text(each.id, each.draft.title, body.get("asked", ""), each.draft.tags, body.get("text", ""))
        for each in kept
        if (body := versions[each.id].body)
    ]
    numbers = ranked(words, texts, marked)[:rows_max]
    used = count_used(stores, numbers)
    by_number = {each.piece: each for each in texts}
    return [
        Script(
            number,
            versions[number].number,
            by_number[number].title,
            by_number[number].asked,
            by_number[number].text,
            by_number[number].tags,
            bool(pieces[number].draft.holder),
            number in marked,
            used.get(number, 0),
        )
        for number in numbers
    ]


def get_script(stores: Stores, holder: str, piece: int) -> Piece:
    """A script that this member of staff may say now. Raises :class:`NotFound`."""
    found = reading.get_piece(stores, piece)
    theirs = found.draft.kind == "script" and found.draft.holder in ("", holder)
    if not theirs or found.shut(stores.clock.now()):
        raise NotFound(
            "script_not_found",
            "没有这条话术，或已不能使用。",
            "There is no such script, or it may not be said any more.",
        )
    return found


def favourites_of(stores: Stores, holder: str) -> frozenset[int]:
    """The pieces that somebody has marked."""
    query = sa.select(content_favourites.c.piece).where(content_favourites.c.holder == holder)
    with stores.ledger.read() as conn:
        return frozenset(conn.execute(query).scalars())


def mark(stores: Stores, holder: str, piece: int, *, favourite: bool) -> None:
    """Among one's favourites, or no more. Raises :class:`NotFound`."""
    get_script(stores, holder, piece)
    with stores.ledger.write() as conn:
        mine = sa.and_(content_favourites.c.holder == holder, content_favourites.c.piece == piece)
        if favourite:
            row = {"holder": holder, "piece": piece, "at": stores.clock.now()}
            conn.execute(insert_into(conn, content_favourites).values(row).on_conflict_do_nothing())
        else:
            conn.execute(sa.delete(content_favourites).where(mine))


def note_said(stores: Stores, holder: str, piece: int, person: int | None, how: str) -> None:
    """A script was copied for somebody, or sent to them. Raises :class:`NotFound`, :class:`BadInput`."""
    if how not in HOWS:
        raise BadInput("script_how", "用法只能是 copied 或 sent。", "It is copied or sent.", field="how")
    found = get_script(stores, holder, piece)
    row = {"piece": piece, "version": found.version, "holder": holder, "person": person, "how": how}
    with stores.ledger.write() as conn:
        conn.execute(sa.insert(content_sayings).values(**row, at=stores.clock.now()))


def count_used(stores: Stores, pieces: Sequence[int]) -> dict[int, int]:
    """Script → how often it was said within ``COUNTED_DAYS``."""
    since = stores.clock.now() - timedelta(days=COUNTED_DAYS)
    table = content_sayings.c
    query = sa.select(table.piece, sa.func.count()).where(table.piece.in_(list(pieces)), table.at >= since)
    with stores.ledger.read() as conn:
        return {row[0]: int(row[1]) for row in conn.execute(query.group_by(table.piece))}


def write_own(
    stores: Stores, holder: str, body: Mapping[str, str], title: str, piece: int | None = None, tags: Sequence[str] = ()
) -> Piece:
    """A script of one's own, or its next version: only its writer says it, so nobody has to approve it. Raises
    :class:`BadInput`, :class:`NotFound`, :class:`NotAllowed` for another's."""
    now = stores.clock.now()
    if piece is not None:
        found = reading.get_piece(stores, piece)
        if found.draft.holder != holder or found.draft.kind != "script":
            raise NotAllowed("script_not_yours", "这不是您自己的话术。", "This is no script of your own.")
        keeping.change_piece(stores, holder, piece, replace(found.draft, title=title, tags=tuple(tags)), body)
        with stores.ledger.write() as conn:
            return _publish(conn, now, holder, piece)
    with stores.ledger.write() as conn:
        mine = sa.and_(content_pieces.c.holder == holder, content_pieces.c.archived.is_(None))
        many = sa.select(sa.func.count()).select_from(content_pieces).where(mine)
        if conn.execute(many).scalar_one() >= OWN_MAX:
            zh, en = f"自己的话术最多 {OWN_MAX} 条，请先删掉不用的。", f"At most {OWN_MAX} of one's own: remove some."
            raise BadInput("scripts_too_many", zh, en, field="title")
        draft = Draft("script", title, tags=tuple(tags), holder=holder)
        made = keeping.add_in(conn, now, holder, draft, body)
        return _publish(conn, now, holder, made.id)


def remove_own(stores: Stores, holder: str, piece: int) -> Piece:
    """Say it no more. Raises :class:`NotFound`, :class:`NotAllowed`."""
    if reading.get_piece(stores, piece).draft.holder != holder:
        raise NotAllowed("script_not_yours", "这不是您自己的话术。", "This is no script of your own.")
    return keeping.archive(stores, piece, archived=True)


def _publish(conn: Connection, now: datetime, holder: str, piece: int) -> Piece:
    found = reading.piece_in(conn, piece)
    mine = sa.and_(content_versions.c.piece == piece, content_versions.c.number == found.latest)
    done = {"stage": "approved", "decided": now, "decided_by": holder}
    conn.execute(sa.update(content_versions).where(mine).values(done))
    shown = sa.update(content_pieces).where(content_pieces.c.id == piece)
    conn.execute(shown.values(version=found.latest, changed=now))
    return reading.piece_in(conn, piece)
