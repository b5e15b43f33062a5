"""Personas kept by staff, who speaks as whom, and what of scripts and pieces is not what they would say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from siyu.channels.media import require_media
from siyu.content.personas.model import Draft, Finding, Persona, check, checked, unfit
from siyu.content.personas.tables import persona_speakers, personas
from siyu.content.pieces import reading
from siyu.content.pieces.model import KINDS, Asked, Piece
from siyu.storage import BadInput, NotFound, Stores

PERSONAS_MAX = 200
SPEAKERS_MAX = 5_000
LOOKED_AT_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Drift:
    """A piece that says what its persona would not."""

    piece: Piece
    field: str
    findings: Sequence[Finding]


def list_personas(stores: Stores, *, archived: bool = False) -> list[Persona]:
    """All of them, by name."""
    query = sa.select(personas).order_by(personas.c.name)
    query = query.where(personas.c.archived.is_not(None) if archived else personas.c.archived.is_(None))
    with stores.ledger.read() as conn:
        return [_persona(row) for row in conn.execute(query).mappings()]


def get_persona(stores: Stores, persona: int) -> Persona:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return _one(conn, persona)


def add_persona(stores: Stores, by: str, draft: Draft) -> Persona:
    """Raises :class:`BadInput` by field."""
    draft = checked(draft)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(sa.func.count()).select_from(personas)).scalar_one() >= PERSONAS_MAX:
            zh, en = f"最多 {PERSONAS_MAX} 个人设。", f"At most {PERSONAS_MAX} personas."
            raise BadInput("personas_too_many", zh, en, field="name")
        _check(conn, draft, None)
        values = {**_columns(draft), "created": now, "changed": now, "by": by}
        return _one(conn, conn.execute(sa.insert(personas).values(values).returning(personas.c.id)).scalar_one())


def change_persona(stores: Stores, persona: int, draft: Draft) -> Persona:
    """All of it anew. Raises :class:`BadInput`, :class:`NotFound`."""
    draft = checked(draft)
    with stores.ledger.write() as conn:
        _one(conn, persona)
        _check(conn, draft, persona)
        values = {**_columns(draft), "changed": stores.clock.now()}
        conn.execute(sa.update(personas).where(personas.c.id == persona).values(values))
        return _one(conn, persona)


def archive(stores: Stores, persona: int, *, archived: bool) -> Persona:
    """Offer it no more, or again. Raises :class:`NotFound`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        _one(conn, persona)
        values = {"archived": now if archived else None, "changed": now}
        conn.execute(sa.update(personas).where(personas.c.id == persona).values(values))
        return _one(conn, persona)


def set_speakers(stores: Stores, by: str, persona: int, account: int, members: Sequence[str]) -> None:
    """Who of an account speaks as this persona from now on; whoever spoke as another changes. Raises
    :class:`NotFound`, :class:`BadInput`."""
    if len(members) > SPEAKERS_MAX:
        raise unfit("members", f"最多 {SPEAKERS_MAX} 人", f"At most {SPEAKERS_MAX}")
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        _one(conn, persona)
        table = persona_speakers.c
        before = sa.and_(table.account == account, sa.or_(table.persona == persona, table.member.in_(list(members))))
        conn.execute(sa.delete(persona_speakers).where(before))
        rows = [
            {"account": account, "member": each, "persona": persona, "at": now, "by": by}
            for each in dict.fromkeys(members)
        ]
        if rows:
            conn.execute(sa.insert(persona_speakers), rows)


def speakers_of(stores: Stores, persona: int) -> dict[int, list[str]]:
    """Account → who of it speaks as this persona."""
    table = persona_speakers.c
    query = sa.select(table.account, table.member).where(table.persona == persona).order_by(table.account, table.member)
    found: dict[int, list[str]] = {}
    with stores.ledger.read() as conn:
        for row in conn.execute(query):
            found.setdefault(row.account, []).append(row.member)
    return found


def persona_of(stores: Stores, account: int, member: str) -> Persona | None:
    """As whom a member of staff speaks."""
    mine = sa.and_(persona_speakers.c.account == account, persona_speakers.c.member == member)
    joined = personas.join(persona_speakers, persona_speakers.c.persona == personas.c.id)
    query = sa.select(personas).select_from(joined).where(mine, personas.c.archived.is_(None))
    with stores.ledger.read() as conn:
        row = conn.execute(query).mappings().one_or_none()
    return None if row is None else _persona(row)


def drifting(stores: Stores, persona: Persona) -> list[Drift]:
    """Scripts and pieces of this persona (and of nobody in particular, where there is one persona alone) whose newest
    version says what they would not."""
    alone = len(list_personas(stores)) == 1
    pieces = {
        each.id: each
        for each in reading.list_pieces(stores, Asked(holder=""), rows_max=LOOKED_AT_MAX)
        if each.draft.persona == persona.id or (each.draft.persona is None and alone)
    }
    bodies = reading.newest_bodies(stores, list(pieces))
    found: list[Drift] = []
    for number, body in bodies.items():
        for field in KINDS[pieces[number].draft.kind].fields:
            if field.kind in ("line", "text") and field.name != "asked" and body.get(field.name):
                findings = check(body[field.name], persona.draft)
                if findings:
                    found.append(Drift(pieces[number], field.name, findings))
    return found


def _check(conn: Connection, draft: Draft, itself: int | None) -> None:
    named = conn.execute(sa.select(personas.c.id).where(personas.c.name == draft.name)).scalar()
    if named is not None and named != itself:
        raise unfit("name", "已有同名的人设", "Another persona has this name")
    if draft.portrait:
        require_media(conn, {"portrait": (draft.portrait, "image")})


def _one(conn: Connection, persona: int) -> Persona:
    row = conn.execute(sa.select(personas).where(personas.c.id == persona)).mappings().one_or_none()
    if row is None:
        raise NotFound("persona_not_found", "没有这个人设。", "There is no such persona.")
    return _persona(row)


def _persona(row: RowMapping) -> Persona:
    values: Mapping[str, Any] = {
        name: tuple(row[name]) if isinstance(row[name], list) else row[name] for name in Draft.__dataclass_fields__
    }
    kept = {name: row[name] for name in Persona.__dataclass_fields__ if name != "draft"}
    return Persona(draft=Draft(**values), **kept)


def _columns(draft: Draft) -> dict[str, Any]:
    values = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
