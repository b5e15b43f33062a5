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
from siyu.storage.ledger import from_millis

TOP = 5
NEWEST = 16
"""So many moments spare the first page of the timeline a reading of its own."""


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
    names: Sequence[tuple[str, int]]  # of all their events, the product's own too, and how many of each, most first


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
    newest: Sequence[datetime]  # the moments of their last events, newest first, at most NEWEST
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
    came, did, bought, newest = _history(stores, asked, origins, basic["created"])
    return Profile(
        kept,
        nodes,
        gone,
        basic,
        came,
        did,
        bought,
        {"computed": False},
        newest,
        held,
    )


_SPENT = "arrayMap((quantity, price) -> toDecimal64(quantity * price, 4), lines.quantity, lines.price)"
_HISTORY = f"""
WITH
    NOT has({{own:Array(String)}}, name) AS done,
    name IN ('order_paid', 'order_amended') AS bought,
    if(properties.name.:String != '', properties.name.:String, properties.sku.:String) AS looked_at,
    arrayMap((title, sku) -> if(title != '', title, sku), lines.title, lines.sku) AS products
SELECT
    argMinIf(name, time, done), minIf(time, done), argMinIf(products[1], time, name = 'order_paid'),
    sumMapIf([toString(source)], [toUInt64(1)], source != 'siyu'),
    countIf(done), uniqExactIf(toDate(time, {{zone:String}}), done), countIf(name IN ('page_viewed', 'product_viewed')),
    maxIf(time, done), countIf(name = 'product_favourited'), countIf(name = 'cart_added'),
    countIf(name = 'message_opened'), countIf(name = 'message_clicked'),
    sumMapIf([toHour(time, {{zone:String}})], [toUInt64(1)], done),
    sumMapIf([ifNull(looked_at, '')], [toUInt64(1)], name IN ('product_viewed', 'product_favourited', 'cart_added')),
    sumMap([toString(name)], [toUInt64(1)]), groupArraySorted({NEWEST})(-toUnixTimestamp64Milli(time)),
    countIf(name = 'order_paid'), sumIf(amount, bought),
    countIf(name = 'order_returned'), sumIf(amount, name = 'order_returned'),
    minIf(time, name = 'order_paid'), maxIf(time, name = 'order_paid'),
    sumMapIf(CAST(lines.category AS Array(String)), {_SPENT}, bought), sumMapIf(products, {_SPENT}, bought)
FROM events WHERE person IN {{nodes:Array(UInt32)}}
SETTINGS optimize_use_projections = 0
"""
"""One reading for the whole page: at fifty million events nine questions took .24 s, this one .05."""


def _history(
    stores: Stores, asked: Mapping[str, Any], origins: Sequence[str | None], created: datetime
) -> tuple[Source, Behaviour, Business, list[datetime]]:
    """What the events of a person say: where they came from, what they did, what they bought; the last moments."""
    told = stores.events.row(_HISTORY, asked)
    source, campaign, staff = origins
    name, at, product, sources = told[:4]
    came = Source(source, campaign, staff, created, name or None, utc(at), product or None, _most(sources))
    events, days, visits, seen, favourites, carts, opened, clicked, by_hour, looked_at, names, newest = told[4:16]
    times = dict(zip(*by_hour, strict=True))
    hours = [int(times.get(hour, 0)) for hour in range(24)]
    did = Behaviour(
        *(events, days, visits, utc(seen), favourites, carts, opened, clicked, hours, _most(looked_at)),
        _most(names, None),
    )
    orders, sales, returns, returned, first, last, categories, products = told[16:]
    first, last = utc(first), utc(last)
    between = (last - first).total_seconds() / 86_400 / (orders - 1) if orders > 1 and first and last else None
    average = sales / orders if orders else None
    bought = Business(
        orders, sales, returns, returned, average, first, last, between, _most(categories), _most(products)
    )
    return came, did, bought, [from_millis(-millis) for millis in newest]


def _most(summed: tuple[Sequence[str], Sequence[Any]], top: int | None = TOP) -> list[tuple[str, Any]]:
    """The ``top`` names with the highest sums, the nameless left out."""
    named = [(str(name), value) for name, value in zip(*summed, strict=True) if name]
    return sorted(named, key=lambda each: (-each[1], each[0]))[:top]


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
