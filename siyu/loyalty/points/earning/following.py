"""Points for what is told in the news: orders that were paid, earned, and taken back when something is returned; and
what somebody did.

Whatever happened to an order (paid, returned in part, told twice, told late), all that was told of it is read again,
and what was earned for it is made to be what is due now. So it can be done again at any time, and in any order. What
was returned and names no order takes off what is due for the buyer's newest orders before it: so it is the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import preferences
from siyu.jobs.tables import cursors
from siyu.loyalty.points.earning import doings, lasting
from siyu.loyalty.points.earning.model import Bought, EventRule, Lasting, OrderRule, earned, less_returned
from siyu.loyalty.points.earning.rules import Kept, all_rules
from siyu.loyalty.points.model import Earn, TakeBack, Wish
from siyu.loyalty.points.posting import post
from siyu.loyalty.points.tables import point_entries, point_postings
from siyu.people import news
from siyu.people.told_orders import Loose, Order, loose_returns_of, orders_by, orders_of, paid_and_returned
from siyu.storage import CHUNK_ROWS, Stores, in_chunks, insert_into, sent

CURSOR = "points_earned"
BY = "orders"
PIECES_A_STEP = 50
ORDERS_A_WRITE = 500

Tiers = Callable[[Connection, Sequence[int]], Mapping[int, str]]
"""Kept person → the name of their tier now; those without one are left out."""


def nobody(_: Connection, __: Sequence[int]) -> Mapping[int, str]:
    """Where there are no tiers."""
    return {}


def follow(stores: Stores, tiers: Tiers = nobody) -> int:
    """The next stored batches; how many."""
    if news.anything_new(stores):
        news.give_places(stores)
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar()
        rules = all_rules(conn)
        lasts = lasting.of(conn)
    if not rules:
        _go_to(stores, place, news.last_place(stores))
        return 0
    if place is None:
        place = news.place_before(stores, min(each.begins for each in rules))
    pieces = news.pieces_after(stores, place, PIECES_A_STEP)
    if not pieces:
        return 0
    batches = [piece.batch for piece in pieces]
    zone = preferences.timezone(stores)
    if any(isinstance(each.rule, OrderRule) for each in rules):
        _follow_orders(stores, rules, zone, lasts, tiers, batches)
    if any(isinstance(each.rule, EventRule) for each in rules):
        doings.follow(stores, rules, zone, lasts, tiers, batches)
    _go_to(stores, place, pieces[-1].place)
    return len(pieces)


def _follow_orders(
    stores: Stores, rules: Sequence[Kept], zone: ZoneInfo, lasts: Lasting, tiers: Tiers, batches: Sequence[int]
) -> None:
    loose = loose_returns_of(stores, batches)
    buyers = {each.buyer for each in loose} | paid_and_returned(stores, batches)
    told = [order for order in orders_of(stores, batches) if order.buyer not in buyers]
    told += orders_by(stores, sorted(buyers))
    for chunk in _by_buyers(told):
        theirs = {order.buyer for order in chunk}
        with stores.ledger.write() as conn:
            back = [each for each in loose if each.buyer in theirs]
            settle(conn, stores, rules, zone, chunk, back, lasts, tiers)


def _by_buyers(orders: Sequence[Order]) -> Iterator[list[Order]]:
    """Some ``ORDERS_A_WRITE`` at a time, all of a buyer together."""
    chunk: list[Order] = []
    for _, own in groupby(sorted(orders, key=lambda order: order.buyer), lambda order: order.buyer):
        if len(chunk) >= ORDERS_A_WRITE:
            yield chunk
            chunk = []
        chunk += own
    if chunk:
        yield chunk


def settle(
    conn: Connection,
    stores: Stores,
    rules: Sequence[Kept],
    zone: ZoneInfo,
    orders: Sequence[Order],
    loose: Sequence[Loose] = (),
    lasts: Lasting = lasting.DEFAULT,
    tiers: Tiers = nobody,
) -> None:
    """Have what was earned for these orders be what is due now. ``loose``: all that their buyers returned without an
    order; then all orders of those are given."""
    stands = standing_of(conn, orders)
    tier_of = tiers(conn, sorted({order.buyer for order in orders}))
    due: list[dict[int, int]] = []
    for order, standing in zip(orders, stands, strict=True):
        lines = [(item.sku, item.category, order.kept[name]) for name, item in order.items.items()]
        if not order.items:
            lines = [("", "", sum(order.kept.values()))]
        bought = Bought(order.at.astimezone(zone).date(), tier_of.get(order.buyer, ""), lines)
        due.append(earned(_giving(rules, order, standing), bought))
    by_buyer: dict[int, list[int]] = {}
    for place, order in enumerate(orders):
        by_buyer.setdefault(order.buyer, []).append(place)
    for buyer, own in groupby(sorted(loose, key=lambda each: each.buyer), lambda each: each.buyer):
        theirs = [(orders[place].at, due[place]) for place in by_buyer.get(buyer, ())]
        less_returned(theirs, [(each.at, _worth(rules, zone, each, tier_of.get(buyer, ""))) for each in own])
    wishes: list[Wish] = []
    for order, standing, now_due in zip(orders, stands, due, strict=True):
        wishes += _wishes(order, now_due, standing, lasts, zone)
    for chunk in in_chunks(wishes, CHUNK_ROWS):
        post(conn, stores.clock.now(), chunk)


def _giving(rules: Sequence[Kept], order: Order, standing: Mapping[int, object]) -> dict[int, OrderRule]:
    """The rules that give for an order. What was given before was given for the tier of then: rules that are for tiers
    count where they gave, not by the tier of today."""
    found: dict[int, OrderRule] = {}
    for each in rules:
        rule = each.rule
        if not isinstance(rule, OrderRule) or not each.gives_at(order.at):
            continue
        if rule.tiers and standing:
            if each.id in standing:
                found[each.id] = rule.of_any_tier()
        else:
            found[each.id] = rule
    return found


def _worth(rules: Sequence[Kept], zone: ZoneInfo, loose: Loose, tier: str) -> int:
    """The points that what was returned would earn."""
    giving = {each.id: each.rule for each in rules if isinstance(each.rule, OrderRule) and each.gives_at(loose.at)}
    lines = [(item.sku, item.category, loose.back[name]) for name, item in loose.items.items()]
    bought = Bought(loose.at.astimezone(zone).date(), tier, lines or [("", "", sum(loose.back.values()))])
    return sum(earned(giving, bought).values())


def _wishes(
    order: Order,
    due: Mapping[int, int],
    stands: Mapping[int, Sequence[tuple[str, int]]],
    lasts: Lasting,
    zone: ZoneInfo,
) -> list[Wish]:
    """What has to be posted so that exactly what is due stands, rule by rule."""
    wishes: list[Wish] = []
    for rule in sorted(due.keys() | stands.keys()):
        before = stands.get(rule, ())
        more = due.get(rule, 0) - sum(points for _, points in before)
        if more > 0:
            key = f"{_prefix(order)}{rule}:{len(before)}"
            ends = lasts.until(order.at, zone)
            why = f"订单 {order.number}"
            wishes.append(Earn(key=key, why=why, by=BY, person=order.buyer, points=more, expires=ends))
        for key, points in reversed(before):
            if more < 0 and points:
                back = min(points, -more)
                more += back
                why = f"订单 {order.number} 退货"
                wishes.append(TakeBack(key=f"{key}:back:{points}", why=why, by=BY, of=key, points=back))
    return wishes


def standing_of(conn: Connection, orders: Sequence[Order]) -> list[dict[int, list[tuple[str, int]]]]:
    """For each order, rule → what was earned for it, by key in the order of their writing, less what was taken back of
    each."""
    prefixes = [_prefix(order) for order in orders]
    asked = sent(conn, low=(sa.Text, prefixes), high=(sa.Text, [f"{prefix}~" for prefix in prefixes]))
    first = (
        sa.select(point_postings.c.id, point_postings.c.key)
        .select_from(
            asked.join(
                point_postings, sa.and_(point_postings.c.key >= asked.c.low, point_postings.c.key < asked.c.high)
            )
        )
        .where(point_postings.c.kind == "earned")
    )
    keys = {row.id: row.key for row in conn.execute(first)}
    points = dict.fromkeys(keys, 0)
    numbers = sent(conn, id=(sa.BigInteger, sorted(keys)))
    own = sa.select(numbers.c.id.label("first"), numbers.c.id.label("posting"))
    since = sa.select(numbers.c.id, point_postings.c.id).join(point_postings, point_postings.c.of == numbers.c.id)
    both = sa.union_all(own, since).subquery("both")
    stands = (
        sa.select(both.c.first, -sa.func.sum(point_entries.c.points))
        .join(point_entries, point_entries.c.posting == both.c.posting)
        .where(point_entries.c.kind.in_(("issued", "budget")))
        .group_by(both.c.first)
    )
    if keys:
        points |= {number: int(left) for number, left in conn.execute(stands)}
    by_prefix: dict[str, dict[int, list[tuple[str, int]]]] = {prefix: {} for prefix in prefixes}
    for number in sorted(keys):
        key = keys[number]
        prefix, rest = key[:PREFIX_CHARACTERS], key[PREFIX_CHARACTERS:]
        by_prefix[prefix].setdefault(int(rest.split(":")[0]), []).append((key, points[number]))
    return [by_prefix[prefix] for prefix in prefixes]


PREFIX_CHARACTERS = len("order:") + 20 + 1


def _prefix(order: Order) -> str:
    """What the keys of an order's postings begin with."""
    return f"order:{sha256(f'{order.source}/{order.number}'.encode()).hexdigest()[:20]}:"


def _go_to(stores: Stores, before: int | None, place: int) -> None:
    if before == place:
        return
    with stores.ledger.write() as conn:
        row = insert_into(conn, cursors).values(name=CURSOR, place=place)
        conn.execute(row.on_conflict_do_update(index_elements=["name"], set_={"place": place}))
