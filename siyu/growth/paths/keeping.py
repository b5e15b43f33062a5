"""Entry paths kept by staff, and the channel states of who goes one."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.audiences.conditions.sequence import Step
from siyu.growth.codes import reading
from siyu.growth.codes.tables import code_targets
from siyu.growth.paths.model import EntryPath, PathDraft, checked
from siyu.growth.paths.tables import entry_paths
from siyu.growth.touchpoints import keeping as touchpoints
from siyu.growth.ways.tables import wecom_ways
from siyu.storage import BadInput, NotFound, Stores

ROWS_MAX = 200
_VIEW = [entry_paths.c[name] for name in EntryPath.__dataclass_fields__]


def list_paths(stores: Stores) -> list[EntryPath]:
    """All there are (at most ``ROWS_MAX``), the newest first."""
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(*_VIEW).order_by(entry_paths.c.id.desc()).limit(ROWS_MAX))
        return [_path(row) for row in rows]


def get_path(stores: Stores, path: int) -> EntryPath:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return _one(conn, path)


def add_path(stores: Stores, by: str, draft: PathDraft) -> EntryPath:
    """Raises :class:`BadInput`, :class:`NotFound` (its touchpoint or live code)."""
    values = _values(stores, draft)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(sa.func.count()).select_from(entry_paths)).scalar_one() >= ROWS_MAX:
            raise BadInput("paths_many", f"最多 {ROWS_MAX} 条路径。", f"At most {ROWS_MAX} paths.", field="name")
        made = sa.insert(entry_paths).values(**values, created=now, changed=now, by=by)
        return _path(conn.execute(made.returning(*_VIEW)).one())


def change_path(stores: Stores, path: int, draft: PathDraft) -> EntryPath:
    """All of it anew. Raises :class:`BadInput`, :class:`NotFound`."""
    values = _values(stores, draft)
    with stores.ledger.write() as conn:
        _one(conn, path)
        values["changed"] = stores.clock.now()
        conn.execute(sa.update(entry_paths).where(entry_paths.c.id == path).values(values))
        return _one(conn, path)


def remove_path(stores: Stores, path: int) -> EntryPath:
    """It is looked at no more; nothing that happened is lost. Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        found = _one(conn, path)
        conn.execute(sa.delete(entry_paths).where(entry_paths.c.id == path))
        return found


def states_on(stores: Stores, path: EntryPath) -> list[str] | None:
    """The channel states of who goes it; None where everybody does. An empty list: nothing leads to it yet."""
    if path.touchpoint is not None:
        return sorted(state for state, of in touchpoints.states_of(stores).items() if of == path.touchpoint)
    if path.code is None:
        return None
    joined = code_targets.join(wecom_ways, wecom_ways.c.id == code_targets.c.way)
    query = sa.select(wecom_ways.c.state).select_from(joined).where(code_targets.c.code == path.code)
    with stores.ledger.read() as conn:
        return sorted(set(conn.execute(query).scalars()))


def codes_on(stores: Stores, path: EntryPath) -> list[int]:
    """The live codes of which the scans lead to it."""
    if path.code is not None:
        return [path.code]
    if path.touchpoint is None:
        return []
    marks = touchpoints.marks_of(stores).get(path.touchpoint, [])
    return [int(mark.value) for mark in marks if mark.kind == "code"]


def _values(stores: Stores, draft: PathDraft) -> dict[str, Any]:
    ready = checked(draft)
    if ready.touchpoint is not None:
        touchpoints.get_touchpoint(stores, ready.touchpoint)
    if ready.code is not None:
        reading.get_code(stores, ready.code)
    values: dict[str, Any] = {name: getattr(ready, name) for name in PathDraft.__dataclass_fields__}
    return values | {"steps": msgspec.to_builtins(list(ready.steps))}


def _one(conn: Connection, path: int) -> EntryPath:
    row = conn.execute(sa.select(*_VIEW).where(entry_paths.c.id == path)).one_or_none()
    if row is None:
        raise NotFound("no_path", f"没有编号为 {path} 的入池路径。", f"There is no entry path {path}.")
    return _path(row)


def _path(row: Row[Any]) -> EntryPath:
    values: dict[str, Any] = dict(zip(EntryPath.__dataclass_fields__, row, strict=True))
    values["steps"] = tuple(msgspec.convert(values["steps"], list[Step]))
    return EntryPath(**values)
