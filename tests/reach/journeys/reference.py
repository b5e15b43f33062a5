"""The slow reading of a journey: one person at a time, one step at a time, in plain Python, from the words of decision
0011 and of the nodes. The engine, which moves sets, must come to the same for everybody."""

from __future__ import annotations

from dataclasses import dataclass, field

from siyu.experiments import bucket
from siyu.reach.journeys import nodes
from siyu.reach.journeys.matching import Match
from siyu.reach.journeys.model import Journey
from siyu.reach.journeys.triggers import OnEvent

MINUTE, DAY = 60_000, 86_400_000


@dataclass
class Run:
    """One time in the journey. ``place``: a node's id, '' at the gate."""

    entered: int
    cause: str
    due: int
    since: int
    place: str = ""
    how: str = ""
    path: list[str] = field(default_factory=list)
    got: list[str] = field(default_factory=list)


@dataclass
class Walker:
    """One person. ``may_get``: whether the guard lets messages pass."""

    person: int
    may_get: bool = True
    events: list[tuple[str, int]] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    got: list[str] = field(default_factory=list)

    @property
    def inside(self) -> Run | None:
        return self.runs[-1] if self.runs and not self.runs[-1].how else None


@dataclass
class Reference:
    journey: Journey
    salt: str
    walkers: dict[int, Walker]
    now: int

    def happened(self, person: int, event: str, at: int, cause: str) -> None:
        """The product hears of it, and goes on until nobody has anything to do."""
        walker = self.walkers[person]
        walker.events.append((event, at))
        if (run := walker.inside) is not None:
            self._hears(run, event, at)
        trigger = self.journey.trigger
        assert isinstance(trigger, OnEvent)
        if event == trigger.on.event and at > self.now - DAY and self._may_come(walker, cause):
            walker.runs.append(Run(at, cause, self.now, at))
        self.go()

    def pass_to(self, now: int) -> None:
        self.now = now
        self.go()

    def go(self) -> None:
        for walker in self.walkers.values():
            while (run := walker.inside) is not None and run.due <= self.now:
                self._step(walker, run)

    def _hears(self, run: Run, event: str, at: int) -> None:
        if any(match.event == event for match in self.journey.leave_when) and at > run.entered:
            run.how = "leave_when"
            return
        goal = self.journey.goal
        within = goal is not None and run.entered < at <= run.entered + goal.days * DAY
        if goal is not None and goal.match.event == event and within and goal.leaves:
            run.how = "goal"
            return
        node = self._node(run.place) if run.place else None
        if isinstance(node, nodes.WaitEvent) and node.match.event == event and run.since < at < run.due:
            run.due = at

    def _may_come(self, walker: Walker, cause: str) -> bool:
        entry = self.journey.entry
        if entry.again == "never":
            return not walker.runs
        if walker.inside is not None or any(run.cause == cause for run in walker.runs):
            return False
        return not any(entry.gap_days and run.entered > self.now - entry.gap_days * DAY for run in walker.runs)

    def _step(self, walker: Walker, run: Run) -> None:
        if not run.place:
            goal = self.journey.goal
            if any(self._first(walker, match, run.entered, None) for match in self.journey.leave_when):
                run.how = "leave_when"
            elif (
                goal is not None
                and goal.leaves
                and self._first(walker, goal.match, run.entered, run.entered + goal.days * DAY)
            ):
                run.how = "goal"
            else:
                self._go(walker, run, ".entered", self.journey.start, run.since)
            return
        node = self._node(run.place)
        if isinstance(node, nodes.WaitEvent):
            at = self._first(walker, node.match, run.since, run.due)
            way, to = ("next", node.next) if at else ("timeout", node.timeout)
            self._go(walker, run, f"{node.id}.{way}", to, at or run.due)
        else:
            assert isinstance(node, nodes.Wait)
            self._go(walker, run, f"{node.id}.next", node.next, run.due)

    def _go(self, walker: Walker, run: Run, way: str, to: str | None, moment: int) -> None:
        """On from a node by one of its ways, until they rest or leave."""
        run.path.append(way)
        while to is not None and not isinstance(node := self._node(to), nodes.Exit):
            if isinstance(node, nodes.WaitEvent) and (at := self._first(walker, node.match, moment, None)):
                way, to, moment = "next", node.next, at
            elif isinstance(node, nodes.Wait | nodes.WaitEvent):
                run.place, run.due, run.since = node.id, self.now + node.minutes * MINUTE, moment
                return
            else:
                way, to = self._passes(walker, node)
            run.path.append(f"{node.id}.{way}")
        run.how = "end"

    def _passes(self, walker: Walker, node: nodes.Any) -> tuple[str, str | None]:
        """Which way they go from a node that is no wait."""
        if isinstance(node, nodes.Branch):
            for place, case in enumerate(node.cases):
                if any(name == case.rule["event"] and at <= self.now for name, at in walker.events):
                    return str(place), case.to
            return "otherwise", node.otherwise
        if isinstance(node, nodes.Split):
            lot, reached = bucket(f"{self.salt}:{node.id}", walker.person) / 10_000, 0.0
            for place, arm in enumerate(node.arms):
                reached += arm.share / 100
                if lot < reached:
                    return str(place), arm.to
            return str(len(node.arms) - 1), node.arms[-1].to
        assert isinstance(node, nodes.Message)
        if walker.may_get:
            run = walker.runs[-1]
            if node.id not in run.got:  # once each time in the journey, however often they pass
                run.got.append(node.id)
                walker.got.append(node.id)
            return "next", node.next
        return "held", node.held if node.own_way_when_held else node.next

    def _first(self, walker: Walker, match: Match, after: int, until: int | None) -> int:
        """When they did it first, later than ``after``; 0: never, as far as is known."""
        times = [at for name, at in walker.events if name == match.event and at > after]
        return min((at for at in times if until is None or at <= until), default=0)

    def _node(self, id: str) -> nodes.Any:
        return next(node for node in self.journey.nodes if node.id == id)
