"""What came of the arms of a random split: the same figures of each, and how sure their differences are.

Compared by intention to treat: everybody counts for the arm that the lot put them in, whether or not a message reached
them. Only those count whose days are over, so that all have had the same time: from the split (day 0, on the shop's
clock) to the end of day ``days``. Who was merged across two arms since is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from siyu.experiments.arms import MISMATCH, Difference, Rate, mismatch, rates_apart, shares_apart
from siyu.jobs import preferences
from siyu.people.event_names import NAMES
from siyu.reach.journeys import drafts, nodes
from siyu.storage import BadInput, NotFound, Stores
from siyu.storage.eventlog_schema import PERSON

DAYS = 7
DAYS_MAX = 90


@dataclass(frozen=True)
class Measure:
    """``part`` of ``whole``: of people, or of messages (``rate``)."""

    key: str
    zh: str
    en: str
    meaning_zh: str
    meaning_en: str
    part: str
    whole: str
    rate: bool = False


MEASURES = (
    Measure(
        "goal",
        "达成目标",
        "Reached the goal",
        "分流后在天数内达成旅程目标的人。",
        "People who reached the journey's goal within the days.",
        "goal",
        "people",
    ),
    Measure(
        "back",
        "回访留存",
        "Came back",
        "第 1 天到最后一天里自己又活跃过的人，口径与“留存”指标相同（浏览、下单、打开、点击等）。",
        "People active again on day 1 or later within the days, as the retention figure has it (viewing, paying…).",
        "back",
        "people",
    ),
    Measure(
        "friends",
        "仍是好友",
        "Still friends",
        "加过好友的人里，到最后一天结束时至少还有一位员工好友的人；被客户拉黑的平台不告知。",
        "Of those who were friends, people who still have a member of staff as one when the days end; platforms do not "
        "tell of being blocked.",
        "friends",
        "befriended",
    ),
    Measure(
        "opened",
        "消息打开率",
        "Messages opened",
        "天数内送达的本旅程消息中至今被打开的；只算会告知打开的渠道。",
        "Of this journey's messages accepted within the days, those opened so far; by channels that tell of opens.",
        "opened",
        "tellable",
        True,
    ),
    Measure(
        "clicked",
        "消息点击率",
        "Messages clicked",
        "天数内送达的本旅程消息中至今被点击的。",
        "Of this journey's messages accepted within the days, those clicked so far.",
        "clicked",
        "messages",
        True,
    ),
)


@dataclass(frozen=True)
class Figure:
    """Of one arm: ``part`` of ``whole`` (people, or messages), and how far it is from the first arm, where that can be
    told."""

    part: int
    whole: int
    difference: Difference | None

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class ArmFigures:
    """One arm. ``people``: all whom the lot put there; ``over``: those whose days are over, who are compared;
    ``figures`` by measure."""

    place: int
    title: str
    share: float
    people: int
    over: int
    figures: dict[str, Figure]


@dataclass(frozen=True)
class Compared:
    """The arms of one split in one version. ``uneven``: they are not as large as their shares say, which chance does
    once in a thousand times."""

    journey: int
    version: int
    node: str
    title: str
    days: int
    arms: Sequence[ArmFigures]
    uneven: bool


def splits(document: Any) -> list[nodes.Split]:
    """The random splits of a journey."""
    return [node for node in document.nodes if isinstance(node, nodes.Split)]


def compare(stores: Stores, journey: int, version: int, node: str | None = None, days: int = DAYS) -> Compared:
    """The arms of a split (None: the first there is). Raises :class:`BadInput`, :class:`NotFound`."""
    if not 1 <= days <= DAYS_MAX:
        raise BadInput(
            "bad_days",
            f"天数须在 1 到 {DAYS_MAX} 之间。",
            f"The number of days lies between 1 and {DAYS_MAX}.",
            field="days",
        )
    found = splits(drafts.document_of(stores, journey, version))
    split = next((each for each in found if node in (None, each.id)), None)
    if split is None:
        raise NotFound(
            "journey_split_not_found",
            "这一版里没有这个随机分流步骤。",
            "This version has no such random split.",
        )
    rows = _counted(stores, journey, version, split, days)
    empty: dict[str, int] = {}
    counts = [rows.get(place, empty) for place in range(len(split.arms))]
    people = [each.get("all_people", 0) for each in counts]
    return Compared(
        journey,
        version,
        split.id,
        split.title or split.id,
        days,
        [
            ArmFigures(
                place,
                arm.title,
                arm.share,
                people[place],
                counts[place].get("people", 0),
                {
                    each.key: Figure(
                        counts[place].get(each.part, 0),
                        counts[place].get(each.whole, 0),
                        _apart(each, counts[place], counts[0], len(counts)) if place else None,
                    )
                    for each in MEASURES
                },
            )
            for place, arm in enumerate(split.arms)
        ],
        mismatch(people, [arm.share for arm in split.arms]) < MISMATCH,
    )


def _apart(measure: Measure, arm: dict[str, int], first: dict[str, int], arms: int) -> Difference | None:
    if measure.rate:
        return rates_apart(_rate(measure, arm), _rate(measure, first), arms)
    part, whole = measure.part, measure.whole
    return shares_apart(arm.get(part, 0), arm.get(whole, 0), first.get(part, 0), first.get(whole, 0), arms)


def _rate(measure: Measure, counts: dict[str, int]) -> Rate:
    """The spreads stand beside the sums, as ``_SUMS`` names them."""
    part, whole = measure.part, measure.whole
    names = (part, whole, f"{part}_2", f"{whole}_2", f"{part}_{whole}")
    return Rate(counts.get("people", 0), *(float(counts.get(name, 0)) for name in names))


_PASSIVE = tuple(name for name, known in NAMES.items() if not known.visit)
_FRIENDS = ("friend_added", "friend_lost", "friend_removed")

_PASSED = f"""
SELECT who, min(at) AS began, any(lot) AS arm FROM (
    SELECT {PERSON} AS who, time AS at,
        indexOf({{ways:Array(String)}}, arrayFirst(
            way -> has({{ways:Array(String)}}, way),
            arrayMap(way -> ifNull(way, ''), properties.path.:`Array(Nullable(String))`))) - 1 AS lot
    FROM events
    WHERE name = 'journey_step' AND properties.journey.:Int64 = {{journey:Int64}}
        AND properties.version.:Int64 = {{version:Int64}}
) WHERE lot >= 0 GROUP BY who HAVING uniqExact(lot) = 1
"""
"""Everybody whom the lot put into one arm, and when first."""

_DAY = "toDate(time, {zone:String})"
_WITHIN = f"time >= began AND {_DAY} <= last"
_OURS = "properties.journey.:Int64 = {journey:Int64}"
_DELIVERY = "ifNull(properties.delivery_id.:String, '')"

_OF_PEOPLE = f"""
SELECT who, any(of_arm) AS arm, any(is_over) AS over,
    countIf(name = 'journey_goal' AND {_OURS} AND {_WITHIN}) > 0 AS goal,
    countIf(name NOT IN {{passive:Array(String)}} AND {_WITHIN} AND {_DAY} > first) > 0 AS back,
    maxMapIf(map(ifNull(properties.staff.:String, ''), toUnixTimestamp64Milli(time) * 2 + (name = 'friend_added')),
        name IN {{friends:Array(String)}} AND {_DAY} <= last) AS bonds,
    countIf(name = 'friend_added' AND {_DAY} <= last) > 0 AS befriended,
    befriended AND arrayExists(bond -> bond % 2 = 1, mapValues(bonds)) AS friends,
    groupUniqArrayIf({_DELIVERY}, name = 'message_accepted' AND {_OURS} AND {_WITHIN}) AS sent,
    groupUniqArrayIf({_DELIVERY}, name = 'message_accepted' AND {_OURS} AND {_WITHIN}
        AND has({{telling:Array(String)}}, ifNull(properties.channel.:String, ''))) AS sent_telling,
    length(sent) AS messages, length(sent_telling) AS tellable,
    length(arrayIntersect(sent_telling, groupUniqArrayIf({_DELIVERY}, name = 'message_opened'))) AS opened,
    length(arrayIntersect(sent, groupUniqArrayIf({_DELIVERY}, name = 'message_clicked'))) AS clicked
FROM (
    SELECT events.time AS time, events.name AS name, events.properties AS properties, passed.who AS who,
        passed.arm AS of_arm, passed.began AS began, toDate(passed.began, {{zone:String}}) AS first,
        first + {{days:UInt32}} AS last, last < toDate({{now:DateTime64(3)}}, {{zone:String}}) AS is_over
    FROM events INNER JOIN ({_PASSED}) AS passed ON passed.who = {PERSON}
    WHERE events.name IN {{friends:Array(String)}} OR events.time >= {{since:DateTime64(3)}}
) GROUP BY who
"""

_SUMMED = (
    *("goal", "back", "befriended", "friends", "messages", "tellable", "opened", "clicked"),
    *("opened * opened AS opened_2", "tellable * tellable AS tellable_2", "opened * tellable AS opened_tellable"),
    *("clicked * clicked AS clicked_2", "messages * messages AS messages_2", "clicked * messages AS clicked_messages"),
)
_SUMS = [(part.partition(" AS ")[0], part.partition(" AS ")[2] or part) for part in _SUMMED]


def _counted(stores: Stores, journey: int, version: int, split: nodes.Split, days: int) -> dict[int, dict[str, int]]:
    """Place of an arm → its counts and sums, by name."""
    given: dict[str, Any] = {
        "journey": journey,
        "version": version,
        "ways": [f"{split.id}.{place}" for place in range(len(split.arms))],
        "days": days,
        "zone": str(preferences.timezone(stores)),
        "now": stores.clock.now(),
        "passive": list(_PASSIVE),
        "friends": list(_FRIENDS),
    }
    (many, since) = stores.events.row(f"SELECT count(), min(began) FROM ({_PASSED})", given, heavy=True)
    if not many:
        return {}
    telling = stores.events.rows(
        "SELECT DISTINCT ifNull(properties.channel.:String, '') FROM events "
        "WHERE name = 'message_opened' AND time >= {since:DateTime64(3)}",
        {"since": since},
    )
    sums = ", ".join(f"toInt64(sumIf({text}, over)) AS sum_{name}" for text, name in _SUMS)
    rows = stores.events.rows(
        f"SELECT toInt64(arm), count(), countIf(over), {sums} FROM ({_OF_PEOPLE}) GROUP BY arm",
        {**given, "since": since, "telling": [channel for (channel,) in telling]},
        heavy=True,
    )
    names = ("all_people", "people", *(name for _, name in _SUMS))
    return {int(arm): dict(zip(names, map(int, rest), strict=True)) for arm, *rest in rows}
