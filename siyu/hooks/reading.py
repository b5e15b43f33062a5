"""From the event log to deliveries: each subscription reads what happens from its own place.

The event log is the queue. Only a window of it (``WAITING_MAX``) lies in the ledger as deliveries, so that a receiver
that is away for days costs nothing but its place. Deliveries are written in the transaction that moves the place:
after a crash nothing is missing and nothing is there twice, and an event read again (a replay) meets its own
``webhook-id``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.audiences import queries as audiences
from siyu.audiences.context import moment
from siyu.audiences.filters import Filter
from siyu.audiences.sql import Query
from siyu.audiences.states import contains_sql
from siyu.hooks.model import EVERY, Hook, event_id
from siyu.hooks.tables import hook_deliveries, hooks
from siyu.people import news
from siyu.people.moments import aware
from siyu.people.news import Piece
from siyu.people.tables import people
from siyu.storage import NotFound, Stores, insert_into, sent
from siyu.storage.eventlog_schema import PERSON

WAITING_MAX = 10_000
"""Deliveries of one subscription in the ledger that have not been settled; above half of it nothing is read."""

READ_MAX = WAITING_MAX // 2
BATCHES_A_READ = 500

Position = tuple[int, int, int, str, int]
"""Where in the batches: place, milliseconds, record, message id, node."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One event that is meant, and its position."""

    position: Position
    name: str
    time: datetime
    source: str
    person: int

    @property
    def message_id(self) -> str:
        return self.position[3]

    @property
    def node(self) -> int:
        return self.position[4]


def read_on(stores: Stores, hook: Hook) -> int:
    """Read the next events of a subscription into deliveries; how many. Nothing while many wait already."""
    with stores.ledger.read() as conn:
        if waiting(conn, hook.id) > WAITING_MAX - READ_MAX:
            return 0
    pieces = news.pieces_after(stores, hook.place, BATCHES_A_READ)
    if not pieces:
        return 0
    wanted = [piece for piece in pieces if hook.imports or not piece.stream.startswith("import:")]
    found = _events(stores, hook, wanted) if wanted else []
    whole = len(found) < READ_MAX
    place = pieces[-1].place if whole else found[-1].position[0] - 1
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        moved = conn.execute(
            sa.update(hooks)
            .where(hooks.c.id == hook.id, hooks.c.place == hook.place, hooks.c.round == hook.round)
            .where(hooks.c.removed.is_(None))
            .values(place=place, within=sa.null() if whole else list(found[-1].position))
        ).rowcount
        if moved and found:
            _write(conn, hook, _alive(conn, found), now)
    return len(found) if moved else 0


def waiting(conn: Connection, hook: int) -> int:
    """How many deliveries of a subscription are not settled."""
    return conn.execute(
        sa.select(sa.func.count())
        .select_from(hook_deliveries)
        .where(hook_deliveries.c.hook == hook, hook_deliveries.c.state.in_(["waiting", "sending"]))
    ).scalar_one()


def _write(conn: Connection, hook: Hook, found: Sequence[_Found], now: datetime) -> None:
    columns = hook_deliveries.c
    rows = [
        {
            "hook": hook.id,
            "event": event_id(hook.id, each.source, each.message_id, each.node, each.name),
            "name": each.name,
            "person": each.person,
            "node": each.node,
            "time": each.time,
            "message_id": each.message_id,
            "state": "waiting",
            "round": hook.round,
            "due": now,
            "read": now,
        }
        for each in found
    ]
    if not rows:
        return
    new = insert_into(conn, hook_deliveries)
    again = {name: new.excluded[name] for name in ("state", "round", "due")}
    settled_before = sa.and_(columns.round < new.excluded.round, columns.settled.is_not(None))
    conn.execute(
        new.on_conflict_do_update(
            index_elements=[columns.hook, columns.event],
            set_={**again, "tries": 0, "settled": sa.null()},
            where=settled_before,
        ),
        rows,
    )


def _alive(conn: Connection, found: Sequence[_Found]) -> list[_Found]:
    """Without those who have been erased."""
    asked = sent(conn, person=(sa.BigInteger, sorted({each.node for each in found})))
    alive = set(
        conn.execute(
            sa.select(people.c.person)
            .join(asked, asked.c.person == people.c.person)
            .where(people.c.gone.is_(None))
        ).scalars()
    )  # fmt: skip
    return [each for each in found if each.node in alive]


def _events(stores: Stores, hook: Hook, pieces: Sequence[Piece]) -> list[_Found]:
    query = Query(moment(stores))
    query.parameters |= {"batches": [piece.batch for piece in pieces], "places": [piece.place for piece in pieces]}
    where = ["batch IN {batches:Array(UInt64)}"]
    if EVERY not in hook.events:
        where.append(f"has({query.texts(hook.events)}, name)")
    where += [each.sql(query) for each in filters_of(hook)]
    if hook.audience is not None:
        where.append(_of_audience(stores, hook.audience))
    if hook.within is not None:
        place, millis, record, message, node = hook.within
        query.parameters |= {"place": place, "millis": millis, "record": record, "message": message, "node": node}
        where.append(
            "(place, millis, record, message_id, person) > "
            "({place:UInt64}, {millis:Int64}, {record:UInt32}, {message:String}, {node:UInt32})"
        )
    rows = stores.events.rows(
        f"WITH {{places:Array(UInt64)}}[indexOf({{batches:Array(UInt64)}}, batch)] AS place, "
        "toUnixTimestamp64Milli(time) AS millis "
        f"SELECT place, millis, record, message_id, person, name, time, source, {PERSON} AS kept "
        f"FROM events WHERE {' AND '.join(where)} "
        f"ORDER BY place, millis, record, message_id, person LIMIT {READ_MAX}",
        query.parameters,
    )
    return [_Found(row[:5], row[5], aware(row[6]), row[7], int(row[8])) for row in rows]


def filters_of(hook: Hook) -> list[Filter]:
    """The filters that a subscription narrows its events by."""
    return msgspec.convert(list(hook.where), list[Filter])


def _of_audience(stores: Stores, number: int) -> str:
    """SQL: what happens to members, as last computed; entering and leaving is of the audience itself."""
    try:
        state = audiences.get(stores, number).state
    except NotFound:
        state = None
    member = "0" if state is None else contains_sql(number, state, PERSON)
    own = f"(ifNull(properties.audience.:Int64, 0) = {int(number)})"
    return f"if(name IN ('audience_entered', 'audience_left'), {own}, {member})"
