"""One batch of events on its way: which orders are new, whose events they are, and their columns in the event log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.identity import Claim, Identifier
from siyu.people.orders import ZERO, Order
from siyu.people.resolving import resolve
from siyu.people.segment import Incoming
from siyu.people.tables import identifiers, order_keys
from siyu.storage import insert_into, sent


@dataclass(frozen=True, slots=True)
class Batch:
    """Numbers ``first`` to ``last`` of a stream; ``id`` is 0 before it is opened."""

    id: int
    stream: str
    first: int
    last: int


def claim_orders(conn: Connection, batch: int, rows: list[Incoming]) -> list[Incoming]:
    """Leave out orders that are stored already, ever. A return without a number of its own may come in parts, so
    only its message id tells it apart."""
    keyed = [(place, key) for place, row in enumerate(rows) if row.order is not None and (key := _order_key(row))]
    wanted = {key: place for place, key in reversed(keyed)}
    if not wanted:
        return rows
    asked = sent(
        conn,
        source=(sa.Text, [key[0] for key in wanted]),
        order=(sa.Text, [key[1] for key in wanted]),
        kind=(sa.Text, [key[2] for key in wanted]),
    )
    claimed = sa.select(asked.c.source, asked.c.order, asked.c.kind, sa.literal(batch)).where(sa.true())
    conn.execute(
        insert_into(conn, order_keys)
        .from_select(["source", "order", "kind", "batch"], claimed)
        .on_conflict_do_nothing()
    )
    keys = order_keys.c
    mine = conn.execute(
        sa.select(keys.source, keys.order, keys.kind)
        .join_from(
            asked,
            order_keys,
            sa.and_(keys.source == asked.c.source, keys.order == asked.c.order, keys.kind == asked.c.kind),
        )
        .where(keys.batch == batch)
    )
    dropped = {place for place, _ in keyed} - {wanted[tuple(key)] for key in mine}
    return [row for place, row in enumerate(rows) if place not in dropped] if dropped else rows


def release_orders(conn: Connection, batch: int, rows: Sequence[Incoming]) -> None:
    """Give up what this batch claimed of orders that it does not store after all."""
    claimed = [key for row in rows if row.order is not None and (key := _order_key(row))]
    if not claimed:
        return
    keys = order_keys.c
    gone = sent(
        conn,
        source=(sa.Text, [key[0] for key in claimed]),
        order=(sa.Text, [key[1] for key in claimed]),
        kind=(sa.Text, [key[2] for key in claimed]),
    )
    same = sa.and_(keys.source == gone.c.source, keys.order == gone.c.order, keys.kind == gone.c.kind)
    conn.execute(sa.delete(order_keys).where(keys.batch == batch, sa.exists().where(same)))


def _order_key(row: Incoming) -> tuple[str, str, str] | None:
    order = row.order
    if order is None:
        return None
    if row.name == "order_paid":
        return row.source, order.number, "paid"
    return (row.source, f"{order.number}/{order.refund}", "returned") if order.refund else None


def resolve_nodes(conn: Connection, now: datetime, rows: Sequence[Incoming]) -> None:
    """Give each row that has none its node."""
    by_source: dict[str, list[Incoming]] = {}
    for row in rows:
        if not row.node:
            by_source.setdefault(row.source, []).append(row)
    for source, of_source in by_source.items():
        renamed = _known_users(conn, of_source)
        claims = [row.claim if row.previous is None else _claim(row, renamed) for row in of_source]
        evidence = [_evidence(row) if len(claim) > 1 else None for row, claim in zip(of_source, claims, strict=True)]
        for row, node in zip(of_source, resolve(conn, now, source, claims, evidence), strict=True):
            row.node = node


def _evidence(row: Incoming) -> dict[str, str]:
    """What is kept of an event with a merge that it causes."""
    told = {"message_id": row.message_id}
    return told if row.previous is None else {"cause": "alias_call", **told}


def _known_users(conn: Connection, rows: Sequence[Incoming]) -> set[str]:
    """Previous ids of alias calls that are user ids; the others are devices."""
    previous = {row.previous for row in rows if row.previous is not None}
    if not previous:
        return set()
    known = conn.execute(
        sa.select(identifiers.c.value).where(
            identifiers.c.kind == "user_id",
            identifiers.c.value.in_(sa.select(sent(conn, value=(sa.Text, sorted(previous))).c.value)),
        )
    ).scalars()
    named = {identifier.value for row in rows for identifier in row.claim if identifier.kind == "user_id"}
    return set(known) | (previous & named)


def _claim(row: Incoming, known_users: set[str]) -> Claim:
    previous = row.previous or ""
    other = Identifier("user_id" if previous in known_users else "anonymous_id", previous)
    return tuple(dict.fromkeys((*row.claim, other)))


def columns_of(batch: int, rows: Sequence[Incoming]) -> dict[str, Sequence[Any]]:
    """The columns that every event has."""
    return {
        "person": [row.node for row in rows],
        "time": [row.time for row in rows],
        "name": [row.name for row in rows],
        "message_id": [row.message_id for row in rows],
        "received": [row.received for row in rows],
        "source": [row.source for row in rows],
        "batch": [batch] * len(rows),
        "record": [row.record & 0xFFFFFFFF for row in rows],
        "properties": [row.properties for row in rows],
    }


def order_columns_of(orders: Sequence[Order | None]) -> Mapping[str, Sequence[Any]]:
    """The columns of orders and returns beside those."""
    lines = [order.lines if order else () for order in orders]
    return {
        "order": [order.number if order else "" for order in orders],
        "amount": [order.amount if order else ZERO for order in orders],
        "lines.row": [[line.row for line in each] for each in lines],
        "lines.sku": [[line.sku for line in each] for each in lines],
        "lines.title": [[line.title for line in each] for each in lines],
        "lines.category": [[line.category for line in each] for each in lines],
        "lines.quantity": [[line.quantity for line in each] for each in lines],
        "lines.price": [[line.price for line in each] for each in lines],
    }
