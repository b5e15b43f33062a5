"""Which mechanic works for whom: of people in each layer who started something, how many reached the goal, brought
somebody new, or paid an order, by mechanic.

A person counts once a mechanic, from when they first started one in the period, in the layer that they were in *then*
(what they are now may be what the campaign made of them), and only once :data:`WINDOW_DAYS` days since are over: so all
had the same time. People chose to take part, nobody was drawn: a difference says where to try, not what caused it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from siyu.audiences import layers
from siyu.audiences.layers import Scheme
from siyu.experiments.arms import confidence_of
from siyu.experiments.lift import lift_of_shares
from siyu.growth.campaigns.mechanic import MECHANICS
from siyu.growth.campaigns.outcomes import Share
from siyu.growth.campaigns.tables import campaigns
from siyu.growth.period import moments_of, span_of, today
from siyu.storage import Stores
from siyu.storage.eventlog_schema import PERSON

WINDOW_DAYS = 7
DAYS, DAYS_MAX = 180, 800
SCHEME = "lifecycle"
UNPLACED = ""
"""In the place of a layer: in none of the scheme's, somebody new for instance."""
Measure = Literal["brought", "reached", "ordered"]
MEASURES: Mapping[Measure, tuple[str, str]] = {
    "brought": ("带来新客户", "Brought somebody new"),
    "reached": ("达成目标", "Reached the goal"),
    "ordered": ("7 天内下单", "Paid an order within 7 days"),
}

_SLUG = "ifNull(properties.`campaign`.:String, '')"
_SINCE = f"e.time >= since AND e.time < since + INTERVAL {WINDOW_DAYS} DAY"
_STARTS = f"""
SELECT {PERSON} AS kept, ifNull(properties.`mechanic`.:String, '') AS mechanic, min(time) AS since FROM events
WHERE name = 'effort_opened' AND time >= {{first:DateTime64(3, 'UTC')}} AND time < {{last:DateTime64(3, 'UTC')}}
GROUP BY kept, mechanic
"""
_HELD = f"""
SELECT s.kept AS kept, s.mechanic AS mechanic, s.since AS since,
    multiIf(
        countIf(m.kept != 0 AND m.time <= s.since) > 0, argMaxIf(m.later, m.time, m.time <= s.since),
        countIf(m.kept != 0 AND m.time > s.since) > 0, argMinIf(m.earlier, m.time, m.time > s.since),
        any(p.layer)
    ) AS layer
FROM starts AS s
LEFT JOIN (
    SELECT {PERSON} AS kept, time, ifNull(properties.`from`.:String, '') AS earlier,
        ifNull(properties.`to`.:String, '') AS later
    FROM events WHERE name = 'layer_changed' AND ifNull(properties.`scheme`.:String, '') = {{scheme:String}}
        AND kept IN (SELECT kept FROM starts)
) AS m ON m.kept = s.kept
LEFT JOIN (
    SELECT person, toString(layers[{{scheme:String}}]) AS layer FROM people FINAL WHERE gone = 0
) AS p ON p.person = s.kept
GROUP BY kept, mechanic, since
"""
_DONE = f"""
SELECT {PERSON} AS kept, time, name,
    if(name = 'effort_done', ifNull(properties.`mechanic`.:String, ''), '') AS mechanic
FROM events WHERE name IN ('effort_done', 'order_paid') AND kept IN (SELECT kept FROM starts)
UNION ALL
SELECT dictGetOrDefault('person_of', 'kept', toUInt64(inviter), inviter) AS kept, time, name, mechanic FROM (
    SELECT toUInt32(ifNull(properties.`inviter`.:Int64, 0)) AS inviter, time, name,
        transform({_SLUG}, {{slugs:Array(String)}}, {{mechanics:Array(String)}}, '') AS mechanic
    FROM events WHERE name = 'brought' AND {_SLUG} != ''
) WHERE kept IN (SELECT kept FROM starts)
"""
_CELLS = f"""
WITH starts AS ({_STARTS}), held AS ({_HELD})
SELECT mechanic, layer, count(), countIf(brought > 0), countIf(reached > 0), countIf(ordered > 0), sum(brought)
FROM (
    SELECT h.kept AS kept, h.mechanic AS mechanic, h.layer AS layer, h.since AS since,
        countIf(e.name = 'brought' AND e.mechanic = h.mechanic AND {_SINCE}) AS brought,
        countIf(e.name = 'effort_done' AND e.mechanic = h.mechanic AND {_SINCE}) AS reached,
        countIf(e.name = 'order_paid' AND {_SINCE}) AS ordered
    FROM held AS h LEFT JOIN ({_DONE}) AS e ON e.kept = h.kept
    GROUP BY kept, mechanic, layer, since
) GROUP BY mechanic, layer
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """People of one layer who started something of one mechanic, and what came of it. ``newcomers``: whom they
    brought."""

    people: int = 0
    brought: int = 0
    reached: int = 0
    ordered: int = 0
    newcomers: int = 0

    def share(self, measure: Measure) -> Share:
        return Share({"brought": self.brought, "reached": self.reached, "ordered": self.ordered}[measure], self.people)


@dataclass(frozen=True, slots=True)
class Best:
    """What a layer's row says. ``mechanic``: the one with the highest share among those with enough people, "" where
    none has; ``sure``: it stands apart from each other such (Newcombe's interval, as strict as so many comparisons
    need); ``others``: how many those are."""

    mechanic: str
    sure: bool
    others: int


@dataclass(frozen=True, slots=True)
class Table:
    """``cells``: (layer, mechanic) → what came of it; ``layers``: in the scheme's order, :data:`UNPLACED` at the end
    where anybody is; ``mechanics``: those that anybody started, as they are offered."""

    first: date
    last: date
    scheme: Scheme
    layers: list[tuple[str, tuple[str, str]]]
    mechanics: list[str]
    cells: dict[tuple[str, str], Cell]

    def cell(self, layer: str, mechanic: str) -> Cell:
        return self.cells.get((layer, mechanic), Cell())

    def best(self, layer: str, measure: Measure) -> Best:
        """Which mechanic does best with a layer."""
        shares = [(each, self.cell(layer, each).share(measure)) for each in self.mechanics]
        able = [(each, share) for each, share in shares if not share.few]
        if not able:
            return Best("", sure=False, others=0)
        able.sort(key=lambda each: -(each[1].value or 0))
        (name, top), *others = able
        apart = [_apart(top, share, len(able)) for _, share in others]
        return Best(name, sure=bool(apart) and all(apart), others=len(others))


def _apart(top: Share, other: Share, many: int) -> bool:
    return lift_of_shares(top.part, top.whole, other.part, other.whole, confidence_of(many)).shows


def table_of(stores: Stores, scheme: str = SCHEME, first: date | None = None, last: date | None = None) -> Table:
    """Of who started in the period; half a year up to the last day whose time is over, where nothing is said.

    Raises :class:`~siyu.storage.BadInput` for a period, :class:`~siyu.storage.NotFound` for an unknown scheme.
    """
    over = today(stores) - timedelta(days=WINDOW_DAYS + 1)
    since, until = span_of(stores, first, last or over, days=DAYS, most=DAYS_MAX)
    begin, end = moments_of(stores, since, until)
    end = min(end, stores.clock.now() - timedelta(days=WINDOW_DAYS))
    with stores.ledger.read() as conn:
        known = layers.scheme(conn, scheme)
        mechanics = dict(conn.execute(sa.select(campaigns.c.slug, campaigns.c.mechanic)).tuples().all())
    given: dict[str, Any] = {
        "first": begin,
        "last": end,
        "scheme": scheme,
        "slugs": list(mechanics) or [""],
        "mechanics": list(mechanics.values()) or [""],
    }
    cells = {(row[1], row[0]): Cell(*map(int, row[2:])) for row in stores.events.rows(_CELLS, given, heavy=True)}
    places = [(each.key, each.label) for each in known.layers]
    strange = {layer for layer, _ in cells} - {key for key, _ in places}
    merged = _gathered(cells, strange)
    if strange:
        places.append((UNPLACED, ("未分层（新来的等）", "In no layer yet (newly come, say)")))
    used = {mechanic for _, mechanic in cells}
    return Table(since, until, known, places, [each for each in MECHANICS if each in used], merged)


def _gathered(cells: Mapping[tuple[str, str], Cell], strange: set[str]) -> dict[tuple[str, str], Cell]:
    """With layers that the scheme has no more among those of none."""
    found: dict[tuple[str, str], Cell] = {}
    for (layer, mechanic), cell in cells.items():
        key = (UNPLACED if layer in strange else layer, mechanic)
        found[key] = _sum(found.get(key, Cell()), cell)
    return found


def _sum(one: Cell, other: Cell) -> Cell:
    return Cell(*(getattr(one, name) + getattr(other, name) for name in Cell.__dataclass_fields__))
