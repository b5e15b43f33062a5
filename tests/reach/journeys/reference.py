"""The slow reading of a journey: one person at a time, one step at a time, in plain Python, from the words of decision
0011 and of the nodes. The engine, which moves sets, must come to the same for everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from siyu.experiments import bucket
from siyu.reach.journeys import nodes
from siyu.reach.journeys.model import Journey
from siyu.reach.journeys.triggers import OnEvent
from siyu.storage.ledger import from_millis

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
SHOP = "Asia/Shanghai"


@dataclass
class Run:
    """One time in the journey. ``place``: a node's id, '' at the gate."""

    entered: int
    cause: str
    due: int
    since: int
    place: str = ""
    how: str = ""
    goal: int = 0
    path: list[str] = field(default_factory=list)
    got: list[str] = field(default_factory=list)


@dataclass
class Walker:
    """One person. ``may_get``: whether the guard lets messages pass. ``later``: what was noted of them on the way,
    which rules and clocks know of from their next step on."""

    person: int
    may_get: bool = True
    tags: set[int] = field(default_factory=set[int])
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])
    later: list[Callable[[], object]] = field(default_factory=list[Callable[[], object]])
    events: list[tuple[str, int]] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    got: list[str] = field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        """Whose clocks are theirs."""
        named = self.attributes.get("timezone")
        return ZoneInfo(named if named in available_timezones() else SHOP)

    @property
    def inside(self) -> Run | None:
        return self.runs[-1] if self.runs and not self.runs[-1].how else None


@dataclass
class Reference:
    """``calls``: who is to hear that somebody is sent into another journey."""

    journey: Journey
    salt: str
    walkers: dict[int, Walker]
    now: int
    calls: Callable[[int], None] = lambda person: None

    def happened(self, person: int, event: str, at: int, cause: str) -> None:
        """The product hears of it, and goes on until nobody has anything to do."""
        walker = self.walkers[person]
        walker.events.append((event, at))
        if (run := walker.inside) is not None:
            self._hears(run, event, at)
        trigger = self.journey.trigger
        if isinstance(trigger, OnEvent) and event == trigger.on.event and at > self.now - DAY:
            self._comes(walker, at, cause)
        self.go()

    def called(self, person: int) -> None:
        """Another journey sends them in now."""
        walker = self.walkers[person]
        self._comes(walker, self.now, f"call {len(walker.runs)}")
        self.go()

    def _comes(self, walker: Walker, at: int, cause: str) -> None:
        if self._may_come(walker, cause):
            walker.runs.append(Run(at, cause, self.now, at))

    def pass_to(self, now: int) -> None:
        self.now = now
        self.go()

    def go(self) -> None:
        for walker in self.walkers.values():
            while (run := walker.inside) is not None and run.due <= self.now:
                self._step(walker, run)
                for note in walker.later:
                    note()
                walker.later.clear()

    def _hears(self, run: Run, event: str, at: int) -> None:
        if any(match.event == event for match in self.journey.leave_when) and at > run.entered:
            run.how = "leave_when"
            return
        goal = self.journey.goal
        within = goal is not None and run.entered < at <= run.entered + goal.days * DAY
        if goal is not None and goal.match.event == event and within:
            run.goal = run.goal or at
            if goal.leaves:
                run.how = "goal"
                return
        awaited = self._awaited(self._node(run.place)) if run.place else None
        if event == awaited and run.since < at < run.due:
            run.due = at

    def _may_come(self, walker: Walker, cause: str) -> bool:
        entry = self.journey.entry
        if entry.rule is not None and not self._meets(walker, entry.rule):
            return False
        if entry.again == "never":
            return not walker.runs
        if walker.inside is not None or any(run.cause == cause for run in walker.runs):
            return False
        return not any(entry.gap_days and run.entered > self.now - entry.gap_days * DAY for run in walker.runs)

    def _step(self, walker: Walker, run: Run) -> None:
        if not run.place:
            self._begins(walker, run)
            return
        node = self._node(run.place)
        if (awaited := self._awaited(node)) is not None:
            at = self._first(walker, awaited, run.since, run.due)
            otherwise = ("late", node.late) if isinstance(node, nodes.Task) else ("timeout", node.timeout)
            way, to = ("next", node.next) if at else otherwise
            self._go(walker, run, f"{node.id}.{way}", to, at or run.due)
        else:
            self._go(walker, run, f"{node.id}.next", node.next, run.due)

    def _begins(self, walker: Walker, run: Run) -> None:
        """From the gate, where it may turn out that they are done already."""
        goal = self.journey.goal
        if any(self._first(walker, match.event, run.entered, None) for match in self.journey.leave_when):
            run.how = "leave_when"
            return
        if goal is not None:
            run.goal = self._first(walker, goal.match.event, run.entered, run.entered + goal.days * DAY)
            if run.goal and goal.leaves:
                run.how = "goal"
                return
        self._go(walker, run, ".entered", self.journey.start, run.since)

    def _awaited(self, node: nodes.Any) -> str | None:
        """The event that those who rest here wait for."""
        if isinstance(node, nodes.WaitEvent):
            return node.match.event
        return f"done {node.id}" if isinstance(node, nodes.Task) and node.wait else None

    def _go(self, walker: Walker, run: Run, way: str, to: str | None, moment: int) -> None:
        """On from a node by one of its ways, until they rest or leave."""
        run.path.append(way)
        while to is not None and not isinstance(node := self._node(to), nodes.Exit):
            if isinstance(node, nodes.WaitEvent) and (at := self._first(walker, node.match.event, moment, None)):
                way, to, moment = "next", node.next, at
            elif (due := self._until(walker, node)) is not None:
                run.place, run.due, run.since = node.id, due, moment
                return
            else:
                way, to = self._passes(walker, node)
            run.path.append(f"{node.id}.{way}")
        run.how = "end"

    def _until(self, walker: Walker, node: nodes.Any) -> int | None:
        """When those who come to this node go on; None: at once."""
        if isinstance(node, nodes.Wait | nodes.WaitEvent) or (isinstance(node, nodes.Task) and node.wait):
            return self.now + node.minutes * MINUTE
        if isinstance(node, nodes.WaitUntil):
            return shown_next(self.now, walker.zone, node)
        if isinstance(node, nodes.BestHour):
            return first_loud_hour(self.now, walker.zone, node.hours)
        return None

    def _passes(self, walker: Walker, node: nodes.Any) -> tuple[str, str | None]:
        """Which way they go from a node that is no wait."""
        if isinstance(node, nodes.Branch):
            met = (place for place, case in enumerate(node.cases) if self._meets(walker, case.rule))
            place = next(met, None)
            return ("otherwise", node.otherwise) if place is None else (str(place), node.cases[place].to)
        if isinstance(node, nodes.Split):
            return self._by_lot(walker, node)
        if isinstance(node, nodes.Message):
            return self._message(walker, node)
        if isinstance(node, nodes.Tag):
            walker.later += [partial(walker.tags.update, node.add), partial(walker.tags.difference_update, node.remove)]
        elif isinstance(node, nodes.Attribute):
            walker.later.append(partial(walker.attributes.update, node.set))
        elif isinstance(node, nodes.SubJourney):
            self.calls(walker.person)
        else:
            assert isinstance(node, nodes.Task)
        return "next", node.next

    def _by_lot(self, walker: Walker, node: nodes.Split) -> tuple[str, str | None]:
        lot, reached = bucket(f"{self.salt}:{node.id}", walker.person) / 10_000, 0.0
        for place, arm in enumerate(node.arms):
            reached += arm.share / 100
            if lot < reached:
                return str(place), arm.to
        return str(len(node.arms) - 1), node.arms[-1].to

    def _message(self, walker: Walker, node: nodes.Message) -> tuple[str, str | None]:
        if not walker.may_get:
            return "held", node.held if node.own_way_when_held else node.next
        run = walker.runs[-1]
        if node.id not in run.got:  # once each time in the journey, however often they pass
            run.got.append(node.id)
            walker.got.append(node.id)
        return "next", node.next

    def _meets(self, walker: Walker, rule: dict[str, Any]) -> bool:
        if rule["type"] == "tag":
            return bool(walker.tags & set(rule["tags"])) is (rule["op"] == "any")
        if rule["type"] == "profile":
            said = walker.attributes.get(rule["field"].removeprefix("attributes."))
            return (said == rule["value"]) is (rule["op"] == "is")
        return any(name == rule["event"] and at <= self.now for name, at in walker.events)

    def _first(self, walker: Walker, event: str, after: int, until: int | None) -> int:
        """When they did it first, later than ``after``; 0: never, as far as is known."""
        times = [at for name, at in walker.events if name == event and at > after]
        return min((at for at in times if until is None or at <= until), default=0)

    def _node(self, id: str) -> nodes.Any:
        return next(node for node in self.journey.nodes if node.id == id)


def shown_next(now: int, zone: ZoneInfo, node: nodes.WaitUntil) -> int:
    """Looking at a clock of the zone minute by minute: when does it first come to the time, or jump over it?"""
    here = from_millis(now).astimezone(zone)
    earliest, wanted = here.date() + timedelta(days=node.days), time.fromisoformat(node.clock)
    minute, before = now // MINUTE * MINUTE, here.replace(tzinfo=None, second=0, microsecond=0)
    while True:
        minute += MINUTE
        local = from_millis(minute).astimezone(zone)
        shown = local.replace(tzinfo=None)
        comes = before < datetime.combine(shown.date(), wanted) <= shown and not local.fold
        if comes and shown.date() >= earliest and shown.isoweekday() in (node.weekdays or range(1, 8)):
            return minute
        before = shown


def first_loud_hour(now: int, zone: ZoneInfo, hours: int) -> int:
    """Where nobody has been seen to look, all hours are alike: the first that is not quiet, now where all are."""
    moments = [now, *range((now // MINUTE + 1) * MINUTE, now + hours * HOUR, MINUTE)]
    for moment in moments:
        clock = from_millis(moment).astimezone(zone).time()
        if (moment == now or clock.minute == 0) and time(8, 30) <= clock < time(22, 30):
            return moment
    return now
