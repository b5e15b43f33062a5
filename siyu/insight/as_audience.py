"""From a number to an audience: the rule that means the same people, where one can say it; else their list, frozen.

A rule is given only where it is the cell's own question in other words, so that today both mean the same people. What
no rule can say (ranks of RFM, steps of a funnel after the first, "any activity", one part of a breakdown) is ``None``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from siyu.audiences import actions
from siyu.audiences.conditions.base import EVERY_EVENT
from siyu.audiences.conditions.did import Did
from siyu.audiences.measures import First
from siyu.audiences.model import All, AnyOf, Rule
from siyu.audiences.windows import Between, Since
from siyu.insight import tracing
from siyu.insight.figure import Span, Total
from siyu.insight.figures import figure_named
from siyu.insight.period import Period, checked_zone, midnight, step
from siyu.insight.report import period_of, read_parameters
from siyu.insight.reports import report_named
from siyu.insight.reports.core import CoreParameters
from siyu.insight.reports.funnel import FunnelParameters, steps_of
from siyu.insight.reports.retention import RetentionParameters
from siyu.jobs import preferences
from siyu.storage import BadInput, Stores


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Days of the report's zone as rules write them: dates where the zone is the installation's, else full times."""

    zone: str
    own: bool

    def between(self, first: date, last: date) -> Between:
        if self.own:
            return Between(first.isoformat(), last.isoformat())
        return Between(self._moment(first), self._moment(last + timedelta(days=1), -1))

    def since(self, first: date) -> Since:
        return Since(first.isoformat() if self.own else self._moment(first))

    def begun(self, event: str, first: date, last: date) -> list[Rule]:
        """The event happened for the first time ever in these days."""
        before, after = last + timedelta(days=1), first - timedelta(days=1)
        low = after.isoformat() if self.own else self._moment(first, -1)
        high = before.isoformat() if self.own else self._moment(before)
        return [Did(event, measure=First("after", date=low)), Did(event, measure=First("before", date=high))]

    def _moment(self, day: date, milliseconds: int = 0) -> str:
        return (midnight(day, self.zone) + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")


def rule_of(stores: Stores, report: str, parameters: Mapping[str, Any], cell: str, zone: str) -> Rule | None:
    """The rule that means the people of a cell; None where no rule does. Raises as :func:`tracing.relation_of`."""
    given = read_parameters(report_named(report), dict(parameters))
    period = period_of(stores, given, checked_zone(zone))
    days = _Calendar(zone, zone == preferences.timezone(stores).key)
    if isinstance(given, CoreParameters):
        return _figure(cell, period, days)
    if isinstance(given, RetentionParameters):
        return _retention(given, cell, period, days)
    if isinstance(given, FunnelParameters) and cell == "reached:1":
        first = steps_of(given)[0]
        return Did(first.event, first.where, window=days.between(period.first, period.last))
    return None


def _figure(cell: str, period: Period, days: _Calendar) -> Rule | None:
    total = figure_named(cell.partition("=")[0])
    if "=" in cell or not isinstance(total, Total) or total.span is not Span.PERIOD:
        return None
    if total.also or total.events == "active":
        return None
    names = (EVERY_EVENT,) if total.events == "every" else total.events
    if total.history is not None:
        return All(tuple(days.begun(names[0], period.first, period.last))) if total.at else None
    window = days.between(period.first, period.last)
    did = tuple(Did(name, window=window) for name in names)
    return did[0] if len(did) == 1 else AnyOf(did)


def _retention(given: RetentionParameters, cell: str, period: Period, days: _Calendar) -> Rule | None:
    start, number = date.fromisoformat(cell.partition(":")[0]), int(cell.partition(":")[2])
    if number and given.back == "any":
        return None
    first, last = max(start, period.first), min(step(start, given.unit, 1) - timedelta(days=1), period.last)
    begun = days.begun(EVERY_EVENT if given.first == "any" else given.first, first, last)
    if not number:
        return All(tuple(begun))
    opens = step(start, given.unit, number)
    if given.mode == "rolling":
        return All((*begun, Did(given.back, window=days.since(opens))))
    closes = step(start, given.unit, number + 1) - timedelta(days=1)
    return All((*begun, Did(given.back, window=days.between(opens, closes))))


def make_audience(
    stores: Stores,
    by: str,
    name: str,
    report: str,
    parameters: Mapping[str, Any],
    cell: str,
    zone: str,
    kind: Literal["live", "list"] | None = None,
) -> int:
    """Keep the people of a cell as an audience; its number. ``live`` follows the rule, ``list`` holds these people for
    ever; left out: live where a rule means them. Raises :class:`BadInput` for ``live`` where none does."""
    relation = tracing.relation_of(stores, report, dict(parameters), cell, zone)
    rule = None if kind == "list" else rule_of(stores, report, parameters, cell, zone)
    if kind == "live" and rule is None:
        raise BadInput(
            "no_rule_means_them",
            "没有规则能说出这些人，请改用固定名单（list）。",
            "No rule can say who these people are; keep them as a list.",
            field="kind",
        )
    if rule is not None:
        return actions.create(stores, by, name, rule)
    return actions.create_list(stores, by, name, f"SELECT kept FROM ({relation.sql})", relation.parameters)
