"""Saying who brought whom: once, for ever.

Facts are kept between nodes and never changed, as events are; what they mean for persons (merged or not) is worked out
by :mod:`siyu.growth.referral.counting`. Only somebody who is in no tree is brought, so no circle can come about.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.referral.tables import kin_changes, referrals
from siyu.people.actions import append_own
from siyu.people.tables import people
from siyu.storage import CHUNK_ROWS, Stores, sent

LOCK = 0x51595546
"""Key of PostgreSQL's advisory lock: the graph grows in one transaction at a time."""

State = Literal["brought", "same", "taken", "self", "in_tree", "unknown"]
STATES: Mapping[str, tuple[str, str]] = {
    "brought": ("已记录", "Kept"),
    "same": ("已有相同记录", "Known already"),
    "taken": ("已由别人带来，先到者为准", "Somebody else brought them before"),
    "self": ("不能推荐自己", "Nobody brings themselves"),
    "in_tree": ("对方已带来过别人，不是新客户", "They have brought others themselves: not new"),
    "unknown": ("没有这位客户，或已删除", "There is no such person, or they were erased"),
}


@dataclass(frozen=True, slots=True)
class Bringing:
    """``inviter`` brought ``person`` (numbers of nodes) at ``at``."""

    person: int
    inviter: int
    at: datetime
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of one. ``inviter``: who counts as the one that brought them, where anybody does."""

    person: int
    inviter: int | None
    state: State


def bring(conn: Connection, by: str, source: str, bringings: Sequence[Bringing]) -> list[Brought]:
    """Keep who brought whom (at most ``CHUNK_ROWS``), in the order given; what became of each.

    In the caller's transaction, with what made it true. Whether somebody is new is the caller's to know, beyond that
    nobody who was brought before, or who brought others, is brought again.
    """
    if len(bringings) > CHUNK_ROWS:
        raise ValueError("too many at once")
    lock(conn)
    known = _Known.read(conn, [node for each in bringings for node in (each.person, each.inviter)])
    answers: list[Brought] = []
    new: list[Bringing] = []
    for each in bringings:
        state = known.judge(each)
        if state == "brought":
            new.append(each)
        answers.append(Brought(each.person, known.inviter_of(each.person), state))
    if new:
        _keep(conn, by, source, new, known)
    return answers


def first_seen(conn: Connection, nodes: Collection[int]) -> dict[int, datetime]:
    """Node (at most ``CHUNK_ROWS``) → when we first saw its person, by any node of it. Nobody who is gone."""
    known = _Known.read(conn, list(nodes))
    return {node: known.since[known.kept[node]] for node in nodes if node in known.kept}


def newcomers(conn: Connection, invited: Mapping[int, datetime]) -> set[int]:
    """Of these nodes with the moment each was invited: those whom we first saw then or later."""
    seen = first_seen(conn, invited)
    return {node for node, at in invited.items() if node in seen and seen[node] >= at}


def lock(conn: Connection) -> None:
    """The graph, for this transaction alone. (SQLite has one writer.)"""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))


def invite(conn: Connection, at: datetime, invitations: Sequence[tuple[str, int, str]]) -> None:
    """Tell that persons invited somebody: (message id unique for ever, person, campaign)."""
    rows = [
        {"message_id": key, "time": at, "name": "invited", "person": person, "properties": {"campaign": campaign}}
        for key, person, campaign in invitations
    ]
    append_own(conn, rows)


def mark(conn: Connection, nodes: Sequence[int]) -> None:
    """Have what stands below these nodes, and above, worked out anew."""
    if nodes:
        asked = sent(conn, person=(sa.BigInteger, list(nodes)))
        names = ["person", "parted"]
        conn.execute(sa.insert(kin_changes).from_select(names, sa.select(asked.c.person, sa.false())))


def mark_granted(conn: Connection, nodes: Sequence[int]) -> None:
    """The same, of those that are in the graph: money was granted to them, or taken back."""
    _mark_known(conn, nodes, parted=False)


def mark_parted(conn: Connection, nodes: Sequence[int]) -> None:
    """The same, of those that are in the graph: they became one with others, or were parted from them."""
    _mark_known(conn, nodes, parted=True)


def _mark_known(conn: Connection, nodes: Sequence[int], *, parted: bool) -> None:
    asked = sent(conn, person=(sa.BigInteger, list(nodes)))
    brings = sa.exists().where(referrals.c.inviter == asked.c.person)
    came = sa.exists().where(referrals.c.person == asked.c.person)
    known = sa.select(asked.c.person, sa.literal(parted)).where(brings | came)
    conn.execute(sa.insert(kin_changes).from_select(["person", "parted"], known))


@dataclass
class _Known:
    """Of some nodes: their person, when they came, who brought them, and whether they brought others."""

    kept: dict[int, int]
    since: dict[int, datetime]
    inviters: dict[int, int]  # kept person → the inviter's kept person
    inviting: set[int]

    @classmethod
    def read(cls, conn: Connection, nodes: Sequence[int]) -> _Known:
        asked = sent(conn, person=(sa.BigInteger, sorted(set(nodes))))
        own = people.alias()
        rows = conn.execute(
            sa.select(own.c.person, own.c.kept)
            .join(asked, asked.c.person == own.c.person)
            .join(people, people.c.person == own.c.kept)
            .where(people.c.gone.is_(None))
        )
        kept = {row.person: row.kept for row in rows}
        whole = sent(conn, person=(sa.BigInteger, sorted(set(kept.values()))))
        family = people.join(whole, whole.c.person == people.c.kept)
        since: dict[int, datetime] = {}
        for person, created in conn.execute(sa.select(people.c.kept, people.c.created).select_from(family)):
            since[person] = min(created, since.get(person, created))
        theirs = people.alias()
        edges = conn.execute(
            sa.select(people.c.kept, theirs.c.kept)
            .select_from(family.join(referrals, referrals.c.person == people.c.person))
            .join(theirs, theirs.c.person == referrals.c.inviter)
            .order_by(referrals.c.at.desc(), referrals.c.person.desc())
        ).tuples()
        inviters = dict(edges.all())  # of several facts of one person the earliest, which comes last
        brings = sa.exists().where(referrals.c.inviter == people.c.person)
        inviting = set(conn.execute(sa.select(people.c.kept).select_from(family).where(brings)).scalars())
        return cls(kept, since, inviters, inviting)

    def judge(self, each: Bringing) -> State:
        """What becomes of one; noted, so that the next of the batch knows."""
        person, inviter = self.kept.get(each.person), self.kept.get(each.inviter)
        if person is None or inviter is None:
            return "unknown"
        if person == inviter:
            return "self"
        if person in self.inviters:
            return "same" if self.inviters[person] == inviter else "taken"
        if person in self.inviting:
            return "in_tree"
        self.inviters[person] = inviter
        self.inviting.add(inviter)
        return "brought"

    def inviter_of(self, node: int) -> int | None:
        return self.inviters.get(self.kept.get(node, 0))


def _keep(conn: Connection, by: str, source: str, new: Sequence[Bringing], known: _Known) -> None:
    rows: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for each in new:
        rows.append(
            {
                "person": each.person,
                "inviter": each.inviter,
                "at": each.at,
                "campaign": each.campaign,
                "source": source,
                "by": by,
            }
        )
        inviter = known.kept[each.inviter]
        since = known.since[inviter]  # as the newcomers of K are counted, not when somebody brought them
        properties: dict[str, Any] = {"inviter": each.inviter, "campaign": each.campaign}
        if since <= each.at:  # an inviter that we know of only since later has no cycle
            properties["cycle_ms"] = round((each.at - since).total_seconds() * 1000)
        events.append(
            {
                "message_id": f"brought-{each.person}",
                "time": each.at,
                "name": "brought",
                "person": each.person,
                "properties": properties,
            }
        )
    conn.execute(sa.insert(referrals), rows)
    append_own(conn, events)
    mark(conn, [each.person for each in new])


def bring_all(stores: Stores, by: str, source: str, bringings: Sequence[Bringing]) -> list[Brought]:
    """Any number, a chunk a transaction."""
    answers: list[Brought] = []
    for first in range(0, len(bringings), CHUNK_ROWS):
        with stores.ledger.write() as conn:
            answers += bring(conn, by, source, bringings[first : first + CHUNK_ROWS])
    return answers
