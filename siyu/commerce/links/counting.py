"""How far paths came, counted from events alone.

A path is one link, one person, one message. It came as far as its furthest event says: who paid had seen the price,
whether or not the page could tell. Events told twice, late or in another sequence change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from siyu.commerce.links.model import STEPS
from siyu.storage import Stores
from siyu.storage.ledger import to_millis

By = Literal["all", "link", "offer", "message", "staff", "channel", "good"]
BYS: Mapping[By, tuple[str, str]] = {
    "all": ("合计", "In all"),
    "link": ("链接", "Link"),
    "offer": ("优惠", "Offer"),
    "message": ("消息", "Message"),
    "staff": ("员工", "Staff"),
    "channel": ("渠道", "Channel"),
    "good": ("商品", "Product"),
}
GROUPS_MAX = 500
_GROUP: Mapping[By, str] = {
    "all": "''",
    "link": "toString(link)",
    "offer": "if(offer = 0, '', toString(offer))",
    "message": "broadcast",
    "staff": "staff",
    "channel": "channel",
    "good": "if(good = 0, '', toString(good))",
}
_STEP_OF = {event: place for place, step in enumerate(STEPS, 1) for event in step.events}
_OURS = tuple(name for name in _STEP_OF if name.startswith("offer_"))
_OF_MESSAGES = tuple(name for name in _STEP_OF if not name.startswith("offer_"))


@dataclass(frozen=True, slots=True)
class Count:
    """Paths of one group that came to each step or beyond (:data:`STEPS`, in order). ``forwarded``: those of people to
    whom somebody passed the link on; they begin by opening it."""

    group: str
    forwarded: bool
    reached: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Carriers:
    """Which messages hold which link: the number of the broadcast (a journey's too) → links. Whoever knows what
    messages say gives it; the numbers of messages end their delivery ids."""

    links_of: Mapping[int, Sequence[int]]


NO_CARRIERS = Carriers({})


def count(
    stores: Stores,
    since: datetime,
    until: datetime,
    *,
    by: By = "all",
    link: int | None = None,
    carriers: Carriers = NO_CARRIERS,
) -> list[Count]:
    """Paths that began within these moments, and how far they came until now, by group (at most ``GROUPS_MAX``; the
    most first)."""
    asked: dict[str, Any] = {
        "since": to_millis(since),
        "until": to_millis(until),
        "link": link or 0,
        "ours": list(_OURS),
        "names": list(_STEP_OF),
        "steps": [_STEP_OF[name] for name in _STEP_OF],
    }
    source = _told(asked) + _carried(carriers, link, asked)
    reached = ", ".join(f"countIf(furthest >= {place})" for place in range(1, len(STEPS) + 1))
    rows = stores.events.rows(
        f"SELECT {_GROUP[by]} AS grouped, forwarded, {reached} FROM ("
        "SELECT trail, max(step) AS furthest, min(time) AS began, max(passed) AS forwarded, "
        "argMax(link, (step, time)) AS link, argMax(offer, (offer > 0, step, time)) AS offer, "
        "argMax(good, (good > 0, step, time)) AS good, argMax(broadcast, (broadcast != '', step, time)) AS broadcast, "
        "argMax(staff, (staff != '', step, time)) AS staff, argMax(channel, (channel != '', step, time)) AS channel "
        f"FROM ({source}) WHERE trail != '' GROUP BY trail) "
        "WHERE began >= fromUnixTimestamp64Milli({since:Int64}) AND began < fromUnixTimestamp64Milli({until:Int64}) "
        f"AND (has([0, link], {{link:Int64}})) GROUP BY grouped, forwarded "
        f"ORDER BY count() DESC, grouped, forwarded LIMIT {GROUPS_MAX * 2}",
        asked,
        heavy=True,
    )
    return [Count(str(row[0]), bool(row[1]), tuple(int(each) for each in row[2:])) for row in rows]


def _told(asked: dict[str, Any]) -> str:
    del asked
    number = "ifNull(properties.`{}`.:Int64, 0)".format
    text = "ifNull(properties.`{}`.:String, '')".format
    return (
        f"SELECT {text('trail')} AS trail, time, transform(toString(name), {{names:Array(String)}}, "
        f"{{steps:Array(UInt8)}}, 0) AS step, {number('forwarded')} AS passed, {number('link')} AS link, "
        f"{number('offer')} AS offer, {number('good')} AS good, {text('channel')} AS channel, "
        f"{text('staff')} AS staff, "
        "'' AS broadcast "
        "FROM events WHERE name IN {ours:Array(String)}"
    )


def _carried(carriers: Carriers, link: int | None, asked: dict[str, Any]) -> str:
    """The events of messages that hold a link, as those of its paths."""
    pairs = [
        (broadcast, each) for broadcast, links in carriers.links_of.items() for each in links if link in (None, each)
    ]
    if not pairs:
        return ""
    asked |= {
        "broadcasts": [broadcast for broadcast, _ in pairs],
        "links": [each for _, each in pairs],
        "messages": list(_OF_MESSAGES),
    }
    return (
        " UNION ALL SELECT concat(toString(each), '.', toString(person), '.', number) AS trail, time, "
        "transform(toString(name), {names:Array(String)}, {steps:Array(UInt8)}, 0) AS step, 0 AS passed, "
        "toInt64(each) AS link, 0 AS offer, 0 AS good, '' AS channel, '' AS staff, toString(sent) AS broadcast FROM ("
        "SELECT person, time, name, ifNull(properties.broadcast.:Int64, 0) AS sent, "
        "arrayElement(splitByChar('-', ifNull(properties.delivery_id.:String, '')), -1) AS number FROM events "
        "WHERE name IN {messages:Array(String)} AND ifNull(properties.broadcast.:Int64, 0) IN {broadcasts:Array(Int64)}"
        ") ARRAY JOIN arrayFilter((l, b) -> b = sent, {links:Array(Int64)}, {broadcasts:Array(Int64)}) AS each"
    )
