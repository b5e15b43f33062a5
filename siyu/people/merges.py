"""Merging persons by hand, undoing merges, settling what was held, and the history of it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people import families
from siyu.people.families import Edge
from siyu.people.tables import conflicts, merges, own_events, people
from siyu.storage import BadInput, Conflict, NotFound, Stores, insert_into


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge as it happened. ``kept`` and ``absorbed`` are the two nodes that it joined."""

    id: int
    at: datetime
    kept: int
    absorbed: int
    cause: str  # shared_identifier, by_hand, conflict_settled, alias_call
    evidence: Mapping[str, Any]
    by: str
    undone: datetime | None
    undone_by: str | None


def kept_person(conn: Connection, person: int) -> int:
    """The kept person of a node. Raises :class:`NotFound`."""
    kept = conn.execute(sa.select(people.c.kept).where(people.c.person == person)).scalar_one_or_none()
    if kept is None:
        raise NotFound("no_person", f"没有编号为 {person} 的客户。", f"There is no person {person}.", field="person")
    return kept


def whole_of(conn: Connection, person: int) -> dict[int, list[int]]:
    """Kept person → its nodes, of the person that ``person`` belongs to. Raises :class:`NotFound`."""
    whole = families.members_of(conn, [person])
    if not whole:
        kept_person(conn, person)
    return whole


def merge(stores: Stores, by: str, one: int, other: int, note: str = "") -> int:
    """Make two persons one, by hand; the kept person's number. It overrides that they were kept apart before.

    Raises :class:`NotFound`, :class:`BadInput` (the same person), :class:`Conflict` (already one, or erased).
    """
    if one == other:
        raise BadInput("same_person", "请选择两位不同的客户。", "Choose two different persons.", field="other")
    with stores.ledger.write() as conn:
        _check_alive(conn, one, other)
        return _merge(conn, stores.clock.now(), by, one, other, "by_hand", {"note": note} if note else {})


def _check_alive(conn: Connection, *persons: int) -> None:
    for person in persons:
        kept_person(conn, person)
        if conn.execute(sa.select(people.c.gone).where(people.c.person == person)).scalar_one() is not None:
            raise Conflict("person_erased", f"客户 {person} 已被删除。", f"Person {person} has been erased.")


def _merge(
    conn: Connection, at: datetime, by: str, one: int, other: int, cause: str, evidence: Mapping[str, Any]
) -> int:
    if kept_person(conn, one) == kept_person(conn, other):
        raise Conflict("already_one", "两者已是同一位客户。", "They are one person already.")
    whole = families.members_of(conn, [one, other])
    nodes = {node for members in whole.values() for node in members}
    between = conflicts.c.low.in_(nodes) & conflicts.c.high.in_(nodes) & (conflicts.c.state != "merged")
    conn.execute(sa.update(conflicts).values(state="merged", settled=at, settled_by=by).where(between))
    families.join(conn, at, [Edge(one, other, cause, evidence)], by)
    return kept_person(conn, one)


def undo(stores: Stores, by: str, merge_id: int) -> tuple[int, int]:
    """Undo a merge: events, tags and consents go back where they belong, and the two nodes stay apart until
    somebody merges them by hand. The kept persons that the two nodes have now (equal, where another merge still
    holds them together). Raises :class:`NotFound` and :class:`Conflict` (undone before)."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        row = conn.execute(sa.select(merges).where(merges.c.id == merge_id).with_for_update()).one_or_none()
        if row is None:
            raise NotFound("no_merge", f"没有编号为 {merge_id} 的合并。", f"There is no merge {merge_id}.")
        if row.undone is not None:
            raise Conflict("already_undone", "这次合并已撤销。", "This merge has been undone already.")
        _check_alive(conn, row.kept, row.absorbed)
        conn.execute(sa.update(merges).values(undone=now, undone_by=by).where(merges.c.id == merge_id))
        families.refresh(conn, now, [row.kept, row.absorbed])
        _keep_apart(conn, now, by, row.kept, row.absorbed, {"merge": merge_id})
        conn.execute(
            sa.insert(own_events).values(
                message_id=f"merge-undone-{merge_id}",
                time=now,
                name="merge_undone",
                person=row.absorbed,
                source="siyu",
                properties={"merge": merge_id, "from": row.kept, "by": by},
            )
        )
        return kept_person(conn, row.kept), kept_person(conn, row.absorbed)


def _keep_apart(conn: Connection, at: datetime, by: str, one: int, other: int, evidence: Mapping[str, Any]) -> None:
    low, high = sorted((one, other))
    settled = {"state": "kept_apart", "settled": at, "settled_by": by}
    conn.execute(
        insert_into(conn, conflicts)
        .values(at=at, low=low, high=high, reason="undone", evidence=dict(evidence), **settled)
        .on_conflict_do_update(index_elements=["low", "high", "reason"], set_=settled)
    )


def settle(stores: Stores, by: str, conflict_id: int, decision: str) -> int:
    """Settle a held merge: ``merge`` or ``keep_apart``. The kept person of the lower node afterwards.

    It is about the two persons: whatever else is held between the same two is settled with it.

    Raises :class:`NotFound`, :class:`BadInput` and :class:`Conflict` (settled before).
    """
    if decision not in ("merge", "keep_apart"):
        raise BadInput("bad_decision", "请选择合并或保持分开。", "Choose merge or keep_apart.", field="decision")
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        row = conn.execute(sa.select(conflicts).where(conflicts.c.id == conflict_id).with_for_update()).one_or_none()
        if row is None:
            raise NotFound("no_conflict", f"没有编号为 {conflict_id} 的待裁决项。", f"No conflict {conflict_id}.")
        if row.state != "open":
            raise Conflict("already_settled", "该项已处理。", "This has been settled already.")
        if decision == "merge":
            _check_alive(conn, row.low, row.high)
            evidence = {**row.evidence, "conflict": conflict_id, "both_hold": row.reason}
            return _merge(conn, now, by, row.low, row.high, "conflict_settled", evidence)
        conn.execute(
            sa.update(conflicts)
            .values(state="kept_apart", settled=now, settled_by=by)
            .where(conflicts.c.state == "open", _between(conn, row.low, row.high))
        )
        return kept_person(conn, row.low)


def _between(conn: Connection, low: int, high: int) -> sa.ColumnElement[bool]:
    """Conflicts between any nodes of two persons, whichever has the lower number."""
    members = whole_of(conn, low) | whole_of(conn, high)
    one, other = (members[kept_person(conn, node)] for node in (low, high))
    return (conflicts.c.low.in_(one) & conflicts.c.high.in_(other)) | (
        conflicts.c.low.in_(other) & conflicts.c.high.in_(one)
    )


def history(conn: Connection, person: int) -> list[Merge]:
    """Every merge that touched any node of the person, undone ones too, newest first."""
    members = families.members_of(conn, [person])
    nodes = [node for part in members.values() for node in part]
    rows = conn.execute(
        sa.select(merges).where(merges.c.kept.in_(nodes) | merges.c.absorbed.in_(nodes)).order_by(merges.c.id.desc())
    )
    return [Merge(*row) for row in rows]
