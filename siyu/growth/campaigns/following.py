"""Contributions that wait until a friend has added an adviser, joined a group or paid an order: who does is followed in
the news, in order, and counted (``settling.py``). Who was nobody when they took part and is somebody now is looked for
in what happened since (:func:`recall`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns import narrowing, tickets
from siyu.growth.campaigns.settling import Did, settle
from siyu.growth.campaigns.tables import contributions
from siyu.growth.campaigns.tickets import Told
from siyu.growth.codes import links
from siyu.jobs import enqueue, handles
from siyu.jobs.model import Job
from siyu.jobs.tables import cursors
from siyu.people import families, news
from siyu.people.moments import aware
from siyu.storage import Stores, in_chunks, insert_into, sent

CURSOR = "campaigns"
RECALL = "campaign_recall"
PIECES_A_STEP = 100
ROWS_A_WRITE = 500
IN_BATCHES = "batch IN {batches:Array(UInt64)}"
EVENTS: Mapping[str, str] = {"friend_added": "add", "group_joined": "join", "order_paid": "order"}
"""The event that says that somebody did what a friend may be asked for."""
_COLUMNS = (
    "person, name, time, `order`, amount, ifNull(properties.channel_state.:String, ''), lines.sku, lines.title, "
    "concat(source, ' ', message_id)"
)


def follow(stores: Stores) -> int:
    """The next stored batches; how many there were."""
    if news.anything_new(stores):
        news.give_places(stores)
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar()
        waits = conn.execute(sa.select(contributions.c.id).where(contributions.c.stage == "waits").limit(1)).first()
        tickets_asked = bool(tickets.asking(conn))
        needed = waits is not None or tickets_asked or links.in_use(conn)
    if place is None:
        _go_to(stores, news.last_place(stores))
        return 0
    pieces = news.pieces_after(stores, place, PIECES_A_STEP)
    if not pieces:
        return 0
    if needed:
        batches = [piece.batch for piece in pieces]
        asked = {"batches": batches}
        if tickets_asked:
            tickets.take_in(stores, _orders(stores, asked))
        _take(stores, _did(stores, IN_BATCHES, asked))
    _go_to(stores, pieces[-1].place)
    return len(pieces)


def _take(stores: Stores, did: Sequence[Did]) -> int:
    """Who came by a link of one device is known on it first; what is counted then, how many."""
    links.recognise(stores, [(each.person, each.state) for each in did])
    by_link = {each.state: links.read(stores.home, each.state) for each in did if each.state}
    told = [
        each if (came := by_link.get(each.state)) is None else replace(each, state=narrowing.by_link(came.code))
        for each in did
    ]
    return sum(settle(stores, chunk) for chunk in in_chunks(told, ROWS_A_WRITE))


def _go_to(stores: Stores, place: int) -> None:
    with stores.ledger.write() as conn:
        row = insert_into(conn, cursors).values(name=CURSOR, place=place)
        conn.execute(row.on_conflict_do_update(index_elements=["name"], set_={"place": place}))


def _did(stores: Stores, where: str, asked: Mapping[str, Any]) -> list[Did]:
    rows = stores.events.rows(
        f"SELECT {_COLUMNS} FROM events WHERE {where} AND name IN {{names:Array(String)}} ORDER BY time, message_id",
        {**asked, "names": list(EVENTS)},
    )
    return [_told(row) for row in rows]


def _orders(stores: Stores, asked: Mapping[str, Any]) -> list[Told]:
    rows = stores.events.rows(
        "SELECT concat(source, '/', `order`), person, time, amount, name FROM events "
        f"WHERE {IN_BATCHES} AND name IN ('order_paid', 'order_returned') AND `order` != '' ORDER BY time, message_id",
        asked,
    )
    return [
        Told(str(order), int(person), aware(at), int(Decimal(amount or 0) * 100), str(name) == "order_returned")
        for order, person, at, amount, name in rows
    ]


def _told(row: Sequence[Any]) -> Did:
    person, name, at, order, amount, state, skus, titles, mark = row
    goods = frozenset({*map(str, skus), *map(str, titles)})
    cents = int(Decimal(amount or 0) * 100)
    return Did(int(person), EVENTS[str(name)], aware(at), str(mark), str(order), cents, str(state), goods)


# --- who is somebody now


def joined(conn: Connection, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.families.Tell`: what one of these waits for another may have done before."""
    asked = sent(conn, person=(sa.BigInteger, list(nodes)))
    waiting = sa.and_(contributions.c.stage == "waits", contributions.c.person.in_(sa.select(asked.c.person)))
    found = sorted(set(conn.execute(sa.select(contributions.c.person).where(waiting)).scalars()))
    for part in in_chunks(found, ROWS_A_WRITE):
        enqueue(conn, RECALL, {"people": list(part)})


def recall(stores: Stores, people: Iterable[int]) -> int:
    """Count what these persons, by any node of theirs, did since they took part; how many contributions."""
    with stores.ledger.read() as conn:
        whole = {node for nodes in families.members_of(conn, people).values() for node in nodes}
        asked = sent(conn, person=(sa.BigInteger, sorted(whole)))
        waiting = sa.and_(contributions.c.stage == "waits", contributions.c.person.in_(sa.select(asked.c.person)))
        since: datetime | None = conn.execute(sa.select(sa.func.min(contributions.c.at)).where(waiting)).scalar()
    if since is None:
        return 0
    where = "person IN {people:Array(UInt32)} AND time >= {since:DateTime64(3, 'UTC')}"
    return _take(stores, _did(stores, where, {"people": sorted(whole), "since": since}))


@handles(RECALL)
def mind(stores: Stores, job: Job) -> dict[str, Any]:
    """Look again at people who became known."""
    return {"counted": recall(stores, job.arguments["people"])}
