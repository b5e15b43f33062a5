"""Figures, reports and tracing as JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar.params import QueryParameter
from msgspec import Meta, Struct, structs, to_builtins

from siyu.audiences import queries as audiences
from siyu.insight import tracing
from siyu.insight.as_audience import make_audience
from siyu.insight.command import list_reports
from siyu.insight.figure import Share
from siyu.insight.figures import figures
from siyu.insight.just_now import LINES_MAX, Moment, just_now
from siyu.insight.period import checked_zone
from siyu.insight.reports.core import CoreAnswer, CoreParameters
from siyu.insight.reports.core import run as run_core
from siyu.insight.reports.funnel import FunnelAnswer, FunnelParameters
from siyu.insight.reports.funnel import run as run_funnel
from siyu.insight.reports.retention import RetentionAnswer, RetentionParameters
from siyu.insight.reports.retention import run as run_retention
from siyu.insight.reports.rfm import RfmAnswer, RfmParameters
from siyu.insight.reports.rfm import run as run_rfm
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.api.audiences import AudienceAnswer, answer
from siyu.web.current import current, note
from siyu.web.routes import api_ask, api_read, api_write
from siyu.web.seeing import asked_fairly, seen, traced_seen

Zone = Annotated[
    str, QueryParameter(max_length=60, description="IANA time zone of the report; the installation's if left out.")
]


class ReportListed(Struct, frozen=True):
    name: str
    zh: str
    en: str
    shows_zh: str
    shows_en: str
    parameters: list[dict[str, Any]]


class FigureListed(Struct, frozen=True):
    """A figure's definition. ``part`` and ``whole`` are set for a ratio."""

    name: str
    zh: str
    en: str
    unit: str
    good: str
    meaning_zh: str
    meaning_en: str
    part: str | None
    whole: str | None


class TraceAsked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which number to open: a report, its parameters, and the cell (see the reference of that report)."""

    report: Annotated[str, Meta(max_length=40)]
    cell: Annotated[str, Meta(max_length=400)]
    parameters: dict[str, Any] = {}
    person: Annotated[int, Meta(ge=1, le=2**32 - 1)] | None = None
    page: Annotated[int, Meta(ge=0, le=10_000)] = 0
    limit: Annotated[int, Meta(ge=1, le=tracing.PAGE_MAX)] = 50


class AudienceAsked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which number's people to keep. ``kind``: live (by the rule that means them), list (these people, for ever); left
    out: live where there is such a rule."""

    report: Annotated[str, Meta(max_length=40)]
    cell: Annotated[str, Meta(max_length=400)]
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    parameters: dict[str, Any] = {}
    kind: Literal["live", "list"] | None = None


class TracedPeople(Struct, frozen=True):
    added: tracing.Added
    items: list[tracing.TracedPerson]


class TracedEvents(Struct, frozen=True):
    added: tracing.Added
    items: list[tracing.TracedEvent]


def _zone(timezone: str) -> str:
    return checked_zone(timezone) if timezone else current().timezone.key


@api_read("/api/reports", "report.read", tags=["insight"])
def reports_listed() -> list[ReportListed]:
    """The reports with their parameters."""
    return [ReportListed(**each) for each in list_reports()]


@api_read("/api/figures", "report.read", tags=["insight"])
def figures_listed() -> list[FigureListed]:
    """The figures with their definitions."""
    return [
        FigureListed(
            each.name,
            each.zh,
            each.en,
            each.unit,
            each.good,
            each.meaning_zh,
            each.meaning_en,
            each.part if isinstance(each, Share) else None,
            each.whole if isinstance(each, Share) else None,
        )
        for each in figures().values()
    ]


@api_read("/api/just-now", "people.read", tags=["insight"])
def happening(stores: Stores, lines: Annotated[int, QueryParameter(ge=1, le=LINES_MAX)] = 6) -> list[Moment]:
    """What people are doing at this moment: a line for each kind of event and minute, newest first."""
    return [structs.replace(each, detail=seen(each.detail)) for each in just_now(stores, lines)]


@api_ask("/api/reports/core", "report.read", tags=["insight"])
def core(stores: Stores, data: CoreParameters, timezone: Zone = "") -> CoreAnswer:
    """Core figures of a period beside the one before."""
    return run_core(stores, data, _zone(timezone))


@api_ask("/api/reports/retention", "report.read", tags=["insight"])
def retention(stores: Stores, data: RetentionParameters, timezone: Zone = "") -> RetentionAnswer:
    """Cohorts and who of them came back."""
    return run_retention(stores, data, _zone(timezone))


@api_ask("/api/reports/funnel", "report.read", tags=["insight"])
def funnel(stores: Stores, data: FunnelParameters, timezone: Zone = "") -> FunnelAnswer:
    """People at each of the steps."""
    asked_fairly(to_builtins(data))
    return run_funnel(stores, data, _zone(timezone))


@api_ask("/api/reports/rfm", "report.read", tags=["insight"])
def rfm(stores: Stores, data: RfmParameters, timezone: Zone = "") -> RfmAnswer:
    """Buyers in eleven segments."""
    return run_rfm(stores, data, _zone(timezone))


@api_ask("/api/trace/people", "people.read", tags=["insight"])
def trace_people(stores: Stores, data: TraceAsked, timezone: Zone = "") -> TracedPeople:
    """The people behind a number, and what they add up to."""
    relation = _relation(stores, data, timezone)
    return TracedPeople(
        tracing.added_up(stores, relation), tracing.people(stores, relation, page=data.page, limit=data.limit)
    )


@api_ask("/api/trace/events", "people.read", tags=["insight"])
def trace_events(stores: Stores, data: TraceAsked, timezone: Zone = "") -> TracedEvents:
    """The events behind a number, newest first, of everybody or of one person."""
    relation = _relation(stores, data, timezone)
    found = tracing.events(stores, relation, person=data.person, page=data.page, limit=data.limit)
    return TracedEvents(tracing.added_up(stores, relation), [traced_seen(each) for each in found])


@api_write("POST", "/api/trace/audience", "audience.write", audits="audience_created", tags=["insight"])
def trace_audience(stores: Stores, actor: Actor, data: AudienceAsked, timezone: Zone = "") -> AudienceAnswer:
    """Keep the people behind a number as an audience."""
    asked = (data.report, data.parameters, data.cell, _zone(timezone))
    number = make_audience(stores, actor.tag, data.name, *asked, data.kind)
    note(f"audience:{number}", name=data.name)
    return answer(stores, audiences.get(stores, number))


def _relation(stores: Stores, data: TraceAsked, timezone: str) -> tracing.Relation:
    asked_fairly(dict(data.parameters))
    return tracing.relation_of(stores, data.report, dict(data.parameters), data.cell, _zone(timezone))


ROUTES = [
    reports_listed,
    figures_listed,
    happening,
    core,
    retention,
    funnel,
    rfm,
    trace_people,
    trace_events,
    trace_audience,
]
