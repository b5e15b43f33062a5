"""Retention, funnel and RFM."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from litestar.response import Response
from msgspec import Struct, to_builtins

from siyu.audiences.conditions.sequence import Step
from siyu.insight.period import UNITS
from siyu.insight.report import read_parameters
from siyu.insight.reports import report_named
from siyu.insight.reports.funnel import FunnelAnswer
from siyu.insight.reports.retention import RetentionAnswer
from siyu.insight.reports.rfm import SCORES, RfmAnswer
from siyu.people.event_names import NAMES
from siyu.storage import BadInput, SiyuError, Stores, in_chunks
from siyu.web import charts, downloads, menu, pictures
from siyu.web.api.audiences import event_catalogue
from siyu.web.console.home import ANSWERS
from siyu.web.current import current, may, t
from siyu.web.insight_words import event_label, shade
from siyu.web.routes import page
from siyu.web.scope import Scope, asked, read_scope
from siyu.web.seeing import asked_fairly
from siyu.web.view import Html, View
from siyu.web.wording import count, percent

menu.page("insight", "/insight/retention", "留存", "Retention", permission="report.read", order=20, letter="r")
menu.page("insight", "/insight/funnel", "漏斗", "Funnel", permission="report.read", order=30)
menu.page("insight", "/insight/rfm", "RFM 分群", "RFM", permission="report.read", order=40)

T = TypeVar("T", bound=Struct)
EVENT_CHOICES_MAX = 80
ASKED_CHARACTERS_MAX = 6_000
"""Of one parameter in an address: sixteen steps with filters are long."""


def _reader(
    name: str, kind: type[T], preset: str, *parameters: str
) -> Callable[[Stores], tuple[Scope, T, dict[str, str], SiyuError | None]]:
    """How the pages of a report read it: the scope (``preset`` unless the address says it), the answer, and what the
    address gives of ``parameters``. Where that can't be asked: the plain report, nothing given, and the reason."""

    def read(stores: Stores) -> tuple[Scope, T, dict[str, str], SiyuError | None]:
        scope, query = read_scope(stores, preset), asked()
        given = {each: query[each][:ASKED_CHARACTERS_MAX] for each in parameters if query.get(each)}
        try:
            return scope, _answer(stores, name, scope, given, kind), given, None
        except BadInput as error:
            return scope, _answer(stores, name, scope, {}, kind), {}, error

    return read


def _answer(stores: Stores, name: str, scope: Scope, given: dict[str, str], kind: type[T]) -> T:
    report = report_named(name)
    ready = read_parameters(report, {**scope.parameters, **given})
    asked_fairly(to_builtins(ready))
    key = f"{stores.home} {name} {scope.zone} {ready}"
    answer = ANSWERS.get(stores, key, lambda: report.run(stores, ready, scope.zone))
    assert isinstance(answer, kind)
    return answer


def event_choices(stores: Stores, *more: str) -> list[tuple[str, str]]:
    """Names of events in the log, the product's own first, with their labels."""
    found = [name for (name,) in stores.events.rows("SELECT DISTINCT toString(name) FROM events LIMIT 1000")]
    known = [name for name in NAMES if name in found]
    names = dict.fromkeys([*more, *known, *sorted(set(found) - set(known))])
    return [(name, event_label(name)) for name in list(names)[:EVENT_CHOICES_MAX]]


# Retention


_retention = _reader("retention", RetentionAnswer, "all", "first", "back", "unit", "mode", "steps")


@page("/insight/retention", "report.read")
def retention(view: View, stores: Stores) -> Html:
    scope, answer, given, error = _retention(stores)
    link = scope.link("/insight/trace", report="retention", **given)
    return view.render(
        "insight/retention.html",
        scope=scope,
        answer=answer,
        given=given,
        error=error,
        steps=_steps_shown(answer),
        top=_top_share(answer),
        shade=shade,
        link=link,
        first=event_label(answer.first) if answer.first != "any" else t("任意第一条事件", "any first event"),
        back=event_label(answer.back) if answer.back != "any" else t("任意活跃行为", "any activity"),
        events=event_choices(stores, answer.first, answer.back),
        units=UNITS,
        may_list=may("people.read"),
    )


@page("/insight/retention.xlsx", "export")
def retention_as_excel(stores: Stores) -> Response[bytes]:
    scope, answer, _, _ = _retention(stores)
    steps = [f"+{number}" for number in range(1, len(answer.average) + 1)]
    rows = [[cohort.cohort, cohort.people, *cohort.returned] for cohort in answer.cohorts]
    return downloads.excel(
        f"{t('留存', 'Retention')} {scope.period.first} {scope.period.last}",
        [t("队列", "Cohort"), t("人数", "People"), *steps],
        rows,
    )


@page("/insight/retention.svg", "report.read")
def retention_as_picture(stores: Stores) -> Response[bytes]:
    scope, answer, _, _ = _retention(stores)
    steps = _steps_shown(answer)
    top = _top_share(answer)
    title = f"{t('留存', 'Retention')} {scope.period.first} – {scope.period.last}"
    picture = pictures.grid(
        title,
        t(f"首次{_event(answer.first)}后，再次{_event(answer.back)}", f"{_event(answer.first)}, {_event(answer.back)}"),
        [f"+{number}" for number in range(1, steps + 1)],
        [(cohort.cohort, count(cohort.people, True)) for cohort in answer.cohorts],
        [
            [
                None
                if people is None or share is None
                else pictures.Cell(percent(share), count(people, True), share / top, number >= cohort.complete)
                for number, (people, share) in enumerate(zip(cohort.returned, cohort.shares, strict=True))
                if number < steps
            ]
            for cohort in answer.cohorts
        ],
    )
    return pictures.svg_file(title, picture)


def _event(name: str) -> str:
    return t("任意行为", "any event") if name == "any" else event_label(name)


def _steps_shown(answer: RetentionAnswer) -> int:
    return max((sum(each is not None for each in cohort.returned) for cohort in answer.cohorts), default=0)


def _top_share(answer: RetentionAnswer) -> float:
    """The largest share: it is shaded deepest."""
    return max((share for cohort in answer.cohorts for share in cohort.shares if share), default=1)


# Funnel


_funnel = _reader("funnel", FunnelAnswer, "90d", "steps", "window", "mode", "by")


@page("/insight/funnel", "report.read")
def funnel(view: View, stores: Stores) -> Html:
    scope, answer, given, error = _funnel(stores)
    trace = scope.link("/insight/trace", report="funnel", **given)
    chart = charts.funnel(
        "funnel",
        t("完成各步的人数", "People at each step"),
        [(f"{step.step}. {t(step.zh, step.en)}", step.people) for step in answer.steps],
        head=t("步骤", "Step"),
        links=[f"{trace}&cell=reached:{step.step}" for step in answer.steps],
        height=max(170, 62 * len(answer.steps)),
    )
    return view.render(
        "insight/funnel.html",
        scope=scope,
        answer=answer,
        given=given,
        error=error,
        chart=chart,
        trace=trace,
        editor={
            "language": "zh" if current().language.startswith("zh") else "en",
            "offered": event_catalogue(stores),
            "steps": [to_builtins(Step(step.event, tuple(step.where))) for step in answer.steps],
        },
        window=given.get("window", "7d"),
        may_list=may("people.read"),
    )


@page("/insight/funnel.xlsx", "export")
def funnel_as_excel(stores: Stores) -> Response[bytes]:
    scope, answer, _, _ = _funnel(stores)
    groups = [("", answer.steps), *((part.part, part.steps) for part in answer.parts or ())]
    return downloads.excel(
        f"{t('漏斗', 'Funnel')} {scope.period.first} {scope.period.last}",
        [
            t("拆分", "Part"),
            t("步骤", "Step"),
            t("事件", "Event"),
            t("人数", "People"),
            t("停在此步", "Stopped"),
            t("占首步", "Of first"),
        ],
        [
            (part, step.step, t(step.zh, step.en), step.people, step.stopped, step.share_of_first)
            for part, steps in groups
            for step in steps
        ],
    )


# RFM


_rfm = _reader("rfm", RfmAnswer, "all", "method", "recency_days", "orders", "money")


@page("/insight/rfm", "report.read")
def rfm(view: View, stores: Stores) -> Html:
    scope, answer, given, error = _rfm(stores)
    names = {each.segment: t(each.zh, each.en) for each in answer.segments}
    return view.render(
        "insight/rfm.html",
        scope=scope,
        answer=answer,
        given=given,
        error=error,
        names=names,
        top=max((cell.people for cell in answer.grid), default=0),
        shade=shade,
        trace=scope.link("/insight/trace", report="rfm", **given),
        may_list=may("people.read"),
    )


@page("/insight/rfm.svg", "report.read")
def rfm_as_picture(stores: Stores) -> Response[bytes]:
    scope, answer, _, _ = _rfm(stores)
    names = {each.segment: t(each.zh, each.en) for each in answer.segments}
    top = max((cell.people for cell in answer.grid), default=0) or 1
    rows = list(in_chunks(answer.grid, SCORES))
    title = f"RFM {scope.period.first} – {scope.period.last}"
    picture = pictures.grid(
        title,
        t(f"{count(answer.people, True)} 位购买客户", f"{count(answer.people, True)} buyers"),
        [f"FM{number}" for number in range(1, SCORES + 1)],
        [(f"R{row[0].recency}",) for row in rows],
        [
            [pictures.Cell(count(cell.people, True), names[cell.segment], cell.people / top) for cell in row]
            for row in rows
        ],
        cell_width=104,
    )
    return pictures.svg_file(title, picture)


@page("/insight/rfm.xlsx", "export")
def rfm_as_excel(stores: Stores) -> Response[bytes]:
    scope, answer, _, _ = _rfm(stores)
    return downloads.excel(
        f"RFM {scope.period.first} {scope.period.last}",
        [
            t("分群", "Segment"),
            t("人数", "People"),
            t("占比", "Share"),
            t("净消费", "Net sales"),
            t("平均距今天数", "Days since"),
            t("平均订单数", "Orders"),
            t("含义", "Meaning"),
            t("建议", "Advice"),
        ],
        [
            (
                t(each.zh, each.en),
                each.people,
                each.share,
                each.net_sales,
                each.average_days,
                each.average_orders,
                t(each.meaning_zh, each.meaning_en),
                t(each.advice_zh, each.advice_en),
            )
            for each in answer.segments
        ],
    )


ROUTES = [
    retention,
    retention_as_picture,
    retention_as_excel,
    funnel,
    funnel_as_excel,
    rfm,
    rfm_as_picture,
    rfm_as_excel,
]
