"""Points for paid orders, followed in the news: earned, and taken back when something is returned.

Whatever happened to an order (paid, returned in part, told twice, told late), all that was told of it is read again,
and what was earned for it is made to be what is due now. So it can be done again at any time, and in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import preferences
from siyu.jobs.tables import cursors
from siyu.loyalty.points.earning.model import Bought, Lasting, OrderRule, earned
from siyu.loyalty.points.earning.rules import Kept, all_rules
from siyu.loyalty.points.model import Earn, TakeBack, Wish
from siyu.loyalty.points.posting import post
from siyu.loyalty.points.tables import point_entries, point_postings
from siyu.people import news
from siyu.people.told_orders import Order, orders_of
from siyu.storage import Stores, in_chunks, insert_into

CURSOR = "points_earned"
BY = "orders"
PIECES_A_STEP = 50
ORDERS_A_WRITE = 500
LASTING = Lasting()


def follow(stores: Stores) -> int:
    """The next stored batches; how many."""
    if news.anything_new(stores):
        news.give_places(stores)
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar()
        rules = all_rules(conn)
    if place is None or not rules:
        _go_to(stores, news.last_place(stores))
        return 0
    pieces = news.pieces_after(stores, place, PIECES_A_STEP)
    if not pieces:
        return 0
    zone = preferences.timezone(stores)
    for chunk in in_chunks(orders_of(stores, [piece.batch for piece in pieces]), ORDERS_A_WRITE):
        with stores.ledger.write() as conn:
            settle(conn, stores, rules, zone, chunk)
    _go_to(stores, pieces[-1].place)
    return len(pieces)


def settle(conn: Connection, stores: Stores, rules: Sequence[Kept], zone: ZoneInfo, orders: Sequence[Order]) -> None:
    """Have what was earned for these orders be what is due now."""
    wishes: list[Wish] = []
    for order in orders:
        day = order.at.astimezone(zone).date()
        lines = [(item.sku, item.category, order.kept[name]) for name, item in order.items.items()]
        if not order.items:
            lines = [("", "", sum(order.kept.values()))]
        giving = {each.id: each.rule for each in rules if isinstance(each.rule, OrderRule) and each.gives_at(order.at)}
        due = earned(giving, Bought(day, "", lines))
        wishes += _wishes(order, due, _stands(conn, order), zone)
    post(conn, stores.clock.now(), wishes)


def _wishes(
    order: Order, due: Mapping[int, int], stands: Mapping[int, Sequence[tuple[str, int]]], zone: ZoneInfo
) -> list[Wish]:
    """What has to be posted so that exactly what is due stands, rule by rule."""
    wishes: list[Wish] = []
    for rule in sorted(due.keys() | stands.keys()):
        before = stands.get(rule, ())
        more = due.get(rule, 0) - sum(points for _, points in before)
        if more > 0:
            key = f"{_prefix(order)}{rule}:{len(before)}"
            ends = LASTING.until(order.at, zone)
            why = f"订单 {order.number}"
            wishes.append(Earn(key=key, why=why, by=BY, person=order.buyer, points=more, expires=ends))
        for key, points in reversed(before):
            if more < 0 and points:
                back = min(points, -more)
                more += back
                why = f"订单 {order.number} 退货"
                wishes.append(TakeBack(key=f"{key}:back:{points}", why=why, by=BY, of=key, points=back))
    return wishes


def _stands(conn: Connection, order: Order) -> dict[int, list[tuple[str, int]]]:
    """Rule → what was earned for an order, by key in the order of their writing, less what was taken back of each."""
    prefix = _prefix(order)
    first, back = point_postings.alias("first"), point_postings.alias("back")
    query = (
        sa.select(first.c.key, -sa.func.sum(point_entries.c.points))
        .join(back, sa.or_(back.c.id == first.c.id, back.c.of == first.c.id))
        .join(point_entries, point_entries.c.posting == back.c.id)
        .where(
            first.c.key >= prefix,
            first.c.key < prefix + "~",
            first.c.kind == "earned",
            point_entries.c.kind.in_(("issued", "budget")),
        )
        .group_by(first.c.id, first.c.key)
        .order_by(first.c.id)
    )
    found: dict[int, list[tuple[str, int]]] = {}
    for key, points in conn.execute(query):
        found.setdefault(int(key.removeprefix(prefix).split(":")[0]), []).append((key, int(points)))
    return found


def _prefix(order: Order) -> str:
    """What the keys of an order's postings begin with."""
    return f"order:{sha256(f'{order.source}/{order.number}'.encode()).hexdigest()[:20]}:"


def _go_to(stores: Stores, place: int) -> None:
    with stores.ledger.write() as conn:
        row = insert_into(conn, cursors).values(name=CURSOR, place=place)
        conn.execute(row.on_conflict_do_update(index_elements=["name"], set_={"place": place}))
