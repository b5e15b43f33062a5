"""Coupons that shops' orders used, followed in the news: redeemed when an order tells of them, given back when it is
cancelled or wholly returned.

Whatever happened to an order (told twice, told late, in any order), all that was told of it is read again, and its
coupons are made to stand as they should. So it can be done again at any time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs.tables import cursors
from siyu.loyalty.coupons import redeeming
from siyu.loyalty.coupons.model import Kind, Take, Taken, code_of
from siyu.loyalty.coupons.moving import Row
from siyu.loyalty.coupons.pricing import CODES_MAX, find, shared_key
from siyu.loyalty.coupons.redeeming import NotRedeemed, Use, order_key
from siyu.loyalty.coupons.stacking import Coupon, Gift, Line, off
from siyu.loyalty.coupons.steps import Step, note
from siyu.loyalty.coupons.tables import coupon_kinds, coupon_steps
from siyu.loyalty.coupons.taking import take
from siyu.people import news
from siyu.people.told_orders import Order, orders_of
from siyu.storage import Stores, in_chunks, insert_into, sent

log = logging.getLogger(__name__)

CURSOR = "coupons_redeemed"
BY = "orders"
PIECES_A_STEP = 50
ORDERS_A_WRITE = 500


@dataclass(frozen=True, slots=True)
class Told:
    """A code that a shop says an order used, and what it took off; None where the shop does not say."""

    order: Order
    code: str
    off_cents: int | None

    @property
    def key(self) -> str:
        return order_key(self.order.number, self.order.source)


def follow(stores: Stores) -> int:
    """The next stored batches; how many."""
    if news.anything_new(stores):
        news.give_places(stores)
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar()
        any_kind = conn.execute(sa.select(coupon_kinds.c.id).limit(1)).first() is not None
    if place is None or not any_kind:
        _go_to(stores, place, news.last_place(stores))
        return 0
    pieces = news.pieces_after(stores, place, PIECES_A_STEP)
    if not pieces:
        return 0
    orders = orders_of(stores, [piece.batch for piece in pieces])
    codes = _codes(stores, orders)
    for chunk in in_chunks(orders, ORDERS_A_WRITE):
        with stores.ledger.write() as conn:
            settle(conn, stores.clock.now(), chunk, codes)
    _go_to(stores, place, pieces[-1].place)
    return len(pieces)


def settle(
    conn: Connection,
    now: datetime,
    orders: Sequence[Order],
    codes: Mapping[tuple[str, str], Sequence[tuple[str, int | None]]],
) -> None:
    """Have the coupons of these orders stand as they should; ``codes``: (source, number) → codes and what they took."""
    redeeming.give_back(conn, now, BY, [order_key(each.number, each.source) for each in orders if each.gone])
    told = [
        Told(order, code_of(code), cents)
        for order in orders
        if not order.gone
        for code, cents in codes.get((order.source, order.number), ())
    ]
    if not told:
        return
    known = find(conn, [each.code for each in told])
    taken = _taken(conn, now, known, told)
    uses: list[Use] = []
    for each in told:
        if each.code not in known:
            continue  # a code of the shop's own
        kind, row = known[each.code]
        coupon = row.id if row is not None else taken.get((each.key, kind.id))
        if coupon is None:
            log.info("a shared code was used beyond what its coupon kind allows")
            continue
        cents = each.off_cents if each.off_cents is not None else _worked_out(kind, each.order)
        uses.append(Use(coupon, each.key, cents, each.order.at, BY))
    refused = [
        (use, answer.why)
        for use, answer in zip(uses, redeeming.redeem(conn, now, uses), strict=True)
        if isinstance(answer, NotRedeemed)
    ]
    _note_refused(conn, now, refused)


def _taken(
    conn: Connection, now: datetime, known: Mapping[str, tuple[Kind, Row | None]], told: Sequence[Told]
) -> dict[tuple[str, int], int]:
    """(Order, kind) → the coupon that a shared code gives its buyer."""
    wishes: dict[str, tuple[Take, tuple[str, int]]] = {}
    for each in told:
        kind, row = known.get(each.code, (None, None))
        if kind is not None and row is None:
            key = shared_key(each.key, kind.id)
            wishes[key] = Take(kind.id, each.order.buyer, key, f"通用码 {kind.code}", BY), (each.key, kind.id)
    answers = take(conn, now, [wish for wish, _ in wishes.values()])
    return {wishes[each.key][1]: each.coupon for each in answers if isinstance(each, Taken)}


def _worked_out(kind: Kind, order: Order) -> int:
    """What a coupon takes off the lines as the shop told them, where it does not say what it took."""
    lines = [Line(item.sku, item.category, int(item.worth * 100)) for item in order.items.values()]
    parts = off([Coupon(1, kind.terms)], lines or [Line("", "", sum(order.kept.values()))], 0) or []
    if not parts and isinstance(kind.terms.gives, Gift):
        return kind.terms.gives.worth
    return sum(part.cents + part.worth for part in parts)


def _note_refused(conn: Connection, now: datetime, refused: Sequence[tuple[Use, str]]) -> None:
    """Write down, once an order, that a shop used a coupon that it should not have: its staff see it."""
    if not refused:
        return
    asked = sent(conn, coupon=(sa.BigInteger, [use.coupon for use, _ in refused]))
    there = sa.select(coupon_steps.c.coupon, coupon_steps.c.order).where(
        coupon_steps.c.what == "refused", coupon_steps.c.coupon.in_(sa.select(asked.c.coupon))
    )
    known = {(row.coupon, row.order) for row in conn.execute(there)}
    new = {
        (use.coupon, use.order): Step(use.coupon, "refused", BY, use.order, use.off_cents, why) for use, why in refused
    }
    note(conn, now, [step for pair, step in new.items() if pair not in known])


def _codes(stores: Stores, orders: Sequence[Order]) -> dict[tuple[str, str], list[tuple[str, int | None]]]:
    """(Source, number) → the codes of orders that carry some."""
    if not orders:
        return {}
    rows = stores.events.rows(
        "SELECT source, `order`, toJSONString(properties) FROM events WHERE name = 'order_paid' "
        "AND (source, `order`) IN (SELECT arrayJoin(arrayZip({sources:Array(String)}, {numbers:Array(String)}))) "
        "AND (position(toJSONString(properties), '\"coupon') > 0) ORDER BY time, message_id",
        {"sources": [each.source for each in orders], "numbers": [each.number for each in orders]},
        heavy=True,
    )
    found: dict[tuple[str, str], list[tuple[str, int | None]]] = {}
    for source, number, properties in rows:  # of an order that was told twice, what was told first counts
        found.setdefault((str(source), str(number)), list(_of_properties(msgspec.json.decode(properties))))
    return found


def _of_properties(properties: Mapping[str, Any]) -> Iterator[tuple[str, int | None]]:
    """Codes in ``coupons`` (of shops), or in the Segment spec's ``coupon`` with ``discount``."""
    several = properties.get("coupons")
    one = properties.get("coupon")
    if isinstance(several, list):
        for each in several[:CODES_MAX]:
            if isinstance(each, dict) and isinstance(each.get("code"), str):
                yield each["code"][:64], _cents(each.get("off"))
    elif isinstance(one, str) and one.strip():
        yield one[:64], _cents(properties.get("discount"))


def _cents(value: Any) -> int | None:
    """Yuan, however they are written → cents; None for what is no amount."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = Decimal(str(value).strip()) * 100
    except InvalidOperation:
        return None
    return int(found.to_integral_value()) if found.is_finite() and 0 <= found < Decimal(10**13) else None


def _go_to(stores: Stores, before: int | None, place: int) -> None:
    if before == place:
        return
    with stores.ledger.write() as conn:
        row = insert_into(conn, cursors).values(name=CURSOR, place=place)
        conn.execute(row.on_conflict_do_update(index_elements=["name"], set_={"place": place}))
