"""What makes value grow, followed in the news: the same orders as points, and deeds.

An order that is told of again is written anew, so it can be followed again from any place, and in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import preferences
from siyu.jobs.tables import cursors
from siyu.loyalty.tiers.keeping import CURSOR, deeds_followed
from siyu.loyalty.tiers.tables import tier_facts, tier_plans, tier_stale
from siyu.people import news
from siyu.people.moments import aware
from siyu.people.told_orders import Order, orders_of
from siyu.storage import Stores, in_chunks, insert_into, sent
from siyu.storage.ledger import to_millis

PIECES_A_STEP = 50
FACTS_A_WRITE = 2_000


@dataclass(frozen=True, slots=True)
class Told:
    """A fact as it is written."""

    of: str
    n: int
    person: int
    at: datetime
    base: datetime
    cents: int = 0
    deed: str = ""


def follow(stores: Stores) -> int:
    """The next stored batches, from the very first on; how many. Nothing, before there is a plan."""
    with stores.ledger.read() as conn:
        if conn.execute(sa.select(tier_plans.c.id).limit(1)).first() is None:
            return 0
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar() or 0
        deeds = deeds_followed(conn)
    if news.anything_new(stores):
        news.give_places(stores)
    pieces = news.pieces_after(stores, place, PIECES_A_STEP)
    if not pieces:
        return 0
    batches = [piece.batch for piece in pieces]
    facts = [fact for order in orders_of(stores, batches) for fact in _of_order(order)]
    facts += _others(stores, batches, deeds)
    zone = preferences.timezone(stores)
    for chunk in in_chunks(facts, FACTS_A_WRITE):
        with stores.ledger.write() as conn:
            write(conn, zone, chunk)
    with stores.ledger.write() as conn:
        row = insert_into(conn, cursors).values(name=CURSOR, place=pieces[-1].place)
        conn.execute(row.on_conflict_do_update(index_elements=["name"], set_={"place": pieces[-1].place}))
    return len(pieces)


def write(conn: Connection, zone: ZoneInfo, facts: Sequence[Told]) -> None:
    """Have these stand for what they are of, and note whose standing they bear on."""

    def day(moment: datetime) -> int:
        return moment.astimezone(zone).date().toordinal()

    rows = sent(
        conn,
        of=(sa.Text, [fact.of for fact in facts]),
        n=(sa.Integer, [fact.n for fact in facts]),
        person=(sa.BigInteger, [fact.person for fact in facts]),
        at=(sa.BigInteger, [to_millis(fact.at) for fact in facts]),
        day=(sa.Integer, [day(fact.at) for fact in facts]),
        base=(sa.Integer, [day(fact.base) for fact in facts]),
        cents=(sa.BigInteger, [fact.cents for fact in facts]),
        deed=(sa.Text, [fact.deed for fact in facts]),
    )
    columns = ("of", "n", "person", "at", "day", "base", "cents", "deed")
    put = insert_into(conn, tier_facts).from_select(
        columns, sa.select(*(rows.c[name] for name in columns)).where(sa.true())
    )
    conn.execute(
        put.on_conflict_do_update(
            index_elements=["of", "n"], set_={name: getattr(put.excluded, name) for name in columns[2:]}
        )
    )
    conn.execute(sa.insert(tier_stale).from_select(["person"], sa.select(rows.c.person).distinct()))


def _of_order(order: Order) -> Iterable[Told]:
    name = f"o:{sha256(f'{order.source}/{order.number}'.encode()).hexdigest()[:24]}"
    before = 0
    for n, (at, cents) in enumerate(order.then):
        yield Told(name, n, order.node, at, order.at, cents - before)
        before = cents


def _others(stores: Stores, batches: Sequence[int], deeds: set[str]) -> Iterable[Told]:
    """Deeds, and returns that name no order."""
    rows = stores.events.rows(
        "SELECT message_id, person, time, name, amount FROM events WHERE batch IN {batches:Array(UInt64)} "
        "AND (name IN {deeds:Array(String)} OR (name = 'order_returned' AND `order` = ''))",
        {"batches": list(batches), "deeds": sorted(deeds)},
    )
    for message, node, time, name, amount in rows:
        at = aware(time)
        if name in deeds:
            yield Told(f"d:{message}", 0, int(node), at, at, 0, str(name))
        if name == "order_returned":
            yield Told(f"r:{message}", 0, int(node), at, at, -int(abs(Decimal(amount or 0)) * 100))
