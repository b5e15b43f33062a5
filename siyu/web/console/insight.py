"""Core figures: the list of all, and one figure with its line, its parts and what moved it."""

from __future__ import annotations

from litestar.response import Response

from siyu.insight.answers import FigureAnswer
from siyu.insight.changes import gaps, movers
from siyu.insight.figure import Share, totals_of
from siyu.insight.figures import figure_named
from siyu.insight.reports.core import CoreAnswer, CoreParameters, run
from siyu.storage import Stores
from siyu.web import charts, downloads, menu
from siyu.web.charts import Chart
from siyu.web.console.home import ANSWERS
from siyu.web.current import may, t
from siyu.web.insight_words import FORMATS, event_label, name_of, plain, spark, worded
from siyu.web.routes import page
from siyu.web.scope import Scope, asked, read_scope
from siyu.web.view import Html, View

menu.page("insight", "/insight/figures", "核心指标", "Core figures", permission="report.read", order=10, letter="i")

FAMILIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "销售",
        "Sales",
        ("gross_sales", "orders", "buyers", "average_order", "returns", "net_sales", "return_rate", "margin"),
    ),
    ("复购", "Repeat purchases", ("first_purchases", "repeat_30", "conversion")),
    ("客户", "People", ("people", "people_new", "private_domain", "retention_7", "retention_30")),
    ("活跃", "Activity", ("active", "active_daily", "active_weekly", "active_monthly", "stickiness")),
    (
        "触达",
        "Reach",
        (
            "messages_accepted",
            "messages_held",
            "messages_refused",
            "open_rate",
            "click_rate",
            "complaints",
            "complaint_rate",
            "unsubscribes",
        ),
    ),
)
BREAKDOWNS: tuple[tuple[str, str, str], ...] = (
    ("source", "事件来源", "Source"),
    ("event", "事件", "Event"),
    ("channel", "渠道", "Channel"),
    ("origin", "客户来源", "Origin"),
    ("city", "城市", "City"),
    ("layer:lifecycle", "生命周期", "Lifecycle"),
    ("layer:rfm", "RFM 分层", "RFM layer"),
    ("month", "月", "Month"),
)


def answered(stores: Stores, scope: Scope, given: CoreParameters) -> CoreAnswer:
    """A core report of the scope's days, kept while the log stands still."""
    key = f"{stores.home} core {scope.period} {given}"
    return ANSWERS.get(stores, key, lambda: run(stores, given, scope.zone))


def _of(scope: Scope, names: tuple[str, ...], by: str | None = None) -> CoreParameters:
    unit = scope.period.fitting_unit()
    period = scope.period
    return CoreParameters(from_=period.first, to=period.last, figures=list(names), by=by, series=unit)


@page("/insight/figures", "report.read")
def all_figures(view: View, stores: Stores) -> Html:
    scope = read_scope(stores)
    answer = answered(stores, scope, _of(scope, tuple(name for *_, names in FAMILIES for name in names)))
    return view.render(
        "insight/figures.html",
        scope=scope,
        families=_families(answer),
        freshness=answer.freshness,
        empty=answer.freshness.newest is None,
        worded=worded,
        name_of=name_of,
        spark=spark,
    )


def _families(answer: CoreAnswer) -> list[tuple[str, list[FigureAnswer]]]:
    found = {each.name: each for each in answer.figures}
    return [(t(zh, en), [found[name] for name in names]) for zh, en, names in FAMILIES]


@page("/insight/figures.xlsx", "export")
def figures_as_excel(stores: Stores) -> Response[bytes]:
    scope = read_scope(stores)
    answer = answered(stores, scope, _of(scope, tuple(name for *_, names in FAMILIES for name in names)))
    return downloads.excel(
        f"{t('核心指标', 'Core figures')} {scope.period.first} {scope.period.last}",
        [
            t("指标", "Figure"),
            t("值", "Value"),
            t("上期", "Before"),
            t("变化", "Change"),
            t("单位", "Unit"),
            t("说明", "Meaning"),
        ],
        [
            (
                name_of(each),
                each.value if each.undefined is None else t(each.undefined.zh, each.undefined.en),
                each.before,
                each.change,
                each.unit,
                t(each.meaning_zh, each.meaning_en),
            )
            for each in answer.figures
        ],
    )


@page("/insight/figures/{name:str}", "report.read")
def one_figure(view: View, stores: Stores, name: str) -> Html:
    scope = read_scope(stores)
    figure = figure_named(name)
    by = asked().get("by", "source")
    sides = totals_of(figure)
    answer = answered(stores, scope, _of(scope, (name, *(side.name for side in sides if side.name != name)), by))
    shown = answer.figures[0]
    return view.render(
        "insight/figure.html",
        scope=scope,
        figure=shown,
        sides=answer.figures[1:] if isinstance(figure, Share) else [shown],
        share=isinstance(figure, Share),
        chart=_line(answer),
        parts=_parts(shown, by, scope),
        by=by,
        breakdowns=[(key, t(zh, en)) for key, zh, en in BREAKDOWNS],
        movers=movers(stores, sides[0], scope.period),
        moved=name_of(answer.figures[1]) if isinstance(figure, Share) else name_of(shown),
        gaps=gaps(stores, scope.period),
        unit=sides[0].unit,
        freshness=answer.freshness,
        worded=worded,
        label=event_label,
        name_of=name_of,
        may_list=may("people.read"),
    )


def _line(answer: CoreAnswer) -> Chart | None:
    figure = answer.figures[0]
    if not figure.series:
        return None
    return charts.line(
        "line",
        name_of(figure),
        [point.start.isoformat() for point in figure.series],
        [(name_of(figure), [plain(point.value) for point in figure.series])],
        head=t("日期", "Date"),
        format=FORMATS.get(figure.unit, "count"),
        height=260,
    )


def _parts(figure: FigureAnswer, by: str, scope: Scope) -> list[dict[str, object]]:
    values = [float(part.value) for part in figure.parts or () if part.value is not None]
    top = max(values, default=0)
    return [
        {
            "part": (event_label(part.part) if by == "event" else part.part) or t("未知", "not known"),
            "value": worded(figure.unit, part.value),
            "before": worded(figure.unit, part.before),
            "share": float(part.value or 0) / top if top > 0 else 0,
            "url": scope.link("/insight/trace", report="core", cell=f"{figure.name}={part.part}", by=by),
        }
        for part in (figure.parts or ())[:50]
    ]


ROUTES = [all_figures, figures_as_excel, one_figure]
