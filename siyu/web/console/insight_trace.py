"""Tracing: from a number to its people, their events, and each event's source record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar.response import Response

from siyu.audiences import queries as audiences
from siyu.audiences.actions import NAME_LENGTH_MAX
from siyu.audiences.model import to_json
from siyu.audiences.segments import BY_CODE
from siyu.insight import tracing
from siyu.insight.answers import Reason
from siyu.insight.as_audience import make_audience, rule_of
from siyu.insight.figures import figure_named
from siyu.insight.report import report_named
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import downloads
from siyu.web.current import may, note, t
from siyu.web.insight_words import event_label
from siyu.web.paging import whole
from siyu.web.routes import page, submit
from siyu.web.scope import Scope, asked, read_scope
from siyu.web.seeing import names_seen, seen
from siyu.web.view import Html, View

PAGE = 50
EXPORT_ROWS_MAX = 100_000
OWN = ("from", "to", "period", "zone", "report", "cell", "page", "show", "person")


def _asked(stores: Stores) -> tuple[Scope, str, str, dict[str, str]]:
    query = asked()
    scope = read_scope(stores, "all")
    given = {name: value for name, value in query.items() if name not in OWN}
    return scope, query.get("report", "core"), query.get("cell", "gross_sales"), {**scope.parameters, **given}


@page("/insight/trace", "people.read")
def trace(view: View, stores: Stores) -> Html:
    scope, report, cell, given = _asked(stores)
    relation = tracing.relation_of(stores, report, dict(given), cell, scope.zone)
    query = asked()
    number = whole(query.get("page", "")) or 0
    person = whole(query.get("person", ""))
    show = "events" if query.get("show") == "events" or person is not None else "people"
    added = tracing.added_up(stores, relation)
    people = tracing.people(stores, relation, page=number, limit=PAGE) if show == "people" else []
    events = tracing.events(stores, relation, person=person, page=number, limit=PAGE) if show == "events" else []
    return view.render(
        "insight/trace.html",
        scope=scope,
        title=_title(report, cell),
        crumb=(_back(report, scope, given), t(report_named(report).zh, report_named(report).en)),
        added=added,
        people=people,
        events=events,
        names=names_seen(stores, [each.person for each in (*people, *events)]),
        show=show,
        person=person,
        number=number,
        more=len(people or events) == PAGE,
        label=event_label,
        meant=_meant(stores, report, given, cell, scope) if may("audience.write") else None,
    )


def _meant(stores: Stores, report: str, given: dict[str, str], cell: str, scope: Scope) -> dict[str, str]:
    """The rule that means these people: its sentence, and the editor with it as a draft. Empty where none does."""
    rule = rule_of(stores, report, given, cell, scope.zone)
    if rule is None:
        return {}
    draft = {"name": _name(report, cell, scope), "rule": msgspec.json.encode(to_json(rule)).decode()}
    return {"sentence": t(*audiences.said(stores, rule)), "editor": f"/audiences/new?{urlencode(draft)}"}


def _name(report: str, cell: str, scope: Scope) -> str:
    return f"{_title(report, cell)} · {scope.period.first} – {scope.period.last}"[:NAME_LENGTH_MAX]


@submit("/insight/trace/audience", "audience.write", audits="audience_created")
def keep_as_list(view: View, stores: Stores, actor: Actor) -> Html:
    """The people of this moment as an audience that stays as it is."""
    scope, report, cell, given = _asked(stores)
    name = _name(report, cell, scope)
    number = make_audience(stores, actor.tag, name, report, given, cell, scope.zone, "list")
    note(f"audience:{number}", name=name)
    return view.redirect(f"/audiences/{number}/edit", toast=("名单已固定，可以改个名字", "Kept as a list; name it"))


def _back(report: str, scope: Scope, given: dict[str, str]) -> str:
    page_name = "figures" if report == "core" else report
    own = {name: value for name, value in given.items() if name not in ("from", "to")}
    return scope.link(f"/insight/{page_name}", **({} if report == "core" else own))


def _title(report: str, cell: str) -> str:
    if report == "core":
        name, _, part = cell.partition("=")
        figure = figure_named(name)
        return t(figure.zh, figure.en) + (f" · {part}" if part else "")
    if report == "retention":
        start, _, step = cell.partition(":")
        said = t(f"第 {step} 步回来的人", f"back in step {step}") if step != "0" else t("整个队列", "the whole cohort")
        return t(f"{start} 开始的队列 · {said}", f"Cohort from {start} · {said}")
    if report == "funnel":
        place, _, part = cell.partition("=")
        kind, _, step = place.partition(":")
        said = t(f"到达第 {step} 步的人", f"Reached step {step}")
        if kind == "stopped":
            said = t(f"停在第 {step} 步的人", f"Stopped at step {step}")
        return said + (f" · {part}" if part else "")
    if cell in BY_CODE:
        return t(BY_CODE[cell].zh, BY_CODE[cell].en)
    recency, _, value = cell.partition(":")
    return t(f"近度 {recency} 分、价值 {value} 分", f"Recency {recency}, value {value}")


@page("/insight/trace.xlsx", "export")
def trace_as_excel(stores: Stores) -> Response[bytes]:
    scope, report, cell, given = _asked(stores)
    relation = tracing.relation_of(stores, report, dict(given), cell, scope.zone)
    rows: list[tracing.TracedEvent] = []
    while len(rows) < EXPORT_ROWS_MAX:
        found = tracing.events(stores, relation, page=len(rows) // tracing.PAGE_MAX, limit=tracing.PAGE_MAX)
        rows += found
        if len(found) < tracing.PAGE_MAX:
            break
    return downloads.excel(
        f"{_title(report, cell)} {scope.period.first} {scope.period.last}",
        [
            t("客户", "Person"),
            t("时间", "Time"),
            t("事件", "Event"),
            t("订单号", "Order"),
            t("金额", "Amount"),
            t("来源", "Source"),
            t("批次", "Batch"),
            t("行", "Row"),
            t("消息编号", "Message id"),
        ],
        [
            (
                row.person,
                row.time,
                event_label(row.name),
                seen(row.order),
                row.amount,
                row.source,
                row.batch,
                row.record,
                seen(row.message_id),
            )
            for row in rows
        ],
    )


@page("/insight/event", "people.read")
def event(view: View, stores: Stores) -> Html:
    """One event and its source record. ``node``, ``at`` (milliseconds) and ``mark`` say which."""
    query = asked()
    try:
        node, at = int(query["node"]), datetime.fromtimestamp(int(query["at"]) / 1000, UTC)
    except (KeyError, ValueError, OverflowError, OSError) as error:
        raise BadInput("bad_event", "没有指明是哪条事件。", "Which event is not said.", field="node") from error
    found, rows = tracing.event_at(stores, node, at, query.get("mark", ""))
    record = tracing.record_of(stores, found, rows)
    body = _body(record.body)
    return view.render(
        "insight/event.html",
        event=found,
        record=record,
        said=Reason(record.zh, record.en),
        body=body,
        name=names_seen(stores, [found.person]).get(found.person, ""),
        label=event_label,
    )


def _body(body: Any) -> str:
    """The call as it came, for those who may see phones and e-mails: such a body holds them."""
    if body is None:
        return ""
    if not may("people.phone"):
        return t(
            "（您的角色看不到原始报文：其中可能有手机号与邮箱。）",
            "(Your role does not see the body: it may hold phones and e-mails.)",
        )
    return msgspec.json.format(msgspec.json.encode(body), indent=2).decode()


ROUTES = [trace, keep_as_list, trace_as_excel, event]
