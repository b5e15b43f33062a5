"""What a kept person shows of the nodes that were merged into it: tags and consents.

Worked out from what each node holds itself, never moved, so that undoing a merge gives everything back. Tags shown
by inheritance have the origin ``merge``. Consents are worked out from ``consent_log``, the proof.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.tables import consent_log, consents, merges, person_tags, tag_groups, tags
from siyu.storage import insert_into, sent

INHERITED = "merge"


def refresh(conn: Connection, parts: Sequence[Sequence[int]]) -> None:
    """Bring tags and consents in line with ``parts``, the nodes of each person with the kept one first."""
    _refresh_tags(conn, parts)
    refresh_consents(conn, parts)


def _refresh_tags(conn: Connection, parts: Sequence[Sequence[int]]) -> None:
    asked = sa.select(sent(conn, person=(sa.BigInteger, [node for part in parts for node in part])).c.person)
    held = conn.execute(sa.select(person_tags).where(person_tags.c.person.in_(asked))).mappings().all()
    if not held:
        return
    if any(row["origin"] == INHERITED for row in held):
        conn.execute(sa.delete(person_tags).where(person_tags.c.person.in_(asked), person_tags.c.origin == INHERITED))
    exclusive = _exclusive_groups(conn)
    own: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in held:
        if row["origin"] != INHERITED:
            own[row["person"]].append(dict(row))
    rows = [row for part in parts if len(part) > 1 for row in _inherited_tags(part, own, exclusive)]
    if rows:
        conn.execute(insert_into(conn, person_tags), rows)


def _exclusive_groups(conn: Connection) -> dict[int, int]:
    """Tag → its group, for tags of which a person may have only one."""
    rows = conn.execute(
        sa.select(tags.c.id, tags.c.group)
        .join(tag_groups, tag_groups.c.id == tags.c.group)
        .where(tag_groups.c.exclusive)
    )
    return dict(rows.tuples().all())


def _inherited_tags(
    part: Sequence[int], own: Mapping[int, Sequence[Mapping[str, Any]]], exclusive: Mapping[int, int]
) -> Iterable[dict[str, Any]]:
    """The kept person's own tags first; then what the others have, latest first, one per exclusive group."""
    kept, *others = part
    taken = {row["tag"] for row in own.get(kept, ())}
    groups = {exclusive[tag] for tag in taken if tag in exclusive}
    candidates = [row for node in others for row in own.get(node, ())]
    for row in sorted(candidates, key=lambda row: (row["at"], -row["person"]), reverse=True):
        tag, group = row["tag"], exclusive.get(row["tag"])
        if tag in taken or (group is not None and group in groups):
            continue
        taken.add(tag)
        if group is not None:
            groups.add(group)
        yield {**row, "person": kept, "origin": INHERITED, "detail": str(row["person"])}


def refresh_consents(conn: Connection, parts: Sequence[Sequence[int]]) -> None:
    """Write ``consents`` of every node in ``parts`` anew from the log."""
    asked = sa.select(sent(conn, person=(sa.BigInteger, [node for part in parts for node in part])).c.person)
    log: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in conn.execute(
        sa.select(consent_log).where(consent_log.c.person.in_(asked)).order_by(consent_log.c.id)
    ).mappings():
        log[row["person"]].append(dict(row))
    if not log:
        return
    joined = _last_merges(conn, [node for part in parts if len(part) > 1 for node in part])
    conn.execute(sa.delete(consents).where(consents.c.person.in_(asked)))
    rows: list[dict[str, Any]] = []
    for part in parts:
        for node in part:
            rows += _stated(node, log.get(node, ()), None)
        if len(part) > 1:
            whole = [row for node in part for row in log.get(node, ())]
            since = max((joined[node] for node in part if node in joined), default=None)
            rows = [row for row in rows if row["person"] != part[0]]
            rows += _stated(part[0], whole, since)
    if rows:
        conn.execute(sa.insert(consents), rows)


def _last_merges(conn: Connection, nodes: Sequence[int]) -> dict[int, datetime]:
    if not nodes:
        return {}
    asked = sa.select(sent(conn, person=(sa.BigInteger, nodes)).c.person)
    latest: dict[int, datetime] = {}
    for kept, at in conn.execute(
        sa.select(merges.c.kept, merges.c.at).where(merges.c.undone.is_(None), merges.c.kept.in_(asked))
    ):
        latest[kept] = max(at, latest.get(kept, at))
    return latest


def _stated(person: int, log: Sequence[Mapping[str, Any]], joined: datetime | None) -> list[dict[str, Any]]:
    """What counts for a person, from the statements of its nodes.

    One node: the latest statement; at the same moment a withdrawal wins. Several: the latest made since they were
    joined; where there is none, a withdrawal made by any of them wins, because nobody can tell whose word it was.
    """
    by_topic: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in log:
        by_topic[row["purpose"], row["channel"]].append(row)
    stated: list[dict[str, Any]] = []
    for rows in by_topic.values():
        since = [row for row in rows if joined is None or row["at"] >= joined]
        if since:
            counts = max(since, key=lambda row: (row["at"], not row["given"], row["id"]))
        else:
            latest: dict[int, Mapping[str, Any]] = {}
            for row in sorted(rows, key=lambda row: (row["at"], not row["given"], row["id"])):
                latest[row["person"]] = row
            counts = max(latest.values(), key=lambda row: (not row["given"], row["at"], row["id"]))
        columns = ("purpose", "channel", "given", "at", "notice", "evidence", "by")
        stated.append({"person": person, **{column: counts[column] for column in columns}})
    return stated
