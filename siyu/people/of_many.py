"""The product's own events about many people at once: one row for all to whom the same happened at the same moment.

A step that moves ten thousand people writes 40 kB in one row instead of ten thousand rows. The drain makes an event of
each, exactly once, as it does with ``own_events``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.segment import Incoming
from siyu.people.tables import own_events_of_many
from siyu.storage import CHUNK_ROWS, in_chunks
from siyu.storage.ledger import to_millis

SOURCE = "siyu"


def append_of_many(
    conn: Connection,
    *,
    key: str,
    name: str,
    time: datetime,
    properties: Mapping[str, Any],
    persons: Sequence[int] | npt.NDArray[np.integer],
) -> None:
    """Append one event (``name`` of ``event_names``) of each of these persons, in the transaction that makes it true.

    ``key`` is unique for ever together with each person: their message id is ``<key>-<person>``. Any number of persons,
    no one twice; none writes nothing.
    """
    packed = np.asarray(persons, dtype="<u4")
    told = {"key": key, "time": time, "name": name, "source": SOURCE, "properties": dict(properties)}
    rows = [{**told, "size": len(each), "persons": each.tobytes()} for each in in_chunks(packed, CHUNK_ROWS)]
    if rows:
        conn.execute(sa.insert(own_events_of_many), rows)


def next_of_many(conn: Connection, events_max: int) -> Sequence[sa.Row[Any]]:
    """The oldest rows that are in no batch: as many as make ``events_max`` events, one at least."""
    table = own_events_of_many.c
    free = sa.select(table.id, table.size).where(table.batch.is_(None)).order_by(table.id).limit(events_max)
    taken: list[int] = []
    events = 0
    for number, size in conn.execute(free):
        events += size
        if taken and events > events_max:
            break
        taken.append(number)
    if not taken:
        return []
    return conn.execute(sa.select(own_events_of_many).where(table.id.in_(taken)).order_by(table.id)).all()


def events_of_many(row: sa.Row[Any]) -> list[Incoming]:
    """The events that a row stands for, in its order."""
    time = to_millis(row.time)
    properties = msgspec.json.encode(row.properties).decode()
    return [
        Incoming(row.source, time, (), time, row.name, f"{row.key}-{person}", row.id, properties, node=person)
        for person in np.frombuffer(row.persons, dtype="<u4").tolist()
    ]
