"""Slow, plain readings of funnel, retention and RFM: what the words mean, person by person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

from siyu.insight.period import Unit, bucket_of, steps_between
from siyu.insight.relation import PASSIVE
from tests.insight.world import Happened

Who = Callable[[int], int]


def by_person(happened: Sequence[Happened], who: Who) -> dict[int, list[Happened]]:
    found: dict[int, list[Happened]] = defaultdict(list)
    for each in happened:
        found[who(each.person)].append(each)
    return found


def local(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def furthest_step(
    events: Sequence[Happened], steps: Sequence[str], window_ms: int, begins_before: datetime, once: bool
) -> int:
    """The longest chain: one event a step, never earlier than the step before, all within the window of the first.

    ``once``: the events of a chain are different events.
    """
    candidates = [[number for number, each in enumerate(events) if each.name == step] for step in steps]
    for length in range(len(steps), 0, -1):
        for chain in product(*candidates[:length]):
            times = [events[number].time for number in chain]
            if (
                times == sorted(times)
                and times[0] < begins_before
                and (times[-1] - times[0]).total_seconds() * 1000 <= window_ms
                and (not once or len(set(chain)) == length)
            ):
                return length
    return 0


def funnel(
    happened: Sequence[Happened],
    steps: Sequence[str],
    window_ms: int,
    start: datetime,
    end: datetime,
    once: bool,
    who: Who,
) -> list[int]:
    """People who came at least as far as each step."""
    reached = [
        furthest_step([each for each in events if each.time >= start], steps, window_ms, end, once)
        for events in by_person(happened, who).values()
    ]
    return [sum(1 for each in reached if each > index) for index in range(len(steps))]


def retention(
    happened: Sequence[Happened],
    first: str,
    back: str,
    unit: Unit,
    zone: str,
    rolling: bool,
    period: tuple[date, date],
    who: Who,
) -> dict[date, dict[int, int]]:
    """Cohort → step → people, without zeros."""
    found: dict[date, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for events in by_person(happened, who).values():
        begun = [each.time for each in events if first in ("any", each.name)]
        if not begun or not period[0] <= local(min(begun), zone) <= period[1]:
            continue
        cohort = bucket_of(local(min(begun), zone), unit)
        steps = {
            steps_between(cohort, bucket_of(local(each.time, zone), unit), unit)
            for each in events
            if each.time > min(begun) and (each.name == back or (back == "any" and each.name not in PASSIVE))
        }
        later = {step for step in steps if step > 0}
        if rolling:
            later = set(range(1, max(later, default=0) + 1))
        for step in {0, *later}:
            found[cohort][step] += 1
    return found


def rfm_scores(happened: Sequence[Happened], zone: str, who: Who) -> dict[int, tuple[int, int, int]]:
    """Buyer → scores by fifths: one more for every full fifth of the buyers who have strictly less."""
    last: dict[int, date] = {}
    orders: dict[int, int] = {}
    net: dict[int, Decimal] = {}
    for person, events in by_person(happened, who).items():
        paid = [each for each in events if each.name == "order_paid"]
        if paid:
            last[person] = max(local(each.time, zone) for each in paid)
            orders[person] = len(paid)
            net[person] = sum(
                (
                    {"order_paid": 1, "order_amended": 1, "order_returned": -1}.get(each.name, 0) * each.amount
                    for each in events
                ),
                Decimal(0),
            )
    scores: dict[int, tuple[int, int, int]] = {}
    for person in last:
        each = [
            1 + 5 * sum(1 for other in values.values() if other < values[person]) // len(values)  # type: ignore[operator]
            for values in (last, orders, net)
        ]
        scores[person] = (each[0], each[1], each[2])
    return scores
