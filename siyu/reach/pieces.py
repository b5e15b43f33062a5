"""Pieces of the library in what is sent: of which version the words are, whether they may go, what the guard counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.content.pieces.model import Ref
from siyu.content.pieces.reading import pieces_in, require_usable, version_in
from siyu.content.pieces.using import places_of, tone_of
from siyu.reach.from_library import is_altered
from siyu.reach.guard import Way
from siyu.reach.model import ACTIVE, Draft
from siyu.reach.tables import broadcasts
from siyu.storage import BadInput, NotFound


def checked(conn: Connection, ways: Sequence[Way], draft: Draft) -> dict[str, Ref]:
    """The pieces of a draft, by channel, with whether their words were changed there. Those of channels that it has no
    account or no words for are left out. Raises :class:`BadInput` for a piece or version that is not there."""
    abouts = {way.channel.name: way.channel for way in ways}
    given = {slot: ref for slot, ref in (draft.pieces or {}).items() if slot in abouts and draft.content.get(slot)}
    found = pieces_in(conn, [ref.piece for ref in given.values()])
    told: dict[str, Ref] = {}
    for slot, ref in given.items():
        try:
            version = version_in(conn, ref.piece, ref.version)
        except NotFound as error:
            raise BadInput(error.code, error.zh, error.en, field=f"pieces.{slot}") from None
        parts = abouts[slot].in_form(draft.content[slot]).parts
        altered = is_altered(parts, found[ref.piece].draft, version, draft.content[slot])
        told[slot] = replace(ref, altered=altered)
    return told


def tone(conn: Connection, refs: Mapping[str, Ref]) -> dict[str, Any]:
    """Useful or promotional, where pieces say it: whoever sends can't call it otherwise."""
    said = tone_of(conn, list(refs.values()))
    return {} if said is None else {"tone": said}


def until(conn: Connection, refs: Mapping[str, Ref], starts: datetime, expires: datetime | None) -> datetime | None:
    """When what still waits ends: no piece goes out past its own end. Raises :class:`~siyu.storage.Conflict` for one
    that may not be sent at ``starts``."""
    pieces = require_usable(conn, list(refs.values()), starts)
    ends = [each.draft.ends for each in pieces.values() if each.draft.ends is not None]
    return min([*ends, *([expires] if expires is not None else [])], default=None)


def stop_saying(conn: Connection, now: datetime, pieces: Sequence[int]) -> None:
    """These may never be said again: broadcasts that are on their way with one of them pause, for somebody to look."""
    saying = places_of(conn, "broadcast", pieces)
    active = broadcasts.c.state.in_(("scheduled", *ACTIVE))
    which = sa.and_(broadcasts.c.id.in_(saying), broadcasts.c.journey.is_(None), active)
    conn.execute(sa.update(broadcasts).where(which).values(state="paused", changed=now))
