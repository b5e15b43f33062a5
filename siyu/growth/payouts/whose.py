"""Whether the open id that a person has is surely theirs.

Anybody who reads a page's source has its write key. With a key of kind ``page`` nobody can tell who is who
(``people/page_calls.py``); but a key from before there were kinds may stand in a page and may tell that another's
number or phone and an open id of the teller's own are one person. So money goes by itself only to a person of whom
nothing was told that way: each strong identifier, and each merge, has its word from a platform account, from what
visitors allowed on their own device, from a file that staff imported, from a write key that was made with its kind, or
from staff themselves; and the open id from the first two. Everybody else's money waits for staff to confirm it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.visitors.anonymous import SOURCE as VISITORS
from siyu.people.identity import policy_of
from siyu.people.tables import identifiers, imports, merges, people, write_keys
from siyu.storage import sent

BY_STAFF = frozenset({"by_hand", "conflict_settled"})
OPENID_FROM = ("official_account:", "miniprogram:")
"""How the sources of these platforms' accounts begin. No write key and no file has a colon in its source."""


@dataclass(frozen=True, slots=True)
class Whose:
    """The open ids of a person at an app, the oldest first, and whether they are ``sure``ly theirs."""

    openids: tuple[str, ...]
    sure: bool


def whose(conn: Connection, app_id: str, nodes: Collection[int]) -> dict[int, Whose]:
    """Node → what its person has there; only nodes whose person has an open id at the app."""
    if not nodes:
        return {}
    told, asked = _told(conn, nodes), _kinds(app_id)
    joined = _joined(conn, nodes)
    believed = _believed(conn, {source for rows in told.values() for *_, source in rows} | {s for _, s in joined})
    doubtful = {node for node, source in joined if not _vouched(source, believed)}
    found: dict[int, Whose] = {}
    for node, rows in told.items():
        own = [(value, source) for kind, value, source in rows if kind in asked]
        strong = [source for kind, _, source in rows if policy_of(kind).strong]
        sure = all(_vouched(source, believed) for source in strong) and all(_of_account(source) for _, source in own)
        if own:
            found[node] = Whose(tuple(value for value, _ in own), sure and node not in doubtful)
    return found


def receivers(conn: Connection, app_id: str, nodes: Collection[int]) -> dict[int, str]:
    """Node → the open id that its person's money would go to, sure or not: the last they got."""
    family, table = _family(conn, nodes), identifiers.c
    query = sa.select(family.c.node, table.value).join(identifiers, table.person == family.c.member)
    query = query.where(table.kind.in_(_kinds(app_id))).order_by(table.since, table.kind, table.value)
    return {int(node): value for node, value in conn.execute(query)}


def _kinds(app_id: str) -> tuple[str, str]:
    return f"openid:{app_id}", f"mp_openid:{app_id}"


def _of_account(source: str) -> bool:
    return source == VISITORS or source.startswith(OPENID_FROM)


def _vouched(source: str, believed: Collection[str]) -> bool:
    return source == VISITORS or ":" in source or source in believed


def _family(conn: Connection, nodes: Collection[int]) -> sa.Subquery:
    """(node, member) for every node of its person."""
    asked, own = sent(conn, person=(sa.BigInteger, sorted(nodes))), people.alias("own")
    query = sa.select(asked.c.person.label("node"), people.c.person.label("member"))
    return query.join(own, own.c.person == asked.c.person).join(people, people.c.kept == own.c.kept).subquery()


def _told(conn: Connection, nodes: Collection[int]) -> dict[int, list[tuple[str, str, str]]]:
    """Node → (kind, value, source) of all identifiers of its person, the oldest first."""
    family, table = _family(conn, nodes), identifiers.c
    query = sa.select(family.c.node, table.kind, table.value, table.source).join(
        identifiers, table.person == family.c.member
    )
    found: dict[int, list[tuple[str, str, str]]] = {}
    for node, kind, value, source in conn.execute(query.order_by(table.since, table.kind, table.value)):
        found.setdefault(int(node), []).append((kind, value, source))
    return found


def _joined(conn: Connection, nodes: Collection[int]) -> list[tuple[int, str]]:
    """(node, source) of each merge in its person that staff did not make; "" where nobody knows whose word it was."""
    family, table = _family(conn, nodes), merges.c
    query = sa.select(family.c.node, table.evidence).join(merges, table.absorbed == family.c.member)
    standing = query.where(table.undone.is_(None), table.cause.not_in(BY_STAFF))
    return [(int(node), str(evidence.get("source", ""))) for node, evidence in conn.execute(standing)]


def _believed(conn: Connection, sources: Iterable[str]) -> set[str]:
    """Of these sources, those of imported files and of write keys, but none that a key from before kinds writes as."""
    asked = sa.select(sent(conn, source=(sa.Text, sorted(sources))).c.source)
    files = sa.select(imports.c.source).where(imports.c.source.in_(asked)).distinct()
    keys = sa.select(write_keys.c.source, write_keys.c.before_kinds).where(write_keys.c.source.in_(asked)).distinct()
    told = conn.execute(keys).all()
    found = {str(source) for source in conn.execute(files).scalars()} | {row.source for row in told}
    return found - {row.source for row in told if row.before_kinds}
