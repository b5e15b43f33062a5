"""Touchpoints kept by staff: made, changed, put away; what belongs to them; what was spent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from siyu.growth.campaigns.tables import campaigns
from siyu.growth.codes.tables import code_targets, live_codes
from siyu.growth.touchpoints.model import (
    NUMBERED,
    Cost,
    Mark,
    Touchpoint,
    checked_cost,
    checked_kind,
    checked_marks,
    checked_name,
    checked_note,
)
from siyu.growth.touchpoints.tables import touchpoint_costs, touchpoint_marks, touchpoints
from siyu.growth.ways.tables import wecom_ways
from siyu.storage import BadInput, Conflict, NotFound, Stores

ROWS_MAX = 500
COSTS_MAX = 2_000
_VIEW = [touchpoints.c[name] for name in Touchpoint.__dataclass_fields__]
_COST = [touchpoint_costs.c[name] for name in Cost.__dataclass_fields__]


def list_touchpoints(stores: Stores, *, archived: bool = False) -> list[Touchpoint]:
    """All there are (at most ``ROWS_MAX``), by name; with ``archived``, those put away too."""
    query = sa.select(*_VIEW).order_by(touchpoints.c.name).limit(ROWS_MAX)
    if not archived:
        query = query.where(touchpoints.c.archived.is_(None))
    with stores.ledger.read() as conn:
        return [Touchpoint(*row) for row in conn.execute(query)]


def get_touchpoint(stores: Stores, touchpoint: int) -> Touchpoint:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return _one(conn, touchpoint)


def add_touchpoint(
    stores: Stores, by: str, name: str, kind: str, note: str = "", marks: Sequence[Mark] = ()
) -> Touchpoint:
    """Raises :class:`BadInput`, :class:`Conflict` (the name is another's, or a mark is)."""
    now = stores.clock.now()
    values: dict[str, Any] = {"name": checked_name(name), "kind": checked_kind(kind), "note": checked_note(note)}
    values |= {"created": now, "changed": now, "by": by}
    wanted = checked_marks(marks)
    with stores.ledger.write() as conn:
        _room_for_one(conn)
        _name_free(conn, values["name"], None)
        number = conn.execute(sa.insert(touchpoints).values(values).returning(touchpoints.c.id)).scalar_one()
        _put_marks(conn, number, wanted)
        return _one(conn, number)


def change_touchpoint(
    stores: Stores, touchpoint: int, name: str, kind: str, note: str, marks: Sequence[Mark]
) -> Touchpoint:
    """All of it anew; ``marks`` are those that it has from now on. Raises :class:`BadInput`, :class:`NotFound`,
    :class:`Conflict`."""
    values: dict[str, Any] = {"name": checked_name(name), "kind": checked_kind(kind), "note": checked_note(note)}
    values["changed"] = stores.clock.now()
    wanted = checked_marks(marks)
    with stores.ledger.write() as conn:
        _one(conn, touchpoint)
        _name_free(conn, values["name"], touchpoint)
        conn.execute(sa.update(touchpoints).where(touchpoints.c.id == touchpoint).values(values))
        _put_marks(conn, touchpoint, wanted)
        return _one(conn, touchpoint)


def archive_touchpoint(stores: Stores, touchpoint: int, *, archived: bool) -> Touchpoint:
    """Offer it no more, or again; its figures stay. Raises :class:`NotFound`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = _one(conn, touchpoint)
        if (found.archived is not None) is not archived:
            values = {"archived": now if archived else None, "changed": now}
            conn.execute(sa.update(touchpoints).where(touchpoints.c.id == touchpoint).values(values))
        return _one(conn, touchpoint)


def marks_of(stores: Stores) -> dict[int, list[Mark]]:
    """Touchpoint → what belongs to it, in order."""
    query = sa.select(touchpoint_marks).order_by(touchpoint_marks.c.kind, touchpoint_marks.c.value)
    found: dict[int, list[Mark]] = {}
    with stores.ledger.read() as conn:
        for row in conn.execute(query):
            found.setdefault(row.touchpoint, []).append(Mark(row.kind, row.value))
    return found


def states_of(stores: Stores) -> dict[str, int]:
    """Channel state → touchpoint, of all that come back with who came: states, codes at WeCom, live codes by the codes
    at WeCom behind them. What names a code most closely goes first; a code at WeCom behind several live codes belongs
    to the first of them."""
    mark = touchpoint_marks.c
    wide = sa.select(live_codes.c.id, wecom_ways.c.state).select_from(
        live_codes.join(code_targets, code_targets.c.code == live_codes.c.id).join(
            wecom_ways, wecom_ways.c.id == code_targets.c.way
        )
    )
    found: dict[str, int] = {}
    with stores.ledger.read() as conn:
        known = {(row.kind, row.value): row.touchpoint for row in conn.execute(sa.select(touchpoint_marks))}
        codes = sorted(int(value) for kind, value in known if kind == "code")
        for code, state in conn.execute(wide.where(live_codes.c.id.in_(codes)).order_by(live_codes.c.id)):
            found.setdefault(state, known["code", str(code)])
        ways = sorted(int(value) for kind, value in known if kind == "way")
        for way, state in conn.execute(sa.select(wecom_ways.c.id, wecom_ways.c.state).where(wecom_ways.c.id.in_(ways))):
            found[state] = known["way", str(way)]
        rows = conn.execute(sa.select(mark.value, mark.touchpoint).where(mark.kind == "state"))
        return found | {row.value: row.touchpoint for row in rows}


def texts_of(stores: Stores, kind: str) -> dict[str, int]:
    """``utm`` or ``campaign``: text → touchpoint."""
    mark = touchpoint_marks.c
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(mark.value, mark.touchpoint).where(mark.kind == kind))
        return {row.value: row.touchpoint for row in rows}


def add_cost(stores: Stores, by: str, touchpoint: int, first: date, last: date, yuan: Decimal, note: str = "") -> Cost:
    """Money spent over these days. Raises :class:`BadInput`, :class:`NotFound`."""
    values: dict[str, Any] = {"cents": checked_cost(first, last, yuan), "note": checked_note(note)}
    values |= {"touchpoint": touchpoint, "first": first, "last": last, "at": stores.clock.now(), "by": by}
    with stores.ledger.write() as conn:
        _one(conn, touchpoint)
        many = sa.select(sa.func.count()).where(touchpoint_costs.c.touchpoint == touchpoint)
        if conn.execute(many).scalar_one() >= COSTS_MAX:
            raise BadInput("costs_many", f"最多 {COSTS_MAX} 笔花费。", f"At most {COSTS_MAX} costs.", field="amount")
        return Cost(*conn.execute(sa.insert(touchpoint_costs).values(values).returning(*_COST)).one())


def remove_cost(stores: Stores, touchpoint: int, cost: int) -> Cost:
    """It was written down wrongly. Raises :class:`NotFound`."""
    table = touchpoint_costs.c
    which = sa.delete(touchpoint_costs).where(table.touchpoint == touchpoint, table.id == cost).returning(*_COST)
    with stores.ledger.write() as conn:
        row = conn.execute(which).one_or_none()
    if row is None:
        raise NotFound("no_cost", f"没有编号为 {cost} 的花费。", f"There is no cost {cost}.")
    return Cost(*row)


def costs_of(stores: Stores, touchpoint: int | None = None) -> dict[int, list[Cost]]:
    """Touchpoint → its costs, the newest first."""
    query = sa.select(*_COST).order_by(touchpoint_costs.c.first.desc(), touchpoint_costs.c.id.desc())
    if touchpoint is not None:
        query = query.where(touchpoint_costs.c.touchpoint == touchpoint)
    found: dict[int, list[Cost]] = {}
    with stores.ledger.read() as conn:
        for row in conn.execute(query):
            found.setdefault(row.touchpoint, []).append(Cost(*row))
    return found


def _one(conn: Connection, touchpoint: int) -> Touchpoint:
    row = conn.execute(sa.select(*_VIEW).where(touchpoints.c.id == touchpoint)).one_or_none()
    if row is None:
        raise NotFound("no_touchpoint", f"没有编号为 {touchpoint} 的触点。", f"There is no touchpoint {touchpoint}.")
    return Touchpoint(*row)


def _room_for_one(conn: Connection) -> None:
    if conn.execute(sa.select(sa.func.count()).select_from(touchpoints)).scalar_one() >= ROWS_MAX:
        raise BadInput(
            "touchpoints_many", f"最多 {ROWS_MAX} 个触点。", f"At most {ROWS_MAX} touchpoints.", field="name"
        )


def _name_free(conn: Connection, name: str, mine: int | None) -> None:
    other = conn.execute(sa.select(touchpoints.c.id).where(touchpoints.c.name == name)).scalar()
    if other not in (None, mine):
        raise Conflict("touchpoint_name_taken", "已有同名触点。", "Another touchpoint has this name.", field="name")


def _put_marks(conn: Connection, touchpoint: int, wanted: Sequence[Mark]) -> None:
    table = touchpoint_marks.c
    query = sa.select(table.kind, table.value).where(table.touchpoint == touchpoint)
    before = {Mark(*row) for row in conn.execute(query)}
    for gone in sorted(before - set(wanted)):
        conn.execute(sa.delete(touchpoint_marks).where(table.kind == gone.kind, table.value == gone.value))
    new = [mark for mark in wanted if mark not in before]
    for mark in new:
        _is_there(conn, mark)
        query = sa.select(touchpoints.c.name).join(touchpoint_marks, table.touchpoint == touchpoints.c.id)
        owner = conn.execute(query.where(table.kind == mark.kind, table.value == mark.value)).scalar()
        if owner is not None:
            raise _taken(mark, owner)
    if new:
        rows = [{"kind": mark.kind, "value": mark.value, "touchpoint": touchpoint} for mark in new]
        try:
            conn.execute(sa.insert(touchpoint_marks), rows)
        except IntegrityError as error:  # another took one of them meanwhile
            raise _taken(new[0], "") from error


def _taken(mark: Mark, owner: str) -> Conflict:
    return Conflict(
        "mark_taken",
        f"“{mark.value}”已归在触点“{owner}”名下。" if owner else "其中有的刚被归到另一个触点。",
        f"{mark.value!r} belongs to the touchpoint {owner!r}." if owner else "One of them was taken by another.",
        field=mark.kind,
    )


def _is_there(conn: Connection, mark: Mark) -> None:
    table = {"code": live_codes, "way": wecom_ways, "campaign": campaigns}.get(mark.kind)
    if table is None:
        return
    column = table.c.id if mark.kind in NUMBERED else table.c.slug
    value: int | str = int(mark.value) if mark.kind in NUMBERED else mark.value
    if conn.execute(sa.select(column).where(column == value)).first() is None:
        raise BadInput(
            "mark_unknown",
            f"没有“{mark.value}”。",
            f"There is no {mark.value!r}.",
            field=mark.kind,
        )
