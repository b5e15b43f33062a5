"""Where people come from, what it cost, and what they are worth: the figures of touchpoints (触点).

A person belongs to one touchpoint: that of the earliest event that bears a mark of any (a channel state, or a campaign
that brought them); where there is none, that of the source with which they were first seen (``utm_source``). From then
on every figure is the product's own (``figures/``), of the people of a touchpoint: nothing is defined twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import msgspec

from siyu.growth.period import span_of
from siyu.growth.touchpoints import keeping
from siyu.growth.touchpoints.model import Cost, Touchpoint, spent
from siyu.insight.answers import Freshness, Number
from siyu.insight.figure import History, Measure, Span, Total, figure_named, totals_of
from siyu.insight.freshness import Answers, freshness
from siyu.insight.measure import NOTHING, WHOLE, Measured, measure_totals, shown
from siyu.insight.period import Period
from siyu.insight.relation import PERSON, Part
from siyu.jobs import preferences
from siyu.storage import Stores
from siyu.storage.eventlog_schema import MONEY_NAMES, NET

BEFRIENDED = ("friend_added", "group_joined", "account_followed")
MARKED = (*BEFRIENDED, "code_scanned", "service_entered")
"""Events that may come with a channel state."""
NOWHERE = ""
"""In the place of a touchpoint: nothing says where they came from."""

_BEFRIENDED = ", ".join(f"'{name}'" for name in BEFRIENDED)
FRIENDS = Total(
    name="friends_new",
    zh="新好友",
    en="New friends",
    unit="people",
    meaning_zh="第一次加好友、进群或关注公众号发生在本期内的客户数。",
    meaning_en="People who first became a friend, joined a group or followed the official account in the period.",
    events=BEFRIENDED,
    at="befriended",
    measure=Measure.PEOPLE,
    history=History(
        columns="min(time) AS befriended",
        where=f"name IN ({_BEFRIENDED})",
        having="befriended >= {start} AND befriended < {end}",
    ),
)
WORTH = Total(
    name="net_sales_ever",
    zh="累计净销售额",
    en="Net sales so far",
    unit="money",
    meaning_zh="截至期末的销售额减退货额。",
    meaning_en="Gross sales less returns up to the end of the period.",
    events=MONEY_NAMES,
    measure=Measure.AMOUNT,
    weight=f"toDecimal128({NET}, 4)",
    span=Span.EVER,
)
RATES = ("retention_7", "retention_30", "repeat_30")


@dataclass(frozen=True, slots=True)
class Line:
    """Of one touchpoint (None: nothing says where they came from), in a period. Cents. None where a figure is not
    defined (nobody to divide by)."""

    touchpoint: Touchpoint | None
    people: int  # who came by it, up to the period's end
    friends: int
    cents: int  # what was spent on it, and money granted in its campaigns less what was taken back
    rewards_cents: int  # of that, the money granted
    retention_7: float | None
    retention_30: float | None
    repeat_30: float | None
    worth_cents: int  # net sales so far of its people

    @property
    def friend_cents(self) -> float | None:
        """Cost per friend."""
        return self.cents / self.friends if self.friends and self.touchpoint is not None else None

    @property
    def lifetime_cents(self) -> float | None:
        """Lifetime value: net sales so far a person."""
        return self.worth_cents / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class TouchpointFigures:
    """A period: each touchpoint, in the order of friends; those of nowhere; everybody."""

    first: date
    last: date
    lines: list[Line]
    nowhere: Line
    total: Line
    freshness: Freshness


class Counted(msgspec.Struct, frozen=True):
    """What the event log says of a period: every measure by touchpoint, and cents granted in their campaigns."""

    measured: Measured
    rewards: dict[int, int]
    freshness: Freshness


def figures_of(
    stores: Stores, first: date | None = None, last: date | None = None, answers: Answers | None = None
) -> TouchpointFigures:
    """Every touchpoint in the installation's zone; the last 30 days where nothing is said. With ``answers`` the event
    log is asked anew once it has moved on; names, costs and what belongs to which hold at once. Raises
    :class:`~siyu.storage.BadInput`."""
    period = period_of(stores, first, last)
    known = keeping.list_touchpoints(stores, archived=True)
    campaigns = keeping.texts_of(stores, "campaign")
    part = Part("touchpoint", "触点", "Touchpoint", "", of_person=True, people=belonging(stores, campaigns))
    rates = [total for name in RATES for total in totals_of(figure_named(name))]
    totals = [*totals_of(figure_named("people")), FRIENDS, WORTH, *rates]

    def count() -> Counted:
        (measured,) = measure_totals(stores.events, totals, [period], part)
        return Counted(measured, _rewards(stores, campaigns, period), freshness(stores))

    key = f"{stores.home} touchpoints {period} {part.people}"
    counted = count() if answers is None else answers.get(stores, key, count)
    measured, rewards = counted.measured, counted.rewards
    costs = keeping.costs_of(stores)
    lines = [
        _line(measured, str(each.id), period, each, costs.get(each.id, []), rewards.get(each.id, 0)) for each in known
    ]
    lines.sort(key=lambda line: (-line.friends, -line.people, line.touchpoint.name if line.touchpoint else ""))
    nowhere = _line(measured, NOWHERE, period, None, [], 0)
    everything = [cost for each in costs.values() for cost in each]
    total = _line(measured, WHOLE, period, None, everything, sum(rewards.values()))
    return TouchpointFigures(period.first, period.last, lines, nowhere, total, counted.freshness)


def period_of(stores: Stores, first: date | None, last: date | None) -> Period:
    """The period asked for, or the last 30 days, in the installation's zone. Raises :class:`~siyu.storage.BadInput`."""
    first, last = span_of(stores, first, last)
    return Period(first, last, preferences.timezone(stores).key)


def _line(
    measured: Measured, part: str, period: Period, of: Touchpoint | None, costs: Sequence[Cost], rewards: int
) -> Line:
    def counted(name: str) -> int:
        return int(measured[name].get(part, NOTHING).sum)

    worth = Decimal(measured[WORTH.name].get(part, NOTHING).sum)
    rates = {name: _rate(shown(figure_named(name), measured, part, period.days)) for name in RATES}
    return Line(
        touchpoint=of,
        people=counted("people"),
        friends=counted(FRIENDS.name),
        cents=spent(costs, period.first, period.last) + rewards,
        rewards_cents=rewards,
        worth_cents=int((worth * 100).to_integral_value()),
        **rates,
    )


def _rate(value: Number | None) -> float | None:
    return None if value is None else float(value)


def _rewards(stores: Stores, campaigns: Mapping[str, int], period: Period) -> dict[int, int]:
    """Touchpoint → cents granted in its campaigns in the period, less what was taken back."""
    found: dict[int, int] = {}
    if campaigns:
        rows = stores.events.rows(
            "SELECT ifNull(properties.campaign.:String, ''), "
            "sum(if(name = 'reward_granted', 1, -1) * ifNull(properties.`cents`.:Int64, 0)) FROM events "
            "WHERE name IN ('reward_granted', 'reward_taken_back') AND time >= {start:DateTime64(3, 'UTC')} "
            "AND time < {end:DateTime64(3, 'UTC')} "
            "AND ifNull(properties.campaign.:String, '') IN {campaigns:Array(String)} GROUP BY 1",
            {
                "start": f"{period.start:%Y-%m-%d %H:%M:%S}",
                "end": f"{period.end:%Y-%m-%d %H:%M:%S}",
                "campaigns": list(campaigns),
            },
        )
        for slug, cents in rows:
            found[campaigns[slug]] = found.get(campaigns[slug], 0) + int(cents)
    return found


# Who belongs to which.


def belonging(stores: Stores, campaigns: Mapping[str, int]) -> str:
    """SQL: (of_person, part) of everybody who belongs to a touchpoint; ``part`` is its number as text."""
    by_state = _looked_up("ifNull(properties.channel_state.:String, '')", keeping.states_of(stores))
    by_campaign = _looked_up("ifNull(properties.campaign.:String, '')", campaigns)
    by_source = _looked_up("toString(origin_source)", keeping.texts_of(stores, "utm"))
    names = ", ".join(f"'{name}'" for name in (*MARKED, "brought"))
    first = (
        f"SELECT {PERSON} AS of_person, argMin(mark, (time, message_id)) AS part FROM ("
        f"SELECT person, time, message_id, if(name = 'brought', {by_campaign}, {by_state}) AS mark "
        f"FROM events WHERE name IN ({names}) AND mark != '') GROUP BY of_person"
    )
    seen = f"SELECT person AS of_person, {by_source} AS part FROM people FINAL WHERE gone = 0 AND part != ''"
    return (
        "SELECT of_person, argMin(part, place) AS part FROM ("
        f"SELECT of_person, part, 0 AS place FROM ({first}) UNION ALL SELECT of_person, part, 1 AS place FROM ({seen})"
        ") GROUP BY of_person"
    )


def _looked_up(expression: str, known: Mapping[str, int]) -> str:
    """SQL: the touchpoint of a text, '' where it belongs to none. What users wrote stands there in hexadecimal."""
    if not known:
        return "''"
    texts = ", ".join(f"unhex('{text.encode().hex()}')" for text in known)
    numbers = ", ".join(f"'{number}'" for number in known.values())
    return f"transform({expression}, [{texts}], [{numbers}], '')"
