"""Whose a device is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.visitors.tables import visitor_devices
from siyu.people.tables import people
from siyu.storage import Prepared, Stores, insert_into

WhenBound = Callable[[Connection, datetime, Mapping[str, int]], None]
"""What is done in the transaction that binds devices (→ nodes) for the first time."""

_when_bound: list[WhenBound] = []

_DEVICE, _NODE = visitor_devices.c, people.c
_BOUND = Prepared(
    lambda asked: sa.select(_DEVICE.device, _DEVICE.person).where(_DEVICE.device.in_(sa.select(asked.c.device))),
    asked={"device": sa.Text},
)
_KEPT = Prepared(
    lambda asked: sa.select(_NODE.person, _NODE.kept).where(_NODE.person.in_(sa.select(asked.c.person))),
    asked={"person": sa.BigInteger},
)


def when_bound(act: WhenBound) -> None:
    """Have ``act`` called whenever devices are bound."""
    if act not in _when_bound:
        _when_bound.append(act)


def bound(conn: Connection, devices: Sequence[str]) -> dict[str, int]:
    """Device → node, of those that are known."""
    return dict(zip(*_BOUND.gathered(conn, asked={"device": devices}), strict=True))


def kept(conn: Connection, nodes: Iterable[int]) -> dict[int, int]:
    """Node → who it was merged into; nodes that are not there are left out."""
    wanted = sorted(set(nodes))
    if not wanted:
        return {}
    return dict(zip(*_KEPT.gathered(conn, asked={"person": wanted}), strict=True))


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
        there = bound(conn, [device]).get(device)
        whose = kept(conn, [node] if there is None else [node, there])
        theirs = there is not None and whose.get(there) == whose[node]
        if theirs:
            _make_sure(conn, device, mark)
            _tell(conn, now, {device: node})
        return theirs


def _make_sure(conn: Connection, device: str, mark: str) -> None:
    """A device that was theirs by a weaker word is theirs by their link, unless that was opened elsewhere before."""
    used = sa.select(visitor_devices.c.device).where(visitor_devices.c.link == mark).limit(1)
    if conn.execute(used).first() is None:
        unsure = sa.and_(visitor_devices.c.device == device, visitor_devices.c.link.is_(None))
        conn.execute(sa.update(visitor_devices).where(unsure).values(link=mark))


def _tell(conn: Connection, at: datetime, devices: Mapping[str, int]) -> None:
    for act in _when_bound:
        act(conn, at, devices)
