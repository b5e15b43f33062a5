"""One person in five classes: source, basic, behaviour, business, predictive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import preferences
from siyu.people import projection
from siyu.people.event_names import OWN_KINDS
from siyu.people.merges import whole_of
from siyu.people.moments import utc
from siyu.people.tables import people, person_tags, tag_groups, tags
from siyu.storage import Stores

TOP = 5


@dataclass(frozen=True, slots=True)
class Source:
    """来源: what brought them."""

    source: str | None
    campaign: str | None
    staff: str | None
    created: datetime
    first_event: str | None
    first_event_at: datetime | None
    first_product: str | None
    sources: Sequence[tuple[str, int]]  # where their events come from, and how many


@dataclass(frozen=True, slots=True)
class Behaviour:
    """行为. Hours are those of the installation's time zone."""

    events: int
    active_days: int
    visits: int
    last_seen: datetime | None
    favourites: int
    carts: int
    opened: int
    clicked: int
    hours: Sequence[int]  # 24 counts
    top_products: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Business:
    """业务. Amounts are in the installation's currency. Sales and returns are apart."""

    orders: int
    sales: Decimal
    returns: int
    returned: Decimal
    average: Decimal | None  # sales per order
    first_order: datetime | None
    last_order: datetime | None
    days_between: float | None  # mean days from an order to the next; None under two orders
    top_categories: Sequence[tuple[str, Decimal]]
    top_products: Sequence[tuple[str, Decimal]]


@dataclass(frozen=True, slots=True)
class HeldTag:
    id: int
    name: str
    group: str
    at: datetime
    origin: str
    detail: str
    by: str
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class Profile:
    person: int  # the kept one
    nodes: Sequence[int]
    gone: bool
    basic: Mapping[str, Any]
    source: Source
    behaviour: Behaviour
    business: Business
    predictive: Mapping[str, Any]
    tags: Sequence[HeldTag]


def profile_of(stores: Stores, person: int) -> Profile:
    """Everything known about the person that ``person`` (any of its nodes) belongs to. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        ((kept, nodes),) = whole_of(conn, person).items()
        rows = conn.execute(sa.select(people).where(people.c.person.in_(nodes))).all()
        held = tags_of(conn, kept, stores.clock.now())
        zone = str(preferences.get(conn, "timezone"))
    basic = projection.merged_profile(rows)
    basic["no_profiling"] = any(row.no_profiling for row in rows)
    basic["is_minor"] = basic["minor"] or projection.is_minor(basic["birthday"], stores.clock.now().date())
    gone = bool(basic.pop("gone"))
    origins = [basic.pop(f"origin_{name}") for name in ("source", "campaign", "staff")]
    asked = {"nodes": nodes, "own": list(OWN_KINDS), "zone": zone}
    return Profile(
        kept,
        nodes,
        gone,
        basic,
        _source(stores, asked, origins, basic["created"]),
        _behaviour(stores, asked),
        _business(stores, asked),
        {"computed": False},
        held,
    )


def tags_of(conn: Connection, kept: int, now: datetime) -> list[HeldTag]:
    """The tags that a kept person has at ``now``; those that expired are left out."""
    rows = conn.execute(
        sa.select(
            tags.c.id,
            tags.c.name,
            tag_groups.c.name,
            person_tags.c.at,
            person_tags.c.origin,
            person_tags.c.detail,
            person_tags.c.by,
            person_tags.c.expires,
        )
        .join_from(person_tags, tags, tags.c.id == person_tags.c.tag)
        .join(tag_groups, tag_groups.c.id == tags.c.group)
        .where(person_tags.c.person == kept, person_tags.c.expires.is_(None) | (person_tags.c.expires > now))
        .order_by(tag_groups.c.place, tags.c.id)
    )
    return [HeldTag(*row) for row in rows]


_MINE = "person IN {nodes:Array(UInt32)}"
_DONE = f"{_MINE} AND NOT has({{own:Array(String)}}, name)"


def _source(stores: Stores, asked: Mapping[str, Any], origins: Sequence[str | None], created: datetime) -> Source:
    name, at, product = stores.events.row(
        "SELECT argMin(name, time), min(time), argMinIf(if(lines.title[1] != '', lines.title[1], lines.sku[1]), time, "
        f"name = 'order_paid') FROM events WHERE {_DONE}",
        asked,
    )
    sources = stores.events.rows(
        f"SELECT source, count() AS times FROM events WHERE {_MINE} AND source != 'siyu' GROUP BY source "
        f"ORDER BY times DESC LIMIT {TOP}",
        asked,
    )
    source, campaign, staff = origins
    shown = [(str(each), int(times)) for each, times in sources]
    return Source(source, campaign, staff, created, name or None, utc(at), product or None, shown)


def _behaviour(stores: Stores, asked: Mapping[str, Any]) -> Behaviour:
    events, days, visits, seen, favourites, carts, opened, clicked = stores.events.row(
        "SELECT count(), uniqExact(toDate(time, {zone:String})), countIf(name IN ('page_viewed', 'product_viewed')), "
        "max(time), countIf(name = 'product_favourited'), countIf(name = 'cart_added'), "
        f"countIf(name = 'message_opened'), countIf(name = 'message_clicked') FROM events WHERE {_DONE}",
        asked,
    )
    hours = [0] * 24
    for hour, times in stores.events.rows(
        f"SELECT toHour(time, {{zone:String}}) AS hour, count() FROM events WHERE {_DONE} GROUP BY hour", asked
    ):
        hours[hour] = int(times)
    products = stores.events.rows(
        "SELECT if(properties.name.:String != '', properties.name.:String, properties.sku.:String) AS product, "
        f"count() AS times FROM events WHERE {_MINE} "
        "AND name IN ('product_viewed', 'product_favourited', 'cart_added') "
        f"AND product != '' GROUP BY product ORDER BY times DESC, product LIMIT {TOP}",
        asked,
    )
    top = [(str(product), int(times)) for product, times in products]
    return Behaviour(events, days, visits, utc(seen), favourites, carts, opened, clicked, hours, top)


def _business(stores: Stores, asked: Mapping[str, Any]) -> Business:
    orders, sales, returns, returned, first, last = stores.events.row(
        "SELECT countIf(name = 'order_paid'), sumIf(amount, name IN ('order_paid', 'order_amended')), "
        "countIf(name = 'order_returned'), sumIf(amount, name = 'order_returned'), "
        "minIf(time, name = 'order_paid'), maxIf(time, name = 'order_paid') "
        f"FROM events WHERE {_MINE} AND name IN ('order_paid', 'order_amended', 'order_returned')",
        asked,
    )
    tops: list[list[tuple[str, Decimal]]] = []
    for what in ("category", "if(title != '', title, sku)"):
        rows = stores.events.rows(
            f"SELECT {what} AS what, sum(toDecimal64(quantity * price, 4)) AS spent FROM events "
            "ARRAY JOIN lines.sku AS sku, lines.title AS title, lines.category AS category, "
            "lines.quantity AS quantity, lines.price AS price "
            f"WHERE {_MINE} AND name IN ('order_paid', 'order_amended') AND what != '' "
            f"GROUP BY what ORDER BY spent DESC, what LIMIT {TOP}",
            asked,
        )
        tops.append([(str(name), spent) for name, spent in rows])
    first, last = utc(first), utc(last)
    between = (last - first).total_seconds() / 86_400 / (orders - 1) if orders > 1 and first and last else None
    average = sales / orders if orders else None
    return Business(orders, sales, returns, returned, average, first, last, between, tops[0], tops[1])
