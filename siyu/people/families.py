"""Nodes that are one person: the graph of merges, and everything that follows from it.

The active rows of ``merges`` are the edges of a graph of nodes; a connected part is one person, its lowest node
is the kept one. Everything else (``people.kept``, tags and consents shown under the kept person) is worked out
from that graph and from what each node holds itself, so the order of merges and undos can't matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people import inheritance
from siyu.people.tables import changed_people, conflicts, merges, own_events, people
from siyu.storage import sent
from siyu.storage.ledger import Instant

Tell = Callable[[Connection, Sequence[int]], object]
"""Given all nodes of persons that were joined or parted."""

_told: list[Tell] = []


def also_told(tell: Tell) -> None:
    """Have ``tell`` called, in the same transaction, whenever persons are joined or parted: for rooms above that keep
    something by kept person."""
    if tell not in _told:
        _told.append(tell)


class Edge(NamedTuple):
    """Two nodes that are one person, and why."""

    kept: int
    absorbed: int
    cause: str
    evidence: Mapping[str, Any]


def members_of(conn: Connection, nodes: Iterable[int]) -> dict[int, list[int]]:
    """Kept person → all nodes of the persons that ``nodes`` (at most ``CHUNK_ROWS``) belong to, lowest first."""
    asked = sent(conn, person=(sa.BigInteger, sorted(set(nodes))))
    kept = sa.select(people.c.kept).distinct().select_from(asked.join(people, people.c.person == asked.c.person))
    found: dict[int, list[int]] = defaultdict(list)
    for person, kept_person in conn.execute(
        sa.select(people.c.person, people.c.kept).where(people.c.kept.in_(kept)).order_by(people.c.person)
    ):
        found[kept_person].append(person)
    return found


def kept_apart_pairs(conn: Connection, nodes: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of nodes that a human keeps apart, where one of them is among ``nodes``."""
    asked = sa.select(sent(conn, person=(sa.BigInteger, nodes)).c.person)
    return [
        (low, high)
        for low, high in conn.execute(
            sa.select(conflicts.c.low, conflicts.c.high).where(
                conflicts.c.state == "kept_apart", conflicts.c.low.in_(asked) | conflicts.c.high.in_(asked)
            )
        )
    ]


def mark_changed(conn: Connection, at: datetime, persons: Sequence[int]) -> None:
    """Have the event log's rows of these persons (nodes or kept) written anew."""
    if persons:
        asked = sent(conn, person=(sa.BigInteger, list(persons)))
        conn.execute(
            sa.insert(changed_people).from_select(["person", "at"], sa.select(asked.c.person, sa.literal(at, Instant)))
        )


def join(conn: Connection, at: datetime, edges: Sequence[Edge], by: str) -> None:
    """Record merges and let everything follow."""
    rows = [
        {
            "at": at,
            "kept": min(edge.kept, edge.absorbed),
            "absorbed": max(edge.kept, edge.absorbed),
            "cause": edge.cause,
            "evidence": dict(edge.evidence),
            "by": by,
        }
        for edge in edges
    ]
    numbers = conn.execute(sa.insert(merges).returning(merges.c.id, sort_by_parameter_order=True), rows).scalars().all()
    refresh(conn, at, {node for edge in edges for node in (edge.kept, edge.absorbed)})
    conn.execute(
        sa.insert(own_events),
        [
            {
                "message_id": f"merge-{number}",
                "time": at,
                "name": "person_merged",
                "person": row["absorbed"],
                "source": "siyu",
                "properties": {"merge": number, "with": row["kept"], "cause": row["cause"], "by": by},
            }
            for number, row in zip(numbers, rows, strict=True)
        ],
    )


def refresh(conn: Connection, at: datetime, nodes: Iterable[int]) -> None:
    """Work out anew the persons that ``nodes`` belong to or now join, and what they inherit."""
    touched = sorted({node for family in members_of(conn, nodes).values() for node in family})
    parts = connected(touched, _active_edges(conn, touched))
    kept = {node: part[0] for part in parts for node in part}
    asked = sent(conn, person=(sa.BigInteger, list(kept)), kept=(sa.BigInteger, list(kept.values())))
    conn.execute(
        sa.update(people)
        .values(kept=asked.c.kept)
        .where(people.c.person == asked.c.person, people.c.kept != asked.c.kept)
    )
    inheritance.refresh(conn, parts)
    mark_changed(conn, at, touched)
    for tell in _told:
        tell(conn, touched)


def _active_edges(conn: Connection, nodes: Sequence[int]) -> list[tuple[int, int]]:
    asked = sa.select(sent(conn, person=(sa.BigInteger, nodes)).c.person)
    return [
        (kept, absorbed)
        for kept, absorbed in conn.execute(
            sa.select(merges.c.kept, merges.c.absorbed).where(
                merges.c.undone.is_(None), merges.c.kept.in_(asked), merges.c.absorbed.in_(asked)
            )
        )
    ]


def connected(nodes: Iterable[int], edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The connected parts of a graph, each in ascending order (union-find with path halving)."""
    parent = {node: node for node in nodes}

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in edges:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    parts: dict[int, list[int]] = defaultdict(list)
    for node in sorted(parent):
        parts[root(node)].append(node)
    return list(parts.values())
