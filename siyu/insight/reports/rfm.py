"""``rfm``: buyers by how lately, how often and how much they bought, in eleven named segments."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from siyu.audiences.segments import BY_CODE, GRID, SCORES, SEGMENTS, fifth_sql, segment_sql, value_sql
from siyu.insight.answers import Freshness, PeriodAnswer, cents
from siyu.insight.freshness import freshness
from siyu.insight.period import Period, within
from siyu.insight.relation import EVENT_COLUMNS, PERSON, Relation
from siyu.insight.report import Between, Report, period_of, register
from siyu.storage import BadInput, Stores
from siyu.storage.eventlog_schema import MONEY_EVENTS, NET


def _limits(en: str, zh: str) -> Meta:
    """Of the four limits between five scores."""
    return Meta(description=f"Threshold: {en}", extra={"zh": f"threshold：{zh}"}, min_length=4, max_length=4)


class RfmParameters(Between, frozen=True, kw_only=True, forbid_unknown_fields=True):
    method: Annotated[
        Literal["quantile", "threshold"],
        Meta(
            description="quantile: fifths of the buyers, equal values sharing a score; threshold: the limits given",
            extra={"zh": "quantile：按人数五等分，数值相同者同分；threshold：按给定的界限"},
        ),
    ] = "quantile"
    recency_days: Annotated[
        list[int],
        _limits(
            "days since the last order, up to which a buyer scores 5, 4, 3, 2",
            "距最近一单不超过这些天数，依次得 5、4、3、2 分",
        ),
    ] = msgspec.field(default_factory=lambda: [30, 60, 90, 180])
    orders: Annotated[
        list[int],
        _limits("number of orders from which a buyer scores 2, 3, 4, 5", "订单数达到这些值，依次得 2、3、4、5 分"),
    ] = msgspec.field(default_factory=lambda: [2, 3, 5, 10])
    money: Annotated[
        list[Decimal],
        _limits("net sales from which a buyer scores 2, 3, 4, 5", "净消费达到这些值，依次得 2、3、4、5 分"),
    ] = msgspec.field(default_factory=lambda: [Decimal(100), Decimal(300), Decimal(1000), Decimal(3000)])


class SegmentAnswer(Struct, frozen=True):
    segment: str
    zh: str
    en: str
    meaning_zh: str
    meaning_en: str
    advice_zh: str
    advice_en: str
    people: int
    share: float | None
    net_sales: Decimal
    average_days: Annotated[float | None, Meta(description="Days since the last order, on average")]
    average_orders: float | None


class GridCell(Struct, frozen=True):
    recency: int
    value: Annotated[int, Meta(description="Mean of the frequency and money scores, halves up")]
    segment: str
    people: int


class RfmAnswer(Struct, frozen=True):
    """Buyers of the period, scored as of its end."""

    report: str
    timezone: str
    period: PeriodAnswer
    method: str
    people: int
    segments: list[SegmentAnswer]
    grid: list[GridCell]
    freshness: Freshness


def _counted(period: Period) -> str:
    """SQL: the orders and returns of the period."""
    return f"{MONEY_EVENTS} AND {within(period.start, period.end)}"


def scored(given: RfmParameters, period: Period) -> str:
    """SQL: one row a buyer: kept, days, orders, net, recency, frequency, money, value, segment."""
    people = (
        f"SELECT {PERSON} AS kept, maxIf(toDate(time, '{period.zone}'), name = 'order_paid') AS last_day, "
        "countIf(name = 'order_paid') AS orders, "
        f"sum(toDecimal128({NET}, 4)) AS net, "
        f"dateDiff('day', last_day, toDate('{period.last}')) AS days FROM events "
        f"WHERE {_counted(period)} GROUP BY kept HAVING orders > 0"
    )
    if given.method == "threshold":
        scores = (
            f"{_reached('-days', [-each for each in given.recency_days][::-1])} AS recency, "
            f"{_reached('orders', given.orders)} AS frequency, "
            f"{_reached('net', [f'toDecimal128({each}, 4)' for each in given.money])} AS money"
        )
    else:
        scores = f"{fifth_sql('last_day')} AS recency, {fifth_sql('orders')} AS frequency, {fifth_sql('net')} AS money"
    return (
        f"SELECT *, {value_sql('frequency', 'money')} AS value, {segment_sql('recency', 'value')} AS segment "
        f"FROM (SELECT *, {scores} FROM ({people}))"
    )


def _reached(column: str, limits: list[int] | list[str]) -> str:
    """SQL: 1, and one more for every limit reached."""
    return f"toUInt8(1 + {' + '.join(f'({column} >= {limit})' for limit in limits)})"


def _check(given: RfmParameters) -> None:
    for name, limits in (("recency_days", given.recency_days), ("orders", given.orders), ("money", given.money)):
        usable = all(Decimal(each).is_finite() and abs(each) <= 10**12 for each in limits)
        if not usable or not all(low < high for low, high in pairwise(limits)):
            raise BadInput(
                "limits_not_rising",
                f"参数 {name} 的四个界限须从小到大。",
                f"The four limits of {name} must rise.",
                field=name,
            )


def run(stores: Stores, given: RfmParameters, zone: str) -> RfmAnswer:
    _check(given)
    period = period_of(stores, given, zone)
    fresh = freshness(stores)
    found = stores.events.rows(
        "SELECT recency, value, segment, count(), sum(net), sum(days), sum(orders) "
        f"FROM ({scored(given, period)}) GROUP BY recency, value, segment",
        heavy=True,
    )
    total = sum(row[3] for row in found)
    grid = {(recency, value): people for recency, value, _, people, *_ in found}
    return RfmAnswer(
        report="rfm",
        timezone=zone,
        period=PeriodAnswer(period.first, period.last),
        method=given.method,
        people=total,
        segments=[
            _segment(segment.code, [row[3:] for row in found if row[2] == segment.code], total) for segment in SEGMENTS
        ],
        grid=[
            GridCell(recency, value, GRID[recency][value - 1], grid.get((recency, value), 0))
            for recency in range(SCORES, 0, -1)
            for value in range(1, SCORES + 1)
        ],
        freshness=fresh,
    )


def _segment(code: str, rows: list[tuple[int, Decimal, int, int]], total: int) -> SegmentAnswer:
    segment = BY_CODE[code]
    people = sum(row[0] for row in rows)
    return SegmentAnswer(
        segment=code,
        zh=segment.zh,
        en=segment.en,
        meaning_zh=segment.meaning_zh,
        meaning_en=segment.meaning_en,
        advice_zh=segment.advice_zh,
        advice_en=segment.advice_en,
        people=people,
        share=round(people / total, 6) if total else None,
        net_sales=cents(sum((row[1] for row in rows), Decimal(0))),
        average_days=round(sum(row[2] for row in rows) / people, 1) if people else None,
        average_orders=round(sum(row[3] for row in rows) / people, 2) if people else None,
    )


def cell(stores: Stores, given: RfmParameters, zone: str, cell: str) -> Relation:
    """A segment's code, or ``<recency>:<value>``: those buyers and their orders and returns of the period."""
    _check(given)
    period = period_of(stores, given, zone)
    match = re.fullmatch("([1-5]):([1-5])", cell)
    if match is None and cell not in BY_CODE:
        raise BadInput(
            "bad_cell",
            f"请用分群代码（{'、'.join(BY_CODE)}）或“近度:价值”指明，例如 5:4。",
            f"Name a cell as a segment ({', '.join(BY_CODE)}) or as <recency>:<value>, for example 5:4.",
            field="cell",
        )
    chosen = f"recency = {match[1]} AND value = {match[2]}" if match else f"segment = '{cell}'"
    events = f"SELECT {EVENT_COLUMNS} FROM events WHERE {_counted(period)}"
    return Relation(
        f"SELECT * FROM ({events}) WHERE kept IN (SELECT kept FROM ({scored(given, period)}) WHERE {chosen})"
    )


RFM = register(
    Report(
        name="rfm",
        zh="RFM 分群",
        en="RFM",
        shows_zh="按最近购买、购买次数和净消费给购买客户打分，分成十一个有名字的群。",
        shows_en="Buyers scored by how lately, how often and how much (net) they bought, in eleven named segments.",
        parameters=RfmParameters,
        answer=RfmAnswer,
        run=run,
        cell=cell,
    )
)
