"""Orders that came of a link, followed in the news: each of one claim, and how that is known.

By the code where the shop gave it back (in the order, or told beforehand which order it is): that is exact. Else by
person and goods: the last claim for goods of the order, by the same person, within a week before. What was returned is
worked out from all that was told of the order, so it can be told in any sequence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.commerce.goods.keeping import by_keys
from siyu.commerce.links import keeping
from siyu.commerce.links.model import WINDOW, Named
from siyu.commerce.links.opening import objects
from siyu.commerce.tables import offer_claims, offer_orders, offers
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.jobs.tables import cursors
from siyu.jobs.turns import run_until_empty
from siyu.people import actions, news
from siyu.people.families import members_of
from siyu.people.told_orders import Order, orders_of
from siyu.storage import CHUNK_ROWS, NotFound, Stores, in_chunks, insert_into

JOB = CURSOR = "offer_orders"
PIECES_A_STEP = 50
ORDERS_A_WRITE = 200
ORDER_CHARACTERS_MAX = 120
_CODES = (
    "SELECT source, `order`, any(properties.claim.:String) FROM events "
    "WHERE batch IN {batches:Array(UInt64)} AND name IN ('order_paid', 'order_amended') "
    "AND properties.claim.:String != '' GROUP BY source, `order`"
)


def follow(stores: Stores) -> int:
    """The next stored batches; how many."""
    if news.anything_new(stores):
        news.give_places(stores)
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar()
        any_claim = conn.execute(sa.select(offer_claims.c.id).limit(1)).first() is not None
    if place is None or not any_claim:
        last = news.last_place(stores)
        if place != last:
            _go_to(stores, last)
        return 0
    pieces = news.pieces_after(stores, place, PIECES_A_STEP)
    if not pieces:
        return 0
    batches = [piece.batch for piece in pieces]
    codes = {(str(row[0]), str(row[1])): str(row[2]) for row in stores.events.rows(_CODES, {"batches": batches})}
    for chunk in in_chunks(orders_of(stores, batches), ORDERS_A_WRITE):
        with stores.ledger.write() as conn:
            settle(conn, chunk, codes)
    _go_to(stores, pieces[-1].place)
    return len(pieces)


def _go_to(stores: Stores, place: int) -> None:
    with stores.ledger.write() as conn:
        row = insert_into(conn, cursors).values(name=CURSOR, place=place)
        conn.execute(row.on_conflict_do_update(index_elements=["name"], set_={"place": place}))


def settle(conn: Connection, orders: Sequence[Order], codes: Mapping[tuple[str, str], str]) -> None:
    """Have each order be of the claim it came of, and what was returned of it be known."""
    for order in orders:
        key = sa.and_(offer_orders.c.source == order.source, offer_orders.c.order == order.number)
        known = conn.execute(sa.select(offer_orders).where(key)).one_or_none()
        if known is None:
            known = _first(conn, order, codes.get((order.source, order.number), ""))
        if known is None:
            continue
        kept = sum(order.kept.values())
        if kept != known.kept:
            conn.execute(sa.update(offer_orders).where(key).values(kept=kept))
        if kept < known.cents and kept < known.kept:
            claim = conn.execute(sa.select(offer_claims).where(offer_claims.c.id == known.claim)).one()
            back = {"order": order.number, "cents": known.cents - kept}
            _tell(conn, "offer_returned", claim, order.then[-1][0], f"{order.source}-{order.number}-{kept}", **back)


def _first(conn: Connection, order: Order, code: str) -> Row[Any] | None:
    """The claim an unknown order came of, written down and told."""
    claim, how = _by_code(conn, order, code), "code"
    if claim is None:
        claim, how = _by_goods(conn, order), "goods"
    if claim is None:
        return None
    paid = order.then[0][1]
    row = {
        "source": order.source,
        "order": order.number,
        "claim": claim.id,
        "how": how,
        "person": order.buyer,
        "cents": paid,
        "kept": paid,
        "at": order.at,
    }
    conn.execute(insert_into(conn, offer_orders).on_conflict_do_nothing().values(row))
    same = offer_claims.c.id == claim.id
    if claim.stage == "lapsed" and claim.offer:
        _take_late(conn, claim.offer)
    conn.execute(sa.update(offer_claims).where(same).values(stage="ordered"))
    unique = f"{order.source}-{order.number}"
    said = {"order": order.number, "how": how}
    _tell(conn, "offer_ordered", claim, order.at, f"{claim.trail}-{order.number}", **said)
    _tell(conn, "offer_paid", claim, order.at, unique, **said, cents=paid)
    key = sa.and_(offer_orders.c.source == order.source, offer_orders.c.order == order.number)
    return conn.execute(sa.select(offer_orders).where(key)).one()


def _take_late(conn: Connection, offer: int) -> None:
    """An order that came after its part of the stock was given back: counted where there still is one."""
    table = offers.c
    left = sa.or_(table.stock.is_(None), table.taken < table.stock)
    conn.execute(sa.update(offers).where(table.id == offer, left).values(taken=table.taken + 1))


def _by_code(conn: Connection, order: Order, code: str) -> Row[Any] | None:
    table = offer_claims.c
    if code:
        found = conn.execute(sa.select(offer_claims).where(table.code == code.strip().upper())).one_or_none()
        if found is not None:
            return found
    query = sa.select(offer_claims).where(table.order == order.number, table.order != "").order_by(table.id.desc())
    return conn.execute(query.limit(1)).one_or_none()


def _by_goods(conn: Connection, order: Order) -> Row[Any] | None:
    nodes = next(iter(members_of(conn, [order.buyer]).values()), [])
    skus = sorted({item.sku for item in order.items.values() if item.sku})
    bought = [good.id for good in by_keys(conn, skus).values()] if skus else []
    if not nodes or not bought:
        return None
    table = offer_claims.c
    theirs = sa.and_(table.person.in_(nodes), table.good.in_(bought), table.stage != "ordered")
    within = sa.and_(table.at <= order.at, table.at >= order.at - WINDOW)
    query = sa.select(offer_claims).where(theirs, within).order_by(table.at.desc(), table.id.desc())
    return conn.execute(query.limit(1)).one_or_none()


def ordered(stores: Stores, code: str, order: str) -> bool:
    """The shop says that a code became this order, before it is paid: so the payment is known exactly, whoever pays.
    Whether it was new. Raises :class:`NotFound` for a code that was not given out."""
    number = order.strip()[:ORDER_CHARACTERS_MAX]
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        same = offer_claims.c.code == code.strip().upper()
        claim = conn.execute(sa.select(offer_claims).where(same)).one_or_none()
        if claim is None:
            raise NotFound("no_claim", "没有这个下单码。", "There is no such code.")
        if claim.order == number:
            return False
        conn.execute(sa.update(offer_claims).where(same).values(order=number))
        _tell(conn, "offer_ordered", claim, now, f"{claim.trail}-{number}", order=number, how="code")
        return True


def _tell(conn: Connection, name: str, claim: Row[Any], at: datetime, unique: str, **more: object) -> None:
    """An event of the path. Of who does not want to be followed, none."""
    if objects(conn, [claim.person]):
        return
    link = keeping.link_in(conn, claim.link)
    mine = Named(claim.link, claim.person, claim.message)
    offer = conn.execute(sa.select(offers.c.name).where(offers.c.id == claim.offer)).scalar() if claim.offer else None
    told = {"offer": claim.offer or None, "offer_name": offer, "forwarded": int(claim.forwarded)}
    properties = keeping.facts(link, mine, **told, **more)
    row = {"message_id": f"{name}-{unique}", "time": at, "name": name, "person": claim.person, "properties": properties}
    actions.append_own(conn, [row])


@handles(JOB)
def mind(stores: Stores, job: Job) -> dict[str, Any]:
    """Have orders be of the links they came of, and give back what nobody ordered of limited offers."""
    del job
    return {"batches": run_until_empty(lambda: follow(stores)), "lapsed": run_until_empty(lambda: lapse(stores))}


def lapse(stores: Stores) -> int:
    """Give back the stock of those who went to the shop and ordered nothing in time; how many, a step's worth."""
    now = stores.clock.now()
    table = offer_claims.c
    with stores.ledger.write() as conn:
        late = (
            sa.select(table.id)
            .where(table.stage == "held", table.holds < now)
            .order_by(table.id)
            .limit(CHUNK_ROWS // 20)
        )
        gone = sa.update(offer_claims).where(table.id.in_(late), table.stage == "held").values(stage="lapsed")
        back: dict[int, int] = {}
        rows = conn.execute(gone.returning(table.offer)).scalars().all()
        for offer in rows:
            back[offer] = back.get(offer, 0) + 1
        back.pop(0, None)
        for offer, count in sorted(back.items()):
            conn.execute(sa.update(offers).where(offers.c.id == offer).values(taken=offers.c.taken - count))
    return len(rows)


schedule(JOB, "* * * * *", JOB)
