"""What a rule would have given in the days before now, had it been there: nothing is posted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from siyu.jobs import preferences
from siyu.loyalty.points.earning.following import Tiers, nobody
from siyu.loyalty.points.earning.model import Bought, EventRule, OrderRule, Rule, earned
from siyu.people.told_orders import orders_between
from siyu.storage import Stores
from siyu.storage.eventlog_schema import PERSON

DAYS = 30


@dataclass(frozen=True, slots=True)
class Tried:
    """``times``: orders or doings for which it gives."""

    days: int
    points: int
    people: int
    times: int


def tried(stores: Stores, rule: Rule, tiers: Tiers = nobody) -> Tried:
    """Over the last ``DAYS`` days; by the tiers of today."""
    return _orders(stores, rule, tiers) if isinstance(rule, OrderRule) else _doings(stores, rule, tiers)


def _orders(stores: Stores, rule: OrderRule, tiers: Tiers) -> Tried:
    now, zone = stores.clock.now(), preferences.timezone(stores)
    orders = orders_between(stores, now - timedelta(days=DAYS), now)
    with stores.ledger.read() as conn:
        tier_of = tiers(conn, sorted({order.buyer for order in orders})) if rule.tiers else {}
    points, times, persons = 0, 0, set[int]()
    for order in orders:
        lines = [(item.sku, item.category, order.kept[name]) for name, item in order.items.items()]
        lines = lines or [("", "", sum(order.kept.values()))]
        given = earned({0: rule}, Bought(order.at.astimezone(zone).date(), tier_of.get(order.buyer, ""), lines))
        if given:
            points += given[0]
            times += 1
            persons.add(order.buyer)
    return Tried(DAYS, points, len(persons), times)


def _doings(stores: Stores, rule: EventRule, tiers: Tiers) -> Tried:
    now, zone = stores.clock.now(), preferences.timezone(stores)
    rows = stores.events.rows(
        f"SELECT {PERSON} AS kept, toDate(time, {{zone:String}}) AS day, count() FROM events "
        "WHERE name = {name:String} AND time >= {since:DateTime64(3, 'UTC')} GROUP BY kept, day ORDER BY kept, day",
        {"zone": zone.key, "name": rule.event, "since": now - timedelta(days=DAYS)},
        heavy=True,
    )
    with stores.ledger.read() as conn:
        tier_of = tiers(conn, sorted({int(row[0]) for row in rows})) if rule.tiers else {}
    times: dict[int, int] = defaultdict(int)
    for person, day, many in rows:
        if rule.when.on(day) and (not rule.tiers or tier_of.get(int(person), "") in rule.tiers):
            times[int(person)] += min(int(many), rule.times_a_day)
    if rule.times_ever is not None:
        times = defaultdict(int, {person: min(many, rule.times_ever) for person, many in times.items()})
    return Tried(DAYS, rule.points * sum(times.values()), sum(many > 0 for many in times.values()), sum(times.values()))
