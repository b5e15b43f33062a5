"""Contributions that wait until a friend has added an adviser, joined a group or paid an order: who does is followed in
the news, in order, and counted.

What happened before the friend took part does not count; where the effort is over by then, the contribution is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns import writing
from siyu.growth.campaigns.acting import seed_of
from siyu.growth.campaigns.mechanic import Act, Refused
from siyu.growth.campaigns.model import Campaign, Contribution, Effort, Wish
from siyu.growth.campaigns.reading import CONTRIBUTION, EFFORT, campaigns_of
from siyu.growth.campaigns.store import Store
from siyu.growth.campaigns.tables import campaigns, contributions, efforts
from siyu.growth.campaigns.writing import Counted
from siyu.jobs.tables import cursors
from siyu.people import news
from siyu.people.moments import aware
from siyu.people.tables import people
from siyu.storage import Stores, in_chunks, insert_into, sent
from siyu.storage.eventlog_schema import PERSON

CURSOR = "campaigns"
PIECES_A_STEP = 100
ROWS_A_WRITE = 500
EVENTS: Mapping[str, str] = {"add": "friend_added", "join": "group_joined", "order": "order_paid"}
"""What a friend is to do → the event that says they did."""


@dataclass(frozen=True, slots=True)
class Did:
    """A person did what somebody may wait for."""

    person: int
    event: str
    at: datetime
    order: str
    amount: Decimal


def follow(stores: Stores) -> int:
    """The next stored batches; how many there were."""
    if news.anything_new(stores):
        news.give_places(stores)
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar()
        waits = conn.execute(sa.select(contributions.c.id).where(contributions.c.stage == "waits").limit(1)).first()
    if place is None:
        _go_to(stores, news.last_place(stores))
        return 0
    pieces = news.pieces_after(stores, place, PIECES_A_STEP)
    if not pieces:
        return 0
    if waits is not None:
        for chunk in in_chunks(_did(stores, [piece.batch for piece in pieces]), ROWS_A_WRITE):
            settle(stores, chunk)
    _go_to(stores, pieces[-1].place)
    return len(pieces)


def _go_to(stores: Stores, place: int) -> None:
    with stores.ledger.write() as conn:
        row = insert_into(conn, cursors).values(name=CURSOR, place=place)
        conn.execute(row.on_conflict_do_update(index_elements=["name"], set_={"place": place}))


def _did(stores: Stores, batches: Sequence[int]) -> list[Did]:
    rows = stores.events.rows(
        f"SELECT {PERSON} AS kept, name, time, `order`, amount FROM events "
        "WHERE batch IN {batches:Array(UInt64)} AND name IN {names:Array(String)} ORDER BY time",
        {"batches": list(batches), "names": list(EVENTS.values())},
    )
    return [Did(int(row[0]), str(row[1]), aware(row[2]), str(row[3]), Decimal(row[4] or 0)) for row in rows]


def settle(stores: Stores, did: Sequence[Did]) -> int:
    """Count, or refuse, what waited for these; how many."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        waiting = _waiting(conn, did)
        numbers = sorted({each.effort for each, _ in waiting})
        asked = sa.select(sent(conn, id=(sa.BigInteger, numbers)).c.id)
        query = sa.select(*EFFORT).where(efforts.c.id.in_(asked)).order_by(efforts.c.id).with_for_update()
        found = {row.id: Effort(*row) for row in conn.execute(query)}
        waiting = _still(conn, waiting)
        known = campaigns_of(conn, {effort.campaign for effort in found.values()})
        store = Store(conn, now, known)
        settled: list[Counted] = []
        for contribution, what in waiting:
            effort = found[contribution.effort]
            counted = _one(store, known[effort.campaign], effort, contribution, what)
            found[effort.id] = counted.effort
            settled.append(counted)
        writing.settle(conn, now, settled)
        writing.update_efforts(conn, [found[number] for number in {each.effort.id for each in settled}])
        store.write()
    return len(settled)


def _waiting(conn: Connection, did: Sequence[Did]) -> list[tuple[Contribution, Did]]:
    """What waits for these, each with the first that it waited for."""
    asked = sent(conn, person=(sa.BigInteger, sorted({each.person for each in did})))
    query = (
        sa.select(*CONTRIBUTION, people.c.kept, campaigns.c.ask)
        .join(people, people.c.person == contributions.c.person)
        .join(asked, asked.c.person == people.c.kept)
        .join(campaigns, campaigns.c.id == contributions.c.campaign)
        .where(contributions.c.stage == "waits")
        .order_by(contributions.c.id)
    )
    by_person: dict[tuple[int, str], list[Did]] = {}
    for each in did:
        by_person.setdefault((each.person, each.event), []).append(each)
    found: list[tuple[Contribution, Did]] = []
    for row in conn.execute(query):
        contribution = Contribution(*row[:-2])
        acts = by_person.get((row.kept, EVENTS.get(row.ask, "")), [])
        first = next((each for each in acts if each.at >= contribution.at), None)
        if first is not None:
            found.append((contribution, first))
    return found


def _still(conn: Connection, waiting: Sequence[tuple[Contribution, Did]]) -> list[tuple[Contribution, Did]]:
    """Those that nobody settled before their efforts were locked."""
    asked = sa.select(sent(conn, id=(sa.BigInteger, [each.id for each, _ in waiting])).c.id)
    table = contributions.c
    still = set(conn.execute(sa.select(table.id).where(table.id.in_(asked), table.stage == "waits")).scalars())
    return [(each, what) for each, what in waiting if each.id in still]


def _one(store: Store, campaign: Campaign, effort: Effort, contribution: Contribution, what: Did) -> Counted:
    data = dict(contribution.data)
    if what.order:
        data |= {"order": what.order, "paid_cents": str(int(what.amount * 100))}
    wish = Wish(campaign.id, contribution.person, contribution.once, effort.slug, contribution.kind, data=data)
    new, turn = contribution.new_person, contribution.turn
    told = Counted(campaign, effort, wish, contribution.person, turn, new, starter=False, number=contribution.id)
    if effort.stage != "open" or (effort.ends is not None and effort.ends <= what.at):
        return replace(told, stage="refused", why="closed")
    seed = seed_of(campaign, effort.slug)
    made = Act(wish.kind, what.person, what.at, seed, data, new_person=new, starter=False, nth=effort.nth)
    state: Any = msgspec.convert(effort.state, campaign.plays.state)
    try:
        step = campaign.plays.contribute(campaign.ruled, state, made)
    except Refused as refused:
        return replace(told, stage="refused", why=str(refused.args[0]) if refused.args else "")
    now = store.settle(campaign, effort, step)
    return replace(told, effort=now, stage="counted", why=store.said or step.said)
