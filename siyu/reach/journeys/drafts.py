"""Journeys as they are being written: kept, changed, copied, put away. What people walk on is a version
(``publishing.py``), which never changes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.reach.journeys.model import BYTES_MAX, Journey, check_name, check_size, parse, to_json
from siyu.reach.journeys.tables import journey_versions, journeys
from siyu.reach.limits import TITLE_CHARACTERS_MAX
from siyu.storage import BadInput, Conflict, NotFound, Stores
from siyu.storage.ledger import from_millis, to_millis

State = Literal["draft", "running", "paused", "closing", "stopped"]

STATES: dict[State, tuple[str, str]] = {
    "draft": ("草稿", "Draft"),
    "running": ("进行中", "Running"),
    "paused": ("已暂停", "Paused"),
    "closing": ("停止进人", "Closing"),
    "stopped": ("已停止", "Stopped"),
}


@dataclass(frozen=True)
class Kept:
    """A journey as it is kept. ``draft``: the document as it is being written; ``version``: the one that people come
    into, None before the first; ``changed``: what an editor gives back to say which draft it began with."""

    id: int
    name: str
    draft: Journey
    state: State
    version: int | None
    salt: str
    created: datetime
    changed: datetime
    by: str
    paused_from: State | None
    archived: datetime | None


def create(stores: Stores, by: str, draft: Journey) -> int:
    """Keep a new draft; its number. It may be unfinished. Raises :class:`BadInput`."""
    _check(draft)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        return _insert(conn, by, draft, now)


def revise(stores: Stores, journey: int, draft: Journey, seen: datetime | None = None) -> datetime:
    """Put another draft in the place of this one; its new ``changed``. ``seen``: the ``changed`` that the editor began
    with. Whoever is on their way walks on in their version.

    Raises :class:`Conflict` where somebody else was faster, or where it is archived.
    """
    _check(draft)
    with stores.ledger.write() as conn:
        found = read(conn, journey)
        check_seen(found, seen)
        check_not_archived(found)
        later = max(stores.clock.now(), found.changed + timedelta(milliseconds=1))
        changed = from_millis(to_millis(later))
        moved = conn.execute(
            sa.update(journeys)
            .where(journeys.c.id == journey, journeys.c.changed == found.changed)
            .values(name=draft.name.strip(), draft=to_json(draft), changed=changed)
        ).rowcount
        if not moved:
            raise _changed()
    return changed


def copy(stores: Stores, by: str, journey: int) -> int:
    """A new draft with the same document; nobody is in it."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        draft = read(conn, journey).draft
        name = f"{draft.name[: TITLE_CHARACTERS_MAX - 5]} · 副本"
        return _insert(conn, by, msgspec.structs.replace(draft, name=name), now)


def archive(stores: Stores, journey: int) -> None:
    """Put it away. Raises :class:`Conflict` while people may be on their way."""
    with stores.ledger.write() as conn:
        found = read(conn, journey)
        if found.state not in ("draft", "stopped"):
            raise Conflict(
                "journey_under_way",
                "这个旅程还没有停止，请先停止再归档。",
                "This journey is under way; stop it first.",
                state=found.state,
            )
        conn.execute(sa.update(journeys).where(journeys.c.id == journey).values(archived=stores.clock.now()))


def restore(stores: Stores, journey: int) -> None:
    """Bring an archived journey back."""
    with stores.ledger.write() as conn:
        read(conn, journey)
        conn.execute(sa.update(journeys).where(journeys.c.id == journey).values(archived=None))


def get(stores: Stores, journey: int) -> Kept:
    """One journey. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return read(conn, journey)


def read(conn: Connection, journey: int) -> Kept:
    """One journey, in the caller's transaction. Raises :class:`NotFound`."""
    row = conn.execute(sa.select(journeys).where(journeys.c.id == journey)).one_or_none()
    if row is None:
        raise NotFound("journey_not_found", f"没有编号为 {journey} 的旅程。", f"There is no journey {journey}.")
    return kept(row)


def kept(row: Row[Any]) -> Kept:
    return Kept(
        row.id, row.name, parse(row.draft), row.state, row.version, row.salt, row.created, row.changed, row.by,
        row.paused_from, row.archived,
    )  # fmt: skip


def document_of(stores: Stores, journey: int, version: int) -> Journey:
    """A version's document. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return read_document(conn, journey, version)


def read_document(conn: Connection, journey: int, version: int) -> Journey:
    """A version's document, in the caller's transaction. Raises :class:`NotFound`."""
    query = sa.select(journey_versions.c.document).where(
        journey_versions.c.journey == journey, journey_versions.c.version == version
    )
    found = conn.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound(
            "journey_version_not_found",
            f"旅程 {journey} 没有第 {version} 版。",
            f"Journey {journey} has no version {version}.",
        )
    return parse(found)


def check_seen(found: Kept, seen: datetime | None) -> None:
    """Raise :class:`Conflict` where the draft has changed since ``seen``."""
    if seen is not None and found.changed != seen:
        raise _changed()


def check_not_archived(found: Kept) -> None:
    """Raise :class:`Conflict` for a journey that was put away."""
    if found.archived is not None:
        raise Conflict("journey_archived", "这个旅程已归档，请先恢复。", "This journey is archived; restore it first.")


def _changed() -> Conflict:
    return Conflict(
        "journey_changed",
        "其他人刚修改过这个旅程，请刷新后再改。",
        "Somebody else has just changed this journey; reload and edit again.",
    )


def _insert(conn: Connection, by: str, draft: Journey, now: datetime) -> int:
    return conn.execute(
        sa.insert(journeys)
        .values(
            name=draft.name.strip(), draft=to_json(draft), state="draft", salt=secrets.token_hex(8), created=now,
            changed=now, by=by,
        )
        .returning(journeys.c.id)
    ).scalar_one()  # fmt: skip


def _check(draft: Journey) -> None:
    """What is refused even of a draft: all else is a problem that ``checking.py`` tells."""
    check_name(draft)
    check_size(draft)
    if len(msgspec.json.encode(draft)) > BYTES_MAX:
        raise BadInput(
            "journey_too_large",
            f"旅程文档过大，上限为 {BYTES_MAX // 1024} KB。",
            f"The document is too large; the limit is {BYTES_MAX // 1024} KB.",
        )
