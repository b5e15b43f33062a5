"""From any number down: its people, their events, and the source record of each event.

Everything here reads a :class:`Relation`, the same text that the number itself was read from, so the rows listed
always add up to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from msgspec import Meta, Struct

from siyu.insight.period import aware, checked_zone
from siyu.insight.relation import Relation
from siyu.insight.report import read_parameters
from siyu.insight.reports import report_named
from siyu.people.tables import batches, imports
from siyu.storage import NotFound, Stores
from siyu.storage.eventlog_schema import PERSON
from siyu.storage.ledger import to_millis

PAGE_MAX = 500
MARK_CHARACTERS = 16
INBOX_ROWS_MAX = 20_000
"""Bodies of a batch that are searched for one event: a batch holds fewer."""


class Added(Struct, frozen=True):
    """What the listed rows add up to."""

    people: int
    events: int
    amount: Annotated[Decimal, Meta(description="Sum of the events' amounts, returns counted positive")]


class TracedPerson(Struct, frozen=True):
    person: int
    events: int
    amount: Decimal
    first: datetime
    last: datetime


class TracedEvent(Struct, frozen=True):
    """One event; ``node`` is the identity that it came with, ``person`` who that is today."""

    person: int
    node: int
    time: datetime
    name: str
    message_id: str
    source: str
    batch: int
    record: int
    order: str
    amount: Decimal

    @property
    def mark(self) -> str:
        """What an address says instead of ``message_id``, which is the shop's own text and may hold a phone."""
        return hashlib.sha256(self.message_id.encode()).hexdigest()[:MARK_CHARACTERS]


class SourceRecord(Struct, frozen=True):
    """Where an event came from. ``kind``: import (a row of a file), inbox (a body sent to the HTTP API), own (the
    product's own action), unknown (the batch is not on record)."""

    kind: str
    zh: str
    en: str
    batch: int
    stored: datetime | None = None
    import_id: int | None = None
    file_name: str | None = None
    rows: list[int] = msgspec.field(default_factory=list[int])
    inbox_id: int | None = None
    received: datetime | None = None
    body: Any = None


def relation_of(stores: Stores, report: str, parameters: dict[str, Any], cell: str, zone: str) -> Relation:
    """The events behind one number of a report. Raises :class:`BadInput` or :class:`NotFound`."""
    found = report_named(report)
    return found.cell(stores, read_parameters(found, parameters), checked_zone(zone), cell)


def added_up(stores: Stores, relation: Relation) -> Added:
    """What the rows add up to."""
    people, events, amount = stores.events.row(
        f"SELECT groupBitmap(kept), count(), sum(amount) FROM ({relation.sql})", relation.parameters, heavy=True
    )
    return Added(people, events, Decimal(amount))


def people(stores: Stores, relation: Relation, *, page: int = 0, limit: int = 50) -> list[TracedPerson]:
    """The people, those with the largest amount (then the most events) first."""
    found = stores.events.rows(
        "SELECT kept, count() AS events, sum(amount) AS total, min(time), max(time) "
        f"FROM ({relation.sql}) GROUP BY kept ORDER BY total DESC, events DESC, kept "
        f"LIMIT {_limit(limit)} OFFSET {_offset(page, limit)}",
        relation.parameters,
        heavy=True,
    )
    return [
        TracedPerson(person, count, amount, aware(first), aware(last)) for person, count, amount, first, last in found
    ]


def events(
    stores: Stores,
    relation: Relation,
    *,
    person: int | None = None,
    page: int = 0,
    limit: int = 50,
) -> list[TracedEvent]:
    """The events, newest first, of everybody or of one person."""
    only = "" if person is None else f"WHERE kept = {int(person)}"
    found = stores.events.rows(
        "SELECT kept, node, time, name, message_id, source, batch, record, `order`, amount "
        f"FROM ({relation.sql}) {only} ORDER BY time DESC, message_id "
        f"LIMIT {_limit(limit)} OFFSET {_offset(page, limit)}",
        relation.parameters,
        heavy=True,
    )
    return [_event(row) for row in found]


def _event(row: Sequence[Any]) -> TracedEvent:
    person, node, time, *rest = row
    return TracedEvent(person, node, aware(time), *rest)


def _limit(limit: int) -> int:
    return max(1, min(int(limit), PAGE_MAX))


def _offset(page: int, limit: int) -> int:
    return max(0, min(int(page), 100_000)) * _limit(limit)


def event_at(stores: Stores, node: int, time: datetime, mark: str) -> tuple[TracedEvent, list[int]]:
    """One event by its place in the log and its mark, and the rows of the file that its order lines came from.

    Raises :class:`NotFound`.
    """
    found = stores.events.rows(
        f"SELECT {PERSON} AS kept, person, time, name, message_id, source, batch, record, `order`, amount, lines.row "
        "FROM events WHERE person = {node:UInt32} "
        f"AND time = fromUnixTimestamp64Milli({to_millis(time)}) "
        f"AND substring(lower(hex(SHA256(message_id))), 1, {MARK_CHARACTERS}) = {{mark:String}} LIMIT 1",
        {"node": node, "mark": mark},
    )
    if not found:
        raise NotFound("no_such_event", "没有这条事件。", "There is no such event.")
    *columns, rows = found[0]
    return _event(columns), sorted(rows)


def record_of(stores: Stores, event: TracedEvent, rows: list[int]) -> SourceRecord:
    """The source record of an event: file and row, body in the inbox, or the product's own action."""
    with stores.ledger.read() as conn:
        batch = conn.execute(sa.select(batches).where(batches.c.id == event.batch)).one_or_none()
        if batch is None:
            return SourceRecord("unknown", "没有这一批数据的记录。", "There is no record of this batch.", event.batch)
        stream, _, number = batch.stream.partition(":")
        if stream == "import" and number.isdigit():
            return _import_record(conn, event, rows, int(number), batch.stored)
    if stream == "inbox":
        return _inbox_record(stores, event, batch.first, batch.last, batch.stored)
    return SourceRecord(
        "own",
        f"由系统自己的操作产生，编号 {event.message_id}。",
        f"Made by the product's own action, number {event.message_id}.",
        event.batch,
        batch.stored,
    )


def _import_record(
    conn: sa.Connection, event: TracedEvent, rows: list[int], number: int, stored: datetime | None
) -> SourceRecord:
    name = conn.execute(sa.select(imports.c.file_name).where(imports.c.id == number)).scalar_one_or_none() or "?"
    known = rows or [event.record]
    said = ", ".join(map(str, known[:20])) + (" …" if len(known) > 20 else "")
    return SourceRecord(
        "import",
        f"来自导入 {number}：文件 {name} 的第 {said} 行。",
        f"From import {number}: file {name}, row {said}.",
        event.batch,
        stored,
        import_id=number,
        file_name=name,
        rows=known,
    )


def _inbox_record(stores: Stores, event: TracedEvent, first: int, last: int, stored: datetime | None) -> SourceRecord:
    needle = event.message_id.encode()
    for row in stores.inbox.after(first - 1, INBOX_ROWS_MAX):
        if row.id > last:
            break
        if row.source == event.source and needle in row.body:
            return SourceRecord(
                "inbox",
                f"来自 HTTP 接口：收件箱第 {row.id} 条。",
                f"From the HTTP API: body {row.id} of the inbox.",
                event.batch,
                stored,
                inbox_id=row.id,
                received=row.received,
                body=_part_of(row.body, event.message_id),
            )
    return SourceRecord(
        "inbox",
        "来自 HTTP 接口；原始报文已过保存期，不再保留。",
        "From the HTTP API; the body itself is past its retention and no longer kept.",
        event.batch,
        stored,
    )


def _part_of(body: bytes, message_id: str) -> Any:
    """The one call inside a body: a batch holds many people's."""
    whole: Any = msgspec.json.decode(body)
    if isinstance(whole, dict) and isinstance(whole.get("batch"), list):
        calls = [each for each in whole["batch"] if isinstance(each, dict) and each.get("messageId") == message_id]
        return calls[0] if calls else None
    return whole
