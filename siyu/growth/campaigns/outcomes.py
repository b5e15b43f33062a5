"""What became of who took part in campaigns, from the event log: whether each campaign did what it is for, and whether
those who came by it were worth having.

Somebody *took part* from when they first started or helped in a campaign. A campaign is judged by its purpose, within
:data:`WINDOW_DAYS` days of that: new people (of everybody who took part, those whom it brought); paid orders; taking
part itself (of the devices that looked); sleepers (of whom nothing was heard for :data:`SLEEP_DAYS` days before);
something learned (a tag, a profile, a form). *Newcomers* are whom the campaign brought, from when they came; back
after seven days means as everywhere: active again on days 1 to 7, the day of coming being day 0, of those whose day 7
is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siyu.experiments.lift import wilson
from siyu.growth.campaigns.figures import Figures
from siyu.growth.campaigns.model import Campaign
from siyu.jobs import preferences
from siyu.storage import Stores
from siyu.storage.eventlog_schema import MONEY_EVENTS, NET, NOT_BY_PERSON, PERSON

WINDOW_DAYS, SLEEP_DAYS = 7, 30
FEW = 30
"""Of fewer people a share says too little to go by."""
TOOK_PART = ("effort_opened", "effort_helped")
LEARNED = ("tag_added", "person_identified", "lead_received")
LEFT = ("friend_lost", "friend_removed", "group_left")

_SLUG = "ifNull(properties.`campaign`.:String, '')"
_ACTIVE = f"e.name NOT IN {NOT_BY_PERSON} AND e.time > toDateTime64(0, 3, 'UTC')"
_WITHIN = f"e.time >= since AND e.time < since + INTERVAL {WINDOW_DAYS} DAY"


def _nodes(kept: str) -> str:
    """SQL: every node of the persons that a query names."""
    known = f"SELECT kept FROM {kept}"
    return f"({known} UNION DISTINCT SELECT member FROM aliases FINAL WHERE kept IN ({known}))"


_TOOK = f"""
SELECT {PERSON} AS kept, {_SLUG} AS slug, min(time) AS since FROM events
WHERE name IN {TOOK_PART} AND {_SLUG} IN {{slugs:Array(String)}} GROUP BY kept, slug
"""
_PURPOSES = f"""
WITH took AS ({_TOOK})
SELECT slug, count(), countIf(ordered > 0), countIf(before > 0 AND lately = 0), countIf(learned > 0) FROM (
    SELECT t.slug AS slug, t.kept AS kept, t.since AS since,
        countIf(e.name = 'order_paid' AND {_WITHIN}) AS ordered,
        countIf({_ACTIVE} AND e.time < since) AS before,
        countIf({_ACTIVE} AND e.time < since AND e.time >= since - INTERVAL {SLEEP_DAYS} DAY) AS lately,
        countIf(e.name IN {{learned:Array(String)}} AND {_WITHIN}) AS learned
    FROM (SELECT {PERSON} AS kept, time, name FROM events
        WHERE (name IN {{read:Array(String)}} OR {{waking:UInt8}}) AND person IN {_nodes("took")}) AS e
    INNER JOIN took AS t ON e.kept = t.kept
    GROUP BY slug, kept, since
) GROUP BY slug
"""
_CAME = f"""
SELECT {PERSON} AS kept, argMin({_SLUG}, (time, message_id)) AS slug, min(time) AS since FROM events
WHERE name = 'brought' AND {_SLUG} IN {{slugs:Array(String)}} GROUP BY kept
"""
_DAY = "toDate(e.time, {zone:String}) - toDate(since, {zone:String})"
_OVER = "toDate({now:DateTime64(3, 'UTC')}, {zone:String}) - toDate(since, {zone:String})"
_QUALITY = f"""
WITH came AS ({_CAME})
SELECT slug, count(), countIf(age > 7), countIf(age > 7 AND back_7 > 0), countIf(age > 30),
    countIf(age > 30 AND back_30 > 0), countIf(orders > 0), sum(net), countIf(gone > 0)
FROM (
    SELECT c.slug AS slug, c.kept AS kept, c.since AS since, {_OVER} AS age,
        countIf({_ACTIVE} AND {_DAY} BETWEEN 1 AND 7) AS back_7,
        countIf({_ACTIVE} AND {_DAY} BETWEEN 1 AND 30) AS back_30,
        countIf(e.name = 'order_paid' AND e.time >= since) AS orders,
        sumIf(toDecimal128(e.net, 4), e.money AND e.time >= since) AS net,
        countIf(e.name IN {{left:Array(String)}} AND e.time >= since) AS gone
    FROM (
        SELECT {PERSON} AS kept, time, name, {NET} AS net, {MONEY_EVENTS} AS money FROM events
        WHERE person IN {_nodes("came")}
    ) AS e
    INNER JOIN came AS c ON e.kept = c.kept
    GROUP BY slug, kept, since
) GROUP BY slug
"""


@dataclass(frozen=True, slots=True)
class Took:
    """Persons who took part, and of these: who paid an order soon after, who had been asleep (None where the campaign
    is not for waking people: it takes all that they ever did to say), of whom we learned."""

    people: int = 0
    ordered: int = 0
    woken: int | None = None
    learned: int = 0


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Persons whom a campaign brought. ``over_7``: whose day 7 is over, ``back_7`` of these; ``bought``: any order
    since they came; ``cents``: net sales since; ``left``: who deleted an adviser or left a group since."""

    people: int = 0
    over_7: int = 0
    back_7: int = 0
    over_30: int = 0
    back_30: int = 0
    bought: int = 0
    cents: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """``part`` of ``whole``, with the interval in which the true share lies 19 times of 20 (Wilson). ``few``: too few
    people to go by. None where there is nobody to divide by."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(min(self.part, self.whole), self.whole) if self.whole else None

    @property
    def few(self) -> bool:
        return self.whole < FEW


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one campaign."""

    took: Took = Took()
    newcomers: Newcomers = Newcomers()


JUDGED: Mapping[str, tuple[str, str]] = {
    "order": ("参与者中 7 天内下单的", "Of who took part, paid an order within 7 days"),
    "join": ("参与者中新带来的客户", "Of who took part, new people it brought"),
    "take_part": ("看到的人中参与的", "Of who saw it, took part"),
    "wake": ("参与者中此前 30 天没有动静的", "Of who took part, silent for 30 days before"),
    "learn": ("参与者中 7 天内补充了资料或标签的", "Of who took part, a tag, profile or form within 7 days"),
}
"""Purpose → by what a campaign is judged."""


def judged(campaign: Campaign, figures: Figures, outcome: Outcome) -> Share:
    """How far it did what it is for. Where more took part than devices looked (it runs elsewhere too, by API), nobody
    knows how many saw it."""
    took, looked = outcome.took, figures.looked
    parts = {"order": took.ordered, "join": figures.steps["new"], "wake": took.woken or 0, "learn": took.learned}
    if campaign.purpose == "take_part":
        return Share(took.people, looked) if looked >= took.people else Share(took.people, 0)
    return Share(parts.get(campaign.purpose, 0), took.people)


def outcomes_by(stores: Stores, found: Sequence[Campaign]) -> dict[int, Outcome]:
    """Number → what became of who took part, of the events that were drained so far."""
    slugs = {each.slug: each.id for each in found}
    if not slugs:
        return {}
    given: dict[str, Any] = {
        "slugs": sorted(slugs),
        "learned": list(LEARNED),
        "left": list(LEFT),
        "zone": preferences.timezone(stores).key,
        "now": stores.clock.now(),
    }
    took: dict[str, Took] = {}
    for waking in (False, True):  # who slept is seen by all that they did, the rest by a few kinds of events
        asked = sorted(each.slug for each in found if (each.purpose == "wake") is waking)
        if asked:
            more = {"slugs": asked, "waking": int(waking), "read": [*TOOK_PART, *LEARNED, "order_paid"]}
            rows = stores.events.rows(_PURPOSES, given | more, heavy=True)
            took |= {
                slug: Took(int(people), int(ordered), int(woken) if waking else None, int(learned))
                for slug, people, ordered, woken, learned in rows
            }
    came = {row[0]: _newcomers(row[1:]) for row in stores.events.rows(_QUALITY, given, heavy=True)}
    return {number: Outcome(took.get(slug, Took()), came.get(slug, Newcomers())) for slug, number in slugs.items()}


def _newcomers(row: Sequence[Any]) -> Newcomers:
    people, over_7, back_7, over_30, back_30, bought, net, left = row
    return Newcomers(
        *(int(people), int(over_7), int(back_7), int(over_30), int(back_30), int(bought)),
        cents=round(net * 100),
        left=int(left),
    )
