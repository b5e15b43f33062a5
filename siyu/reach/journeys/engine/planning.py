"""Plans a step: where each of a crowd goes from a node, and what is done for them on the way.

Pure but for its :class:`Questions`, so that a rehearsal plans as the engine does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from siyu.audiences.filters import Filter
from siyu.experiments import bucket_ranges, buckets
from siyu.experiments.assignment import BUCKETS
from siyu.reach.journeys import nodes
from siyu.reach.journeys.engine.clock import DAY, MINUTE, shown_next
from siyu.reach.journeys.engine.crowd import Crowd, Numbers, Places
from siyu.reach.journeys.engine.plan import HELD, LATE, LATER, NEXT, TIMEOUT, Act, Fork, Leave, Plan, Planned, Rest, Way
from siyu.reach.journeys.engine.published import GATE, Published
from siyu.reach.journeys.matching import Match
from siyu.reach.rules.quiet_hours import known_zone

ASK_AGAIN = 15 * MINUTE
"""How long a message that the guard holds waits until it is asked for again."""


class Questions(Protocol):
    """What a plan has to ask of the world, each for many people at once."""

    def meeting(self, rule: Mapping[str, Any], persons: Numbers) -> npt.NDArray[np.bool_]:
        """Who of them meets the rule now."""
        ...

    def first_after(self, match: Match, persons: Numbers, after: Numbers, until: Numbers | None) -> Numbers:
        """When each did it first, later than ``after`` and not later than ``until``; 0: not known to have."""
        ...

    def best(self, persons: Numbers, now: int, hours: int, zones: Sequence[str | None]) -> Numbers:
        """Each one's best moment within so many hours."""
        ...


def task_done(published: Published, node: str) -> Match:
    """The event that tells that staff has done the task of a node."""
    where = (Filter("properties.journey", "eq", published.journey), Filter("properties.node", "is", node))
    return Match("task_done", where)


@dataclass(frozen=True)
class Planner:
    """For one version, one crowd and one moment. ``zone``: of whoever's profile names none."""

    published: Published
    crowd: Crowd
    now: int
    zone: ZoneInfo
    questions: Questions
    _known: dict[tuple[str, bytes, int], tuple[Plan, Numbers]] = field(
        default_factory=dict[tuple[str, bytes, int], tuple[Plan, Numbers]]
    )
    """Plans from a node on, by those who come and the moments meant (kept, so that their number stays theirs): where
    ways part and meet again, each is thought out once."""

    def plan(self, place: int) -> Planned:
        """What becomes of them, who are due at this place of the document (or at the gate)."""
        crowd = self.crowd
        everybody = crowd.everybody()
        here = everybody[~crowd.gone]
        gone: list[Plan] = [Leave(everybody[crowd.gone], "erased")] if len(here) < len(everybody) else []
        if place == GATE:
            begun, goals = self._at_the_gate(here)
            return Planned(Fork([*gone, *begun]), goals)
        return Planned(Fork([*gone, self._due(self.published.document.nodes[place], here)]))

    def _at_the_gate(self, who: Places) -> tuple[list[Plan], list[tuple[Places, Numbers]]]:
        """Those who did what ends the journey before they were led in leave at once; the others begin."""
        document, crowd = self.published.document, self.crowd
        parts: list[Plan] = []
        goals: list[tuple[Places, Numbers]] = []
        for match in document.leave_when:
            at = self.questions.first_after(match, crowd.persons[who], crowd.entered[who], None)
            parts.append(Leave(who[at > 0], "leave_when"))
            who = who[at == 0]
        if document.goal is not None:
            last = crowd.entered[who] + document.goal.days * DAY
            at = self.questions.first_after(document.goal.match, crowd.persons[who], crowd.entered[who], last)
            goals.append((who[at > 0], at[at > 0]))
            if document.goal.leaves:
                parts.append(Leave(who[at > 0], "goal"))
                who = who[at == 0]
        return [*parts, self._go(who, "", "entered", document.start, crowd.since)], goals

    def _due(self, node: nodes.Any, who: Places) -> Plan:
        """They waited at this node, and their time has come."""
        crowd = self.crowd
        ended = np.where(crowd.due > self.now, self.now, crowd.due)
        if isinstance(node, nodes.WaitEvent):
            return self._told(node, node.match, TIMEOUT, node.timeout, who, ended)
        if isinstance(node, nodes.Task):
            return self._told(node, task_done(self.published, node.id), LATE, node.late, who, ended)
        if isinstance(node, nodes.Message):
            return self._message(node, who, crowd.since)
        if isinstance(node, nodes.Wait | nodes.WaitUntil | nodes.BestHour):
            return self._go(who, node.id, NEXT, node.next, ended)
        return self._arrive(node, who, crowd.since)  # led here by a mapping of versions, for whatever it does

    def _told(
        self,
        node: nodes.WaitEvent | nodes.Task,
        match: Match,
        otherwise: str,
        to: str | None,
        who: Places,
        end: Numbers,
    ) -> Plan:
        """Their time is over, or somebody said that it happened: which of the two, the event log knows."""
        crowd = self.crowd
        at = self.questions.first_after(match, crowd.persons[who], crowd.since[who], end[who])
        moment = end.copy()
        moment[who[at > 0]] = at[at > 0]
        return Fork(
            [
                self._go(who[at > 0], node.id, NEXT, node.next, moment),
                self._go(who[at == 0], node.id, otherwise, to, moment),
            ]
        )

    def _go(self, who: Places, node: str, way: str, to: str | None, moment: Numbers) -> Plan:
        if not len(who):
            return Fork([])
        then = Leave(who, "end") if to is None else self._arrive(self._node(to), who, moment)
        return Way(who, node, way, to or "", then)

    def _node(self, id: str) -> nodes.Any:
        return self.published.document.nodes[self.published.places[id]]

    def _arrive(self, node: nodes.Any, who: Places, moment: Numbers) -> Plan:
        """They come to this node at ``moment``, by what was meant, and now, by the clock."""
        key = (node.id, who.tobytes(), id(moment))
        if key not in self._known:
            self._known[key] = self._from(node, who, moment), moment
        return self._known[key][0]

    def _from(self, node: nodes.Any, who: Places, moment: Numbers) -> Plan:
        if isinstance(node, nodes.Branch):
            return self._branch(node, who, moment)
        if isinstance(node, nodes.Split):
            return self._split(node, who, moment)
        if isinstance(node, nodes.Exit):
            return Leave(who, "end")
        if isinstance(node, nodes.Message):
            return self._message(node, who, moment)
        if isinstance(node, nodes.WaitEvent):
            return self._await(node, who, moment)
        if isinstance(node, nodes.Task) and node.wait:
            due = np.full(len(who), self.now + node.minutes * MINUTE)
            return Act(who, node, {NEXT: Rest(who, node.id, due, moment)})
        if isinstance(node, nodes.Wait | nodes.WaitUntil | nodes.BestHour):
            return Rest(who, node.id, self._until(node, who), moment)
        return Act(who, node, {NEXT: self._go(who, node.id, NEXT, node.next, moment)})

    def _branch(self, node: nodes.Branch, who: Places, moment: Numbers) -> Plan:
        parts: list[Plan] = []
        for place, case in enumerate(node.cases):
            if len(who):
                meets = self.questions.meeting(case.rule, self.crowd.persons[who])
                parts.append(self._go(who[meets], node.id, str(place), case.to, moment))
                who = who[~meets]
        return Fork([*parts, self._go(who, node.id, "otherwise", node.otherwise, moment)])

    def _split(self, node: nodes.Split, who: Places, moment: Numbers) -> Plan:
        at = buckets(f"{self.published.salt}:{node.id}", self.crowd.persons[who]) / BUCKETS
        ranges = bucket_ranges([arm.share / 100 for arm in node.arms])
        ends = np.array([high for _, high in ranges])
        arms = np.minimum(np.searchsorted(ends, at, side="right"), len(ends) - 1)
        return Fork(
            [self._go(who[arms == place], node.id, str(place), arm.to, moment) for place, arm in enumerate(node.arms)]
        )

    def _message(self, node: nodes.Message, who: Places, moment: Numbers) -> Plan:
        go = partial(self._go, who, node.id, moment=moment)
        on: dict[str, Plan] = {NEXT: go(NEXT, node.next)}
        on[HELD] = go(HELD, node.held if node.own_way_when_held else node.next)
        if node.when_held.do == "wait":
            on[LATER] = Rest(who, node.id, np.full(len(who), self.now + ASK_AGAIN), moment)
        return Act(who, node, on)

    def _await(self, node: nodes.WaitEvent, who: Places, moment: Numbers) -> Plan:
        """What is known to have happened since counts; the others rest, and the news wake them."""
        at = self.questions.first_after(node.match, self.crowd.persons[who], moment[who], None)
        did, waits = who[at > 0], who[at == 0]
        later = moment.copy()
        later[did] = at[at > 0]
        due = np.full(len(waits), self.now + node.minutes * MINUTE)
        return Fork([self._go(did, node.id, NEXT, node.next, later), Rest(waits, node.id, due, moment)])

    def _until(self, node: nodes.Wait | nodes.WaitUntil | nodes.BestHour, who: Places) -> Numbers:
        if isinstance(node, nodes.Wait):
            return np.full(len(who), self.now + node.minutes * MINUTE)
        zones = [self.crowd.zones[place] for place in who]
        if isinstance(node, nodes.BestHour):
            return self.questions.best(self.crowd.persons[who], self.now, node.hours, zones)
        return by_zone(zones, self.zone, lambda zone: shown_next(self.now, zone, node.clock, node.days, node.weekdays))


def by_zone(zones: Sequence[str | None], usual: ZoneInfo, of: Callable[[ZoneInfo], int]) -> Numbers:
    """A moment for each, reckoned once a zone."""
    moments = {name: of((known_zone(name) if name else None) or usual) for name in set(zones)}
    return np.array([moments[name] for name in zones], dtype=np.int64)
