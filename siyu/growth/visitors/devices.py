"""Whose a device is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.visitors.tables import visitor_devices
from siyu.people.tables import people
from siyu.storage import Stores, gathered, insert_into, sent

WhenBound = Callable[[Connection, datetime, Mapping[str, int]], None]
"""What is done in the transaction that binds devices (→ nodes) for the first time."""

_when_bound: list[WhenBound] = []


def when_bound(act: WhenBound) -> None:
    """Have ``act`` called whenever devices are bound."""
    if act not in _when_bound:
        _when_bound.append(act)


def bound(conn: Connection, devices: Sequence[str]) -> dict[str, int]:
    """Device → node, of those that are known."""
    asked = sent(conn, device=(sa.Text, list(devices)))
    known = visitor_devices.c
    query = sa.select(known.device, known.person).where(known.device.in_(sa.select(asked.c.device)))
    return dict(zip(*gathered(conn, query), strict=True))


def kept(conn: Connection, nodes: Iterable[int]) -> dict[int, int]:
    """Node → who it was merged into; nodes that are not there are left out."""
    wanted = sorted(set(nodes))
    if not wanted:
        return {}
    query = sa.select(people.c.person, people.c.kept).where(people.c.person.in_(wanted))
    return {row.person: row.kept for row in conn.execute(query)}


def person_of(stores: Stores, device: str) -> int | None:
    """The kept person a device belongs to."""
    query = sa.select(people.c.kept).join(visitor_devices, visitor_devices.c.person == people.c.person)
    with stores.ledger.read() as conn:
        return conn.execute(query.where(visitor_devices.c.device == device)).scalar()


def bind(conn: Connection, devices: Mapping[str, int], at: datetime, *, sure: bool = False) -> None:
    """These devices belong to these nodes. One that belongs to somebody stays theirs, unless this is ``sure`` and what
    was known was not."""
    rows = [{"device": device, "person": node, "at": at, "sure": sure} for device, node in sorted(devices.items())]
    if not rows:
        return
    adding = insert_into(conn, visitor_devices)
    if sure:
        told = {name: adding.excluded[name] for name in ("person", "at", "sure")}
        unsure = visitor_devices.c.sure.is_(False)
        putting = adding.on_conflict_do_update(index_elements=["device"], set_={**told, "link": None}, where=unsure)
    else:
        putting = adding.on_conflict_do_nothing()
    conn.execute(putting, rows)
    _tell(conn, at, devices)


def bind_by_link(stores: Stores, device: str, node: int, mark: str) -> bool:
    """Bind a device by a link made for one person. Whether it is theirs now: not where the link was opened elsewhere
    before, the device is somebody else's, or that person is gone."""
    with stores.ledger.write() as conn:
        if not kept(conn, [node]):
            return False
        now = stores.clock.now()
        row = {"device": device, "person": node, "at": now, "link": mark}
        conn.execute(insert_into(conn, visitor_devices).values(row).on_conflict_do_nothing())
        theirs = bound(conn, [device]).get(device) == node
        if theirs:
            _tell(conn, now, {device: node})
        return theirs


def _tell(conn: Connection, at: datetime, devices: Mapping[str, int]) -> None:
    for act in _when_bound:
        act(conn, at, devices)
