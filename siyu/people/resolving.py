"""Resolving claims to nodes: look up, decide in memory, write by set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people import families
from siyu.people.families import Edge
from siyu.people.identity import Claim, Identifier, policy_of, rank_of
from siyu.people.tables import changed_people, conflicts, identifiers, people
from siyu.storage import BadInput, gathered, in_chunks, insert_into, sent
from siyu.storage.ledger import Instant, to_millis

_RESOLVING_LOCK = 0x51595531
"""PostgreSQL advisory lock: one resolution at a time, or two could make the same person twice."""


class Family:
    """What is known about one person while deciding: members and what would hold a merge."""

    __slots__ = ("apart", "known", "nodes", "singles")

    def __init__(self, nodes: Iterable[int]) -> None:
        self.nodes: list[int] = list(nodes)
        self.singles: set[str] = set()  # kinds of which one may have one, and this one has
        self.known = False  # holds a strong identifier
        self.apart: set[int] = set()  # nodes that a human has kept apart from this person


class Resolution:
    """Holds the state of one run. New nodes have negative numbers until they are written."""

    def __init__(self, conn: Connection, now: datetime, source: str, by: str) -> None:
        self._conn = conn
        self._now = now
        self._source = source
        self._by = by
        self._node: dict[Identifier, int] = {}
        self._fresh: dict[Identifier, None] = {}
        self._families: dict[int, Family] = {}  # node → its family, shared by all its members
        self._made: dict[int, list[str]] = {}  # new node → kinds it holds, as long as nobody asked for its family
        self._new_nodes = 0
        self._edges: list[Edge] = []
        self._held: dict[tuple[int, int, str], Mapping[str, Any]] = {}

    def run(self, claims: Sequence[Claim], evidence: Sequence[Mapping[str, Any] | None]) -> list[int]:
        if self._conn.dialect.name == "postgresql":
            self._conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_RESOLVING_LOCK)))
        self._look_up(claims)
        nodes = [
            self._place_single(claim[0])
            if len(claim) == 1
            else self._place(claim, evidence[place] if evidence else None)
            for place, claim in enumerate(claims)
        ]
        return self._write(nodes)

    # --- look up

    def _look_up(self, claims: Sequence[Claim]) -> None:
        of_kind: dict[str, dict[str, Identifier]] = {}
        for identifier in dict.fromkeys(chain.from_iterable(claims)):
            of_kind.setdefault(identifier.kind, {})[identifier.value] = identifier
        for kind, of_value in of_kind.items():
            for part in in_chunks(list(of_value)):
                asked = sent(self._conn, value=(sa.Text, part))
                # A scalar subquery, because of a join SQLite may begin at the wrong end (all identifiers of the kind).
                matching = sa.and_(identifiers.c.kind == kind, identifiers.c.value == asked.c.value)
                node = sa.select(identifiers.c.person).where(matching).scalar_subquery()
                values, nodes = gathered(self._conn, sa.select(asked.c.value, node.label("node")))
                found = zip(values, nodes, strict=True)
                self._node.update((of_value[value], node) for value, node in found if node is not None)
        several = [claim for claim in claims if len(claim) > 1]
        self._load_families({node for claim in several for node in self._open_questions(claim)})

    def _open_questions(self, claim: Claim) -> Iterable[int]:
        """Nodes about whose family this claim may have to decide: none where it says nothing new."""
        nodes = {self._node.get(identifier) for identifier in claim}
        return () if len(nodes) == 1 else (node for node in nodes if node is not None)

    def _load_families(self, nodes: set[int]) -> None:
        for part in in_chunks(sorted(nodes)):
            members = families.members_of(self._conn, part)
            for kept_nodes in members.values():
                family = Family(kept_nodes)
                for node in kept_nodes:
                    self._families[node] = family
        for part in in_chunks(sorted(self._families)):
            asked = sent(self._conn, person=(sa.BigInteger, part))
            held = self._conn.execute(
                sa.select(identifiers.c.person, identifiers.c.kind)
                .distinct()
                .select_from(asked.join(identifiers, identifiers.c.person == asked.c.person))
            )
            for person, kind in held:
                self._hold(self._families[person], kind)
            for low, high in families.kept_apart_pairs(self._conn, part):
                if low in self._families:
                    self._families[low].apart.add(high)
                if high in self._families:
                    self._families[high].apart.add(low)

    @staticmethod
    def _hold(family: Family, kind: str) -> None:
        policy = policy_of(kind)
        family.known = family.known or policy.strong
        if policy.single:
            family.singles.add(kind)

    # --- decide

    def _family(self, node: int) -> Family:
        """Made on demand for new nodes: in a first import nearly nobody asks."""
        family = self._families.get(node)
        if family is None:
            family = self._families[node] = Family((node,))
            for kind in self._made.pop(node):
                self._hold(family, kind)
        return family

    def _place(self, claim: Claim, evidence: Mapping[str, Any] | None) -> int:
        if not claim:
            raise BadInput("no_identifier", "没有任何身份标识。", "There is no identifier.")
        ordered = sorted(claim, key=lambda identifier: rank_of(identifier.kind))
        assigned = [(identifier, self._node.get(identifier)) for identifier in ordered]
        first = assigned[0][1]
        if first is not None and all(node == first for _, node in assigned):
            return first
        primary = self._primary(assigned)
        for identifier, node in assigned:
            if node is None:
                self._assign(identifier, primary)
        for identifier, node in assigned:
            if node is not None and node != primary:
                self._join(primary, node, identifier, evidence)
        return self._node[ordered[0]]

    def _place_single(self, identifier: Identifier) -> int:
        node = self._node.get(identifier)
        if node is None:
            node = self._new_node()
            self._assign(identifier, node)
        return node

    def _primary(self, assigned: Sequence[tuple[Identifier, int | None]]) -> int:
        """The node of the best identifier that has one; a weak one only speaks where nobody else is known on it, and
        one that is worse evidence than a new single identifier only for a person who has no other of that kind."""
        strong = False
        new_singles: set[str] = set()
        for identifier, node in assigned:
            policy = policy_of(identifier.kind)
            if node is None:
                new_singles |= {identifier.kind} if policy.single else set()
            elif policy.strong or not strong or not self._family(node).known:
                clashes = bool(new_singles) and not new_singles.isdisjoint(self._family(node).singles)
                if not clashes:
                    return node
            strong = strong or policy.strong
        return self._new_node()

    def _new_node(self) -> int:
        self._new_nodes += 1
        return -self._new_nodes

    def _assign(self, identifier: Identifier, node: int) -> None:
        self._node[identifier] = node
        self._fresh[identifier] = None
        family = self._families.get(node)
        if family is None:
            self._made.setdefault(node, []).append(identifier.kind)
        else:
            self._hold(family, identifier.kind)

    def _join(self, a: int, b: int, identifier: Identifier, evidence: Mapping[str, Any] | None) -> None:
        one, other = self._family(a), self._family(b)
        if one is other:
            return
        if not policy_of(identifier.kind).strong and (other.known or not one.known):
            return  # a device shared by two known persons, or two visitors, proves nothing
        if not one.apart.isdisjoint(other.nodes) or not other.apart.isdisjoint(one.nodes):
            return
        about = {"kind": identifier.kind, "value": identifier.value, "source": self._source, **(evidence or {})}
        clash = one.singles & other.singles
        if clash:
            for kind in sorted(clash):
                self._held.setdefault((a, b, kind), about)
            return
        self._edges.append(Edge(a, b, str(about.pop("cause", "shared_identifier")), about))
        self._unite(one, other)

    def _unite(self, one: Family, other: Family) -> None:
        if len(one.nodes) < len(other.nodes):
            one, other = other, one
        one.singles |= other.singles
        one.known = one.known or other.known
        one.apart |= other.apart
        one.nodes += other.nodes
        for node in other.nodes:
            self._families[node] = one

    # --- write

    def _write(self, nodes: list[int]) -> list[int]:
        if not self._fresh and not self._edges and not self._held:
            return nodes
        numbers = self._write_people()
        self._write_identifiers(numbers)
        real = {-place: number for place, number in enumerate(numbers, start=1)}
        self._write_conflicts(real)
        if self._edges:
            edges = [
                Edge(real.get(edge.kept, edge.kept), real.get(edge.absorbed, edge.absorbed), edge.cause, edge.evidence)
                for edge in self._edges
            ]
            families.join(self._conn, self._now, edges, self._by)
        return [real[node] if node < 0 else node for node in nodes]

    def _write_people(self) -> Sequence[int]:
        numbers = self._free_numbers(self._new_nodes)
        for part in in_chunks(numbers):
            asked = sent(self._conn, person=(sa.BigInteger, part))
            moment = sa.literal(self._now, Instant)
            self._conn.execute(
                sa.insert(people).from_select(
                    ["person", "kept", "created", "changed", "origin_source", "attributes"],
                    sa.select(
                        asked.c.person,
                        asked.c.person,
                        moment,
                        moment,
                        sa.literal(self._source),
                        sa.literal({}, people.c.attributes.type),
                    ),
                )
            )
            self._conn.execute(
                sa.insert(changed_people).from_select(["person", "at"], sa.select(asked.c.person, moment))
            )
        return numbers

    def _free_numbers(self, count: int) -> Sequence[int]:
        if not count:
            return []
        if self._conn.dialect.name == "sqlite":  # one writer, and persons are never deleted
            last = self._conn.execute(sa.select(sa.func.max(people.c.person))).scalar_one() or 0
            return range(last + 1, last + 1 + count)
        taken = sa.select(sa.func.nextval("people_person_seq")).select_from(sa.func.generate_series(1, count))
        return sorted(self._conn.execute(taken).scalars())

    def _write_identifiers(self, numbers: Sequence[int]) -> None:
        since = to_millis(self._now)
        for part in in_chunks(sorted(self._fresh)):
            node_of = [self._node[identifier] for identifier in part]
            asked = sent(
                self._conn,
                kind=(sa.Text, [identifier.kind for identifier in part]),
                value=(sa.Text, [identifier.value for identifier in part]),
                person=(sa.BigInteger, [node if node > 0 else numbers[-node - 1] for node in node_of]),
            )
            self._conn.execute(
                sa.insert(identifiers).from_select(
                    ["kind", "value", "person", "since", "source"],
                    sa.select(
                        asked.c.kind,
                        asked.c.value,
                        asked.c.person,
                        sa.literal(since, sa.BigInteger),
                        sa.literal(self._source),
                    ),
                )
            )
            known = sorted({node for node in node_of if node > 0})
            if known:
                families.mark_changed(self._conn, self._now, known)

    def _write_conflicts(self, real: Mapping[int, int]) -> None:
        if not self._held:
            return
        rows: list[dict[str, Any]] = []
        for (a, b, kind), evidence in self._held.items():
            low, high = sorted((real.get(a, a), real.get(b, b)))
            rows.append(
                {"at": self._now, "low": low, "high": high, "reason": kind, "evidence": evidence, "state": "open"}
            )
        self._conn.execute(insert_into(self._conn, conflicts).on_conflict_do_nothing(), rows)


def resolve(
    conn: Connection,
    now: datetime,
    source: str,
    claims: Sequence[Claim],
    evidence: Sequence[Mapping[str, Any] | None] = (),
    by: str = "system",
) -> list[int]:
    """The node of each claim, in order; persons and identifiers that are new are made, and nodes that turn out
    to be one person are merged (or the merge is held as a conflict). All by set, in the caller's transaction:
    give at most ``CHUNK_ROWS`` claims at a time.

    The claims are read in order, as if one at a time. An empty claim is refused with :class:`BadInput`.
    ``evidence``, where given, has one entry per claim; it is kept with a merge that the claim causes
    (``{"cause": "alias_call"}`` there names another cause than ``shared_identifier``).
    """
    return Resolution(conn, now, source, by).run(claims, evidence)
