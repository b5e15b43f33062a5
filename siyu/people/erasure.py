"""Erasing what is personal about somebody (PIPL article 47). The number stays, so that figures stay true.

At once, in one transaction: profile, identifiers, tags, what merges and conflicts were judged by, the wording of
consents (that and when consent was given is kept: it is the shop's proof). Then, by a durable job: the properties of
their events, and their calls inside bodies that the inbox still holds. Orders keep goods and amounts under the number.

Not reached: files that were exported, and import files as they were uploaded: the job's result lists which are left,
and they go with their retention (:mod:`siyu.people.files_left`). Alias calls in the inbox, which have no event to be
found by, go with ``inbox_days``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import enqueue, handles
from siyu.jobs.aside import forget_aside
from siyu.jobs.model import Job
from siyu.people import actions, families, segment
from siyu.people.files_left import files_left
from siyu.people.tables import batches, conflicts, consent_log, consents, identifiers, merges, people, person_tags
from siyu.people.traits import COLUMNS
from siyu.storage import Stores

Forget = Callable[[Connection, Sequence[tuple[str, str]]], object]
"""Given identifiers (kind, value) of somebody who is erased, forgets them in a table of another room."""

ForgetNodes = Callable[[Connection, datetime, Sequence[int]], object]
"""Given when, and the nodes of somebody who is erased, forgets them in a table of another room."""

_forgetting: list[Forget] = []
_forgetting_nodes: list[ForgetNodes] = []

ERASED = msgspec.json.encode({"type": segment.ERASED})
BODIES_A_STEP = 100


def also_forget(forget: Forget) -> None:
    """Have ``forget`` called, in the same transaction, whenever somebody is erased."""
    if forget not in _forgetting:
        _forgetting.append(forget)


def also_forget_nodes(forget: ForgetNodes) -> None:
    """The same for what knows somebody by number."""
    if forget not in _forgetting_nodes:
        _forgetting_nodes.append(forget)


def erase(stores: Stores, by: str, person: int) -> int:
    """Erase one person, all nodes of it; the number of the job that does the rest.

    Raises :class:`NotFound`, :class:`Conflict` (erased before).
    """
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        kept = actions.require_person(conn, person)
        nodes = families.members_of(conn, [kept])[kept]
        conn.execute(
            sa.update(people)
            .where(people.c.person.in_(nodes))
            .values(gone=now, changed=now, attributes={}, origin_staff=None, **dict.fromkeys(COLUMNS))
        )
        mine = conn.execute(sa.select(identifiers.c.kind, identifiers.c.value).where(identifiers.c.person.in_(nodes)))
        known = [(row.kind, row.value) for row in mine]
        for forget in _forgetting:
            forget(conn, known)
        for forget_nodes in _forgetting_nodes:
            forget_nodes(conn, now, nodes)
        forget_aside(conn, now, [value for _, value in known])
        for table in (identifiers, person_tags, consents):
            conn.execute(sa.delete(table).where(table.c.person.in_(nodes)))
        conn.execute(sa.update(consent_log).where(consent_log.c.person.in_(nodes)).values(evidence=""))
        _forget_reasons(conn, merges, merges.c.kept.in_(nodes) | merges.c.absorbed.in_(nodes))
        touching = conflicts.c.low.in_(nodes) | conflicts.c.high.in_(nodes)
        _forget_reasons(conn, conflicts, touching)
        conn.execute(
            sa.update(conflicts)
            .where(touching, conflicts.c.state == "open")
            .values(state="kept_apart", settled=now, settled_by=by)
        )
        families.mark_changed(conn, now, nodes)
        return enqueue(conn, "erase_events", {"nodes": nodes}, key=f"erase:{kept}", due=now)


def erased_at(stores: Stores, person: int) -> datetime:
    """When a person was erased; now, where they were not."""
    with stores.ledger.read() as conn:
        gone = conn.execute(sa.select(people.c.gone).where(people.c.person == person)).scalar_one_or_none()
    return gone or stores.clock.now()


def _forget_reasons(conn: Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> None:
    for row in conn.execute(sa.select(table.c.id, table.c.evidence).where(where)).all():
        left = {key: value for key, value in row.evidence.items() if key in ("kind", "merge", "conflict")}
        conn.execute(sa.update(table).where(table.c.id == row.id).values(evidence=left))


@handles("erase_events")
def erase_events(stores: Stores, job: Job) -> dict[str, Any]:
    """Empty the properties of erased persons' events, and take their calls out of the inbox. Doing it twice is fine."""
    nodes: list[int] = job.arguments["nodes"]
    job.progress(0, 2, "inbox")
    bodies = _erase_calls(stores, _messages(stores, nodes))
    job.progress(1, 2, "events")
    stores.events.command(
        "ALTER TABLE events UPDATE properties = '{}' WHERE person IN {nodes:Array(UInt32)} AND source != 'siyu'",
        {"nodes": nodes},
        settings={"mutations_sync": 2},
        heavy=True,
    )
    left = files_left(stores, stores.clock.now())
    files = [{"kind": each.kind, "number": each.number, "goes": each.goes.isoformat()} for each in left]
    return {"bodies": bodies, "nodes": len(nodes), "files": files}


def _messages(stores: Stores, nodes: Sequence[int]) -> dict[int, set[str]]:
    """Batch → message ids of the events of these nodes that came through the inbox."""
    rows = stores.events.rows(
        "SELECT batch, groupArray(message_id) FROM events WHERE person IN {nodes:Array(UInt32)} GROUP BY batch",
        {"nodes": list(nodes)},
    )
    return {int(batch): set(messages) for batch, messages in rows}


def _erase_calls(stores: Stores, messages: Mapping[int, set[str]]) -> int:
    with stores.ledger.read() as conn:
        spans = conn.execute(
            sa.select(batches.c.id, batches.c.first, batches.c.last).where(
                batches.c.stream == "inbox", batches.c.id.in_(sorted(messages))
            )
        ).all()
    rewritten = 0
    for batch, first, last in spans:
        place = first - 1
        while place < last and (bodies := stores.inbox.after(place, BODIES_A_STEP)):
            for body in bodies:
                left = _without(body.body, body.id, messages[batch])
                if body.id <= last and left is not None:
                    stores.inbox.rewrite(body.id, left)
                    rewritten += 1
            place = bodies[-1].id
    return rewritten


def _without(body: bytes, number: int, messages: set[str]) -> bytes | None:
    """The body with these calls taken out, their places kept; None where it has none of them."""
    document: dict[str, Any] = msgspec.json.decode(body)
    calls: list[Any] = document.get("batch", [document])
    left = [
        msgspec.Raw(ERASED) if (call.get("messageId") or f"inbox-{number}-{place}") in messages else call
        for place, call in enumerate(calls)
    ]
    if all(one is other for one, other in zip(left, calls, strict=True)):
        return None
    return msgspec.json.encode({**document, "batch": left}) if "batch" in document else ERASED
