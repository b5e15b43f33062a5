"""A platform's word on whose a device is: what was done on it while nobody was known becomes theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.visitors import devices
from siyu.growth.visitors.anonymous import SOURCE, mark_of
from siyu.growth.visitors.tables import visitor_devices
from siyu.people.identity import Claim, normalise
from siyu.people.resolving import resolve
from siyu.storage import Stores, sent

Named = tuple[tuple[str, str], ...]
"""Identifiers of a person: kind, value."""


def recognise(stores: Stores, device: str, named: Named) -> bool:
    """This person uses this device. Whether it is theirs now: not where it surely is somebody else's."""
    with stores.ledger.hurry(), stores.ledger.write() as conn:
        return device in recognise_all(conn, stores.clock.now(), {device: named})


def recognise_all(conn: Connection, now: datetime, told: Mapping[str, Named], *, certain: bool = True) -> set[str]:
    """The same of many (device → who they are), in the caller's transaction; the devices that are theirs now. Without
    being ``certain`` only a device on which nobody is known yet becomes theirs."""
    whose, sure = _known(conn, list(told))
    claims: list[Claim] = []
    for device, named in told.items():
        claim = tuple(normalise(kind, value) for kind, value in named)
        claims.append((*claim, mark_of(device)) if device in whose and device not in sure else claim)
    nodes = dict(zip(told, resolve(conn, now, SOURCE, claims), strict=True))
    devices.bind(conn, {device: node for device, node in nodes.items() if device not in sure}, now, sure=certain)
    after = devices.bound(conn, list(told))
    kept = devices.kept(conn, [*nodes.values(), *after.values()])
    return {device for device, node in nodes.items() if kept.get(after[device]) == kept[node]}


def _known(conn: Connection, marks: Sequence[str]) -> tuple[dict[str, int], set[str]]:
    """Device → node, and those of which it is sure."""
    asked = sa.select(sent(conn, device=(sa.Text, list(marks))).c.device)
    query = sa.select(visitor_devices).where(visitor_devices.c.device.in_(asked))
    rows = conn.execute(query).all()
    return {row.device: row.person for row in rows}, {row.device for row in rows if row.sure}
