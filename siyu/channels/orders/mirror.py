"""From facts to news: each order is told as paid once, each return and addition once, and only after its order.

A return that comes before its order's payment waits; it then is told with the payment, as the same person's. What is
told depends on which facts are known, not on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.orders.shape import STATES, Buyer, Fact, Identifiers, Line, Part, Payment
from siyu.channels.orders.tables import shop_details, shop_feeds, shop_order_buyers, shop_order_parts, shop_orders
from siyu.channels.platform.news import News
from siyu.storage import insert_into, sent
from siyu.storage.ledger import to_millis

EVENTS: Mapping[str, str] = {"amended": "order_amended", "returned": "order_returned"}
RANKS = {"": -1, **{state: rank for rank, state in enumerate(STATES)}}


@dataclass(slots=True)
class _Waiting:
    """An addition or return that is told with this step. ``lines`` as they are kept."""

    kind: str
    number: str
    at: datetime
    amount: str
    lines: list[dict[str, str]]


@dataclass(slots=True)
class Order:
    """One order, as far as the shop told."""

    number: str
    state: str = ""
    version: int = 0
    paid: datetime | None = None
    amount: str | None = None
    buyer: Identifiers = ()
    known: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])  # parts, told or waiting
    payment: tuple[Payment, Buyer] | None = None  # of this step
    waiting: list[_Waiting] = field(default_factory=list[_Waiting])

    def take(self, fact: Fact) -> None:
        if fact.state and (fact.version, RANKS[fact.state]) >= (self.version, RANKS[self.state]):
            self.state, self.version = fact.state, fact.version
        if fact.paid is not None and self.paid is None:
            self.paid, self.amount = fact.paid.at, str(fact.paid.amount)
            self.payment, self.buyer = (fact.paid, fact.buyer), fact.buyer.identifiers
        if fact.part is not None and (fact.part.kind, fact.part.number) not in self.known:
            self._take_part(fact.part)

    def _take_part(self, part: Part) -> None:
        self.known.add((part.kind, part.number))
        self.waiting.append(_Waiting(part.kind, part.number, part.at, str(part.amount), products(part.lines)))


def apply(conn: Connection, platform: str, account: int, facts: Iterable[Fact]) -> list[News]:
    """Take facts into the mirror, by set; what is new for people."""
    taken = list(facts)
    if not taken:
        return []
    orders = _stored(conn, account, list(dict.fromkeys(fact.number for fact in taken)))
    for fact in taken:
        orders[fact.number].take(fact)
    news = [each for order in orders.values() for each in _news(platform, account, order)]
    _store(conn, account, list(orders.values()))
    return news


def heard(conn: Connection, account: int, at: datetime, *, test: bool, orders: int) -> None:
    """Note that the account's shop spoke."""
    row: dict[str, Any] = {"account": account, "heard": at, "tested": at if test else None, "orders": orders}
    noted = insert_into(conn, shop_feeds).values(row)
    table, new = shop_feeds.c, noted.excluded
    later: dict[str, Any] = {
        "heard": sa.case((new.heard > table.heard, new.heard), else_=table.heard),
        "tested": sa.func.coalesce(new.tested, table.tested),
        "orders": table.orders + new.orders,
    }
    conn.execute(noted.on_conflict_do_update(index_elements=["account"], set_=later))


def feed(conn: Connection, account: int) -> Mapping[str, Any]:
    """``heard``, ``tested``, ``orders`` told, and ``waiting`` returns whose order nobody told of; empty if silent."""
    row = conn.execute(sa.select(shop_feeds).where(shop_feeds.c.account == account)).mappings().one_or_none()
    if row is None:
        return {}
    parts = shop_order_parts.c
    waiting = sa.select(sa.func.count()).where(parts.account == account, parts.told.is_(False))
    return {**row, "waiting": conn.execute(waiting).scalar_one()}


def forget_buyers(conn: Connection, identifiers: Sequence[tuple[str, str]]) -> int:
    """Forget whose the orders of an erased person are, and what was told of those that wait to be asked for: they are
    asked for no more. How many orders lost their buyer."""
    details = shop_details.c
    waits = sa.select(shop_details).where(details.state == "waiting", details.message != "")
    for row in conn.execute(waits).all():
        if any(value.removeprefix("+86") in row.message for _, value in identifiers):
            same = sa.and_(details.account == row.account, details.number == row.number)
            gone = {"state": "failed", "message": "", "code": "erased"}
            conn.execute(sa.update(shop_details).where(same).values(**gone))
    table = shop_order_buyers.c
    kinds, values = [each[0] for each in identifiers], [each[1] for each in identifiers]
    asked = sent(conn, kind=(sa.Text, kinds), value=(sa.Text, values))
    mine = sa.exists().where(asked.c.kind == table.kind, asked.c.value == table.value)
    return conn.execute(sa.delete(shop_order_buyers).where(mine)).rowcount


# --- news


def _news(platform: str, account: int, order: Order) -> list[News]:
    if order.paid is None:
        return []
    whose = order.buyer or _by_order(platform, account, order.number)
    news = [_paid_news(platform, account, order, whose)] if order.payment is not None else []
    for part in sorted(order.waiting, key=lambda part: (part.at, part.kind, part.number)):
        about = {"refund_id" if part.kind == "returned" else "amendment_id": part.number}
        told = {"order_id": order.number, **about, "total": part.amount, "products": part.lines, "platform": platform}
        key = f"{platform}:{account}:{order.number}:{part.kind}:{part.number}"
        news.append(News(EVENTS[part.kind], part.at, whose, key, told))
    return news


def _paid_news(platform: str, account: int, order: Order, whose: Identifiers) -> News:
    assert order.payment is not None
    paid, buyer = order.payment
    told: dict[str, Any] = {
        "order_id": order.number,
        "total": str(paid.amount),
        "products": products(paid.lines),
        "platform": platform,
    }
    if paid.claim:
        told["claim"] = paid.claim
    if paid.more_lines:
        told["more_lines"] = paid.more_lines
    if paid.coupons:
        told["coupons"] = [
            {"code": each.code} if each.off is None else {"code": each.code, "off": _plain(each.off)}
            for each in paid.coupons
        ]
    if buyer.shown:
        told["buyer_as_shown"] = dict(buyer.shown)
    return News("order_paid", paid.at, whose, f"{platform}:{account}:{order.number}:paid", told)


def _by_order(platform: str, account: int, number: str) -> Identifiers:
    """Somebody of whom nothing is known but this order."""
    return (("anonymous_id", f"order:{platform}:{account}:{number}"),)


def products(lines: Sequence[Line]) -> list[dict[str, str]]:
    """Lines in the words of the intake; money stays text, so that no digit is lost."""
    return [
        {
            "sku": line.sku,
            "name": line.title,
            **({"category": line.category} if line.category else {}),
            "quantity": _plain(line.quantity),
            "price": _plain(line.price),
        }
        for line in lines
    ]


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f") if number else "0"


# --- the store


def _stored(conn: Connection, account: int, numbers: list[str]) -> dict[str, Order]:
    """The orders of these numbers; those nobody told of yet are empty."""
    found = {number: Order(number) for number in numbers}
    asked = sent(conn, number=(sa.Text, numbers))

    def rows(table: sa.Table) -> Sequence[sa.Row[Any]]:
        same = sa.and_(table.c.account == account, table.c.number == asked.c.number)
        return conn.execute(sa.select(table).join_from(asked, table, same, isouter=True)).all()

    for row in rows(shop_orders):
        if row.number is not None:
            order = found[row.number]
            order.state, order.version, order.paid, order.amount = row.state, row.version, row.paid, row.amount
    for row in rows(shop_order_buyers):
        if row.number is not None:
            found[row.number].buyer += ((row.kind, row.value),)
    for row in rows(shop_order_parts):
        if row.number is not None:
            found[row.number].known.add((row.kind, row.part))
            if not row.told:
                part = _Waiting(row.kind, row.part, row.at, row.amount, list(row.lines))
                found[row.number].waiting.append(part)
    return found


def _store(conn: Connection, account: int, orders: list[Order]) -> None:
    _store_orders(conn, account, orders)
    buyers = [(o.number, *pair) for o in orders if o.payment is not None for pair in o.buyer]
    if buyers:
        values = [{"account": account, "number": n, "kind": kind, "value": value} for n, kind, value in buyers]
        conn.execute(insert_into(conn, shop_order_buyers).on_conflict_do_nothing(), values)
    parts = [(order, part) for order in orders for part in order.waiting]
    if parts:
        rows = [_part_row(account, order, part) for order, part in parts]
        stored = insert_into(conn, shop_order_parts)
        keys = ["account", "number", "kind", "part"]
        conn.execute(stored.on_conflict_do_update(index_elements=keys, set_={"told": stored.excluded.told}), rows)


def _part_row(account: int, order: Order, part: _Waiting) -> dict[str, Any]:
    return {
        "account": account,
        "number": order.number,
        "kind": part.kind,
        "part": part.number,
        "at": part.at,
        "amount": part.amount,
        "lines": part.lines,
        "told": order.paid is not None,
    }


def _store_orders(conn: Connection, account: int, orders: list[Order]) -> None:
    columns: dict[str, Any] = {
        "number": (sa.Text, [order.number for order in orders]),
        "state": (sa.Text, [order.state for order in orders]),
        "version": (sa.BigInteger, [order.version for order in orders]),
        "paid": (sa.BigInteger, [None if order.paid is None else to_millis(order.paid) for order in orders]),
        "amount": (sa.Text, [order.amount for order in orders]),
    }
    rows = sent(conn, **columns)
    typed = [sa.type_coerce(rows.c[name], shop_orders.c[name].type) for name in columns]
    stored = insert_into(conn, shop_orders).from_select(
        ["account", *columns], sa.select(sa.literal(account, sa.BigInteger), *typed).where(sa.true())
    )
    changed = {name: stored.excluded[name] for name in columns if name != "number"}
    conn.execute(stored.on_conflict_do_update(index_elements=["account", "number"], set_=changed))
