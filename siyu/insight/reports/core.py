"""``core``: the figures of a period, beside the period before, split or over time if asked."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from siyu.insight.answers import FigureAnswer, Freshness, PeriodAnswer
from siyu.insight.figure import totals_of
from siyu.insight.figures import figure_named, figures
from siyu.insight.freshness import freshness
from siyu.insight.measure import measure
from siyu.insight.relation import Relation, part_named
from siyu.insight.report import Between, Report, period_of, register
from siyu.storage import BadInput, Stores


class CoreParameters(Between, frozen=True, kw_only=True, forbid_unknown_fields=True):
    figures: Annotated[
        list[str] | None,
        Meta(description="Names of figures; all if left out", extra={"zh": "指标名称，默认全部"}),
    ] = None
    by: Annotated[
        str | None,
        Meta(
            description="Split by source, event, channel, origin, campaign, adviser, province, city, sex, "
            "day, week, month or layer:<scheme>",
            extra={
                "zh": "拆分维度：来源、事件、渠道、客户来源、活动、员工、省份、城市、性别、日、周、月或 layer:<分层>"
            },
        ),
    ] = None
    series: Annotated[
        Literal["day", "week", "month"] | None,
        Meta(description="Also the values over time, by this unit", extra={"zh": "同时给出随时间变化的值"}),
    ] = None


class CoreAnswer(Struct, frozen=True):
    """The figures of a period."""

    report: str
    timezone: str
    period: PeriodAnswer
    before: Annotated[PeriodAnswer, Meta(description="What it is compared with")]
    by: str | None
    figures: list[FigureAnswer]
    freshness: Freshness


def run(stores: Stores, given: CoreParameters, zone: str) -> CoreAnswer:
    period = period_of(stores, given, zone)
    fresh = freshness(stores)
    wanted = [figure_named(name) for name in given.figures] if given.figures else list(figures().values())
    before = period.before()
    return CoreAnswer(
        report="core",
        timezone=zone,
        period=PeriodAnswer(period.first, period.last),
        before=PeriodAnswer(before.first, before.last),
        by=given.by,
        figures=measure(stores.events, wanted, period, by=given.by, series=given.series),
        freshness=fresh,
    )


def cell(stores: Stores, given: CoreParameters, zone: str, cell: str) -> Relation:
    """``<total>`` or ``<total>=<part>``: the events behind a figure's value, or behind one part of it.

    A share has two: name its part or its whole.
    """
    name, split, part = cell.partition("=")
    totals = totals_of(figure_named(name))
    if len(totals) == 2:
        raise BadInput(
            "share_has_two_sides",
            f"“{name}”是比值，请分别查看 {totals[0].name}（分子）或 {totals[1].name}（分母）。",
            f"{name} is a ratio: trace {totals[0].name} (its part) or {totals[1].name} (its whole).",
            field="cell",
        )
    by = part_named(given.by, zone) if split and given.by else None
    (total,) = totals
    relation = total.relation(period_of(stores, given, zone), by)
    return relation.narrowed("toString(part) = {cell_part:String}", cell_part=part) if by else relation


CORE = register(
    Report(
        name="core",
        zh="核心指标",
        en="Core figures",
        shows_zh="一段时间的人数、活跃、销售、复购与触达指标，并与上一段同样长的时间相比。",
        shows_en="People, activity, sales, repeat purchases and messages of a period, beside the period before.",
        parameters=CoreParameters,
        answer=CoreAnswer,
        run=run,
        cell=cell,
    )
)
