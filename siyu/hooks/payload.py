"""What a receiver is told of an event. Read from the event log at each try, so what was erased is not sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa

from siyu.hooks.model import TEST, Delivery, Hook
from siyu.people import families
from siyu.people.event_names import named
from siyu.people.finding import identifiers_of
from siyu.people.masking import scrubbed
from siyu.people.tables import people
from siyu.people.timeline import Entry, entries_of
from siyu.storage import Stores, sent

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Line(msgspec.Struct):
    """One line of an order. Numbers are decimal texts."""

    sku: str
    title: str
    quantity: str
    price: str


class OrderTold(msgspec.Struct):
    """An order or a return: its number, its amount in the installation's currency (a decimal text), its lines."""

    number: str
    amount: str
    lines: list[Line]


class PersonTold(msgspec.Struct):
    """Whom it is about. ``id`` is their number in Siyu today; a merge may change it, ``person_merged`` tells."""

    id: int
    identifiers: dict[str, list[str]]


class EventTold(msgspec.Struct):
    """``id`` is unique within ``source``; ``received`` is when Siyu got to know."""

    id: str
    source: str
    received: Moment
    person: PersonTold
    properties: dict[str, Any]
    order: OrderTold | None = None


class Envelope(msgspec.Struct):
    """The body of a call, as Standard Webhooks recommends. ``timestamp`` is when it happened."""

    type: str
    timestamp: Moment
    data: EventTold


def bodies(stores: Stores, hook: Hook, deliveries: Sequence[Delivery], *, whole: bool) -> dict[int, bytes]:
    """Delivery → the body, for those whose event and person are still there.

    ``whole``: phones and e-mails unmasked, where the subscription asks for them.
    """
    keys = {each.id: (each.node, each.time, each.message_id) for each in deliveries if each.name != TEST}
    entries = entries_of(stores, list(keys.values()))
    persons = _persons(stores, hook, [each.node for each in deliveries if each.name != TEST], whole=whole)
    told: dict[int, bytes] = {}
    for each in deliveries:
        if each.name == TEST:
            told[each.id] = test_body(hook, each.time)
        elif (entry := entries.get(keys[each.id])) is not None and each.node in persons:
            told[each.id] = msgspec.json.encode(envelope(entry, persons[each.node], whole=whole))
    return told


def envelope(entry: Entry, person: PersonTold, *, whole: bool) -> Envelope:
    """An event as it is told; ``whole``: phones and e-mails unmasked."""
    properties = dict(entry.properties) if whole else scrubbed(dict(entry.properties))
    data = EventTold(entry.message_id, entry.source, entry.received, person, properties)
    if entry.order:
        lines = [
            Line(str(line["sku"]), str(line["title"]), _plain(line["quantity"]), _plain(line["price"]))
            for line in entry.lines
        ]
        data.order = OrderTold(entry.order, _plain(entry.amount), lines)
    return Envelope(entry.name, entry.time, data)


def test_body(hook: Hook, at: datetime) -> bytes:
    """What a test send says: no person's data."""
    data = {"hook": hook.id, "name": hook.name, "events": list(hook.events)}
    return msgspec.json.encode({"type": TEST, "timestamp": at, "data": data})


def example(name: str) -> Envelope:
    """A made-up event of this name, for the reference."""
    shown = dict.fromkeys(named(name).shown, "…")
    at = datetime.fromisoformat("2026-11-22T06:05:00+00:00")
    told = EventTold("m-1", "web", at, PersonTold(12, {"user_id": ["u-12"]}), dict[str, Any](shown))
    if name.startswith("order_"):
        told.order = OrderTold("A-1001", "128.00", [Line("L-01", "口红", "1", "128.00")])
    return Envelope(name, at, told)


def _persons(stores: Stores, hook: Hook, nodes: Sequence[int], *, whole: bool) -> dict[int, PersonTold]:
    """Node → the person it is today; without the erased."""
    if not nodes:
        return {}
    with stores.ledger.read() as conn:
        members = families.members_of(conn, nodes)
        kept_of = {node: kept for kept, part in members.items() for node in part}
        asked = sent(conn, person=(sa.BigInteger, list(members)))
        gone = set(
            conn.execute(
                sa.select(people.c.person)
                .join(asked, asked.c.person == people.c.person)
                .where(people.c.gone.is_not(None))
            ).scalars()
        )
        held = identifiers_of(conn, list(kept_of), whole=whole) if hook.identifiers else []
    told = {kept: PersonTold(kept, {}) for kept in members if kept not in gone}
    for each in held:
        person = told.get(kept_of[each.node])
        if person is not None and each.kind.partition(":")[0] in hook.identifiers:
            person.identifiers.setdefault(each.kind, []).append(each.value if whole else scrubbed(each.value))
    return {node: told[kept] for node, kept in kept_of.items() if kept in told}


def _plain(number: Any) -> str:
    text = format(Decimal(number), "f")
    whole, dot, part = text.partition(".")
    return whole + dot + part.rstrip("0").ljust(2, "0") if dot else text


def schema() -> Mapping[str, Any]:
    """JSON Schema of the body."""
    return msgspec.json.schema(Envelope)
