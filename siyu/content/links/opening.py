"""A content link is opened, read, passed on: who has it from whom, how long, how far.

Each reader has a page of their own, whose address names it: so whoever opens that address has the link from them, and
the chain is known without asking anybody. Of who objects, nothing is written down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.content.links import keeping
from siyu.content.links.model import COMMENT_CHARACTERS_MAX, MARKS_SECONDS, ContentLink, Named, believed
from siyu.content.links.tables import content_hops, content_objections, content_reads
from siyu.people import actions
from siyu.people.tables import people
from siyu.storage import Conflict, Stores, insert_into

Act = Literal["liked", "favourited", "commented", "clicked"]
WhenOpened = Callable[[Connection, datetime, int, ContentLink], bool]
"""Told in the transaction in which somebody (a node) opens a link of which staff want to know, until it answers that
they were told."""

_when_opened: list[WhenOpened] = []
DEPTH_MAX = 200
AGAIN = timedelta(minutes=1)
"""Opened again within it is one opening: a page leads on to the reader's own address."""


def when_opened(act: WhenOpened) -> None:
    """Have ``act`` called when somebody opens a link with alerts."""
    if act not in _when_opened:
        _when_opened.append(act)


@dataclass(frozen=True, slots=True)
class Hop:
    """Somebody's own page of a link; ``depth``: how often it was passed on before it came to them."""

    id: int
    link: ContentLink
    person: int
    depth: int
    path: str


def opened(stores: Stores, named: Named, node: int) -> Hop:
    """Somebody (a node) opened a link: their own page of it.
    Raises :class:`NotFound`, and :class:`Conflict` where it is off."""
    now = stores.clock.now()
    with stores.ledger.hurry(), stores.ledger.write() as conn:
        link = keeping.link_in(conn, named.link)
        if link.stage == "off":
            raise Conflict("link_shut", "这个链接已经停用。", "This link is off.")
        hop = _hop(conn, named, node)
        first = hop.at is None
        again = hop.opened is None or now - hop.opened >= AGAIN
        values: dict[str, Any] = {"at": hop.at or now, "opened": now, "opens": hop.opens + again}
        if link.alert and hop.alerted is None and any(act(conn, now, node, link) for act in _when_opened):
            values["alerted"] = now
        conn.execute(sa.update(content_hops).where(content_hops.c.id == hop.id).values(values))
        said = {"message": hop.message or None, "from": _from(conn, hop.parent), "depth": hop.depth or None}
        rows = [_row(link, hop, "content_opened", now, str(int(now.timestamp()) // 60), **said)]
        if first and hop.parent is not None:
            rows += _passed_on(conn, link, hop, now)
        actions.append_own(conn, rows)
    return Hop(hop.id, link, node, hop.depth, keeping.path_of(stores, Named(link.id, hop.id)))


def _hop(conn: Connection, named: Named, node: int) -> Row[Any]:
    """Their hop: the one they have, or a new one under whose page they opened."""
    mine = sa.and_(content_hops.c.link == named.link, content_hops.c.person == node)
    found = conn.execute(sa.select(content_hops).where(mine)).one_or_none()
    if found is not None:
        return found
    parent: Row[Any] | None = None
    if named.hop:
        above = sa.and_(content_hops.c.id == named.hop, content_hops.c.link == named.link)
        parent = conn.execute(sa.select(content_hops).where(above)).one_or_none()
    elif named.person and named.person != node:
        parent = _hop(conn, Named(named.link, 0, named.person, named.message), named.person)
    row = {
        "link": named.link,
        "person": node,
        "parent": None if parent is None else parent.id,
        "depth": 0 if parent is None else min(parent.depth + 1, DEPTH_MAX),
        "message": named.message if named.person == node else 0,
    }
    conn.execute(insert_into(conn, content_hops).values(row).on_conflict_do_nothing(index_elements=["link", "person"]))
    return conn.execute(sa.select(content_hops).where(mine)).one()


def _from(conn: Connection, parent: int | None) -> int | None:
    return (
        None
        if parent is None
        else conn.execute(sa.select(content_hops.c.person).where(content_hops.c.id == parent)).scalar()
    )


def _passed_on(conn: Connection, link: ContentLink, hop: Row[Any], now: datetime) -> list[dict[str, Any]]:
    """Whoever has it from them: told of who passed it on, unless they object."""
    above = conn.execute(sa.select(content_hops).where(content_hops.c.id == hop.parent)).one()
    if objects(conn, above.person):
        return []
    return [_row(link, above, "content_forwarded", now, str(hop.id), to=hop.person)]


def seen(stores: Stores, named: Named, node: int, once: str, seconds: int, far: int) -> int:
    """A page told how long it stood before their eyes (all of this showing so far) and how far down they came; the
    seconds that are believed. What was told before never becomes less."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        mine = sa.and_(content_hops.c.link == named.link, content_hops.c.person == node)
        hop = conn.execute(sa.select(content_hops).where(mine)).one_or_none()
        if hop is None or hop.opened is None:
            return 0
        link = keeping.link_in(conn, named.link)
        kept = believed(seconds, (now - hop.opened).total_seconds())
        same = content_reads.c.once == once
        before = conn.execute(sa.select(content_reads).where(same)).one_or_none()
        if before is not None and before.hop != hop.id:
            return 0
        least, low = (before.seconds, before.far) if before is not None else (0, 0)
        most, furthest = max(least, kept), max(low, min(100, far))
        told = {"seconds": most, "far": furthest, "at": now}
        putting = insert_into(conn, content_reads).values(once=once, hop=hop.id, **told)
        conn.execute(putting.on_conflict_do_update(index_elements=["once"], set_=told))
        rows = [
            _row(link, hop, "content_read", now, f"{once}-{mark}", seconds=mark, far=furthest)
            for mark in MARKS_SECONDS
            if least < mark <= most
        ]
        actions.append_own(conn, rows)
    return int(most)


def did(stores: Stores, named: Named, node: int, act: Act, once: str, text: str = "") -> None:
    """They liked it, kept it, commented on it, or went on from it; each once a form."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        mine = sa.and_(content_hops.c.link == named.link, content_hops.c.person == node)
        hop = conn.execute(sa.select(content_hops).where(mine)).one_or_none()
        if hop is None:
            return
        link = keeping.link_in(conn, named.link)
        unique = "1" if act in ("liked", "favourited") else once
        words = text.strip()[:COMMENT_CHARACTERS_MAX] or None
        actions.append_own(conn, [_row(link, hop, f"content_{act}", now, unique, text=words)])


def object_to(stores: Stores, device: str) -> None:
    """Somebody does not want to be followed on this device."""
    row = {"device": device, "at": stores.clock.now()}
    with stores.ledger.write() as conn:
        conn.execute(insert_into(conn, content_objections).values(row).on_conflict_do_nothing())


def objected(stores: Stores, device: str, node: int | None) -> bool:
    """Whether nothing may be written down of them."""
    with stores.ledger.read() as conn:
        said = sa.select(content_objections.c.device).where(content_objections.c.device == device)
        if conn.execute(said).first() is not None:
            return True
        return node is not None and objects(conn, node)


def objects(conn: Connection, node: int) -> bool:
    """Whether they are marked as not to be profiled."""
    kept = sa.select(people.c.kept).where(people.c.person == node)
    query = sa.select(people.c.person).where(people.c.kept.in_(kept), people.c.no_profiling.is_(True))
    return conn.execute(query.limit(1)).first() is not None


def _row(link: ContentLink, hop: Row[Any], name: str, now: datetime, unique: str, **more: object) -> dict[str, Any]:
    told: dict[str, object] = {"link": link.id, "title": link.title, "tags": link.tags, "hop": hop.id, **more}
    return {
        "message_id": f"{name}-{hop.id}-{unique}",
        "time": now,
        "name": name,
        "person": hop.person,
        "properties": {key: value for key, value in told.items() if value not in (None, "", [])},
    }
