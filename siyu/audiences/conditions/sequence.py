"""First this, then that, (then not the other), within a length of time.

"Then" means strictly later: of two events in the same millisecond neither comes after the other, and one event is
never two steps. ``within`` runs from the first step to the last. ``then_not`` holds for an ending of the sequence when
nothing of the kind follows it within its own length of time, and that time is over; without a length, ever after.
The window is for the steps; what must not follow counts also after the window.

A moment and a step are packed into one number, later steps of the same millisecond first, so that in sorted order
"further on" is "strictly later". Steps of different names go to ``windowFunnel``, the engine's own; where one event
could be two steps, or something must not follow, the same is done over sorted arrays, linear in their length.
"""

from __future__ import annotations

from collections.abc import Sequence as Many

from msgspec import Struct

from siyu.audiences.conditions.base import EVERY_EVENT, EventCondition, EventLeaf
from siyu.audiences.conditions.did import check_event, filters_sql, matching, said
from siyu.audiences.filters import Filter
from siyu.audiences.record import PersonRecord
from siyu.audiences.sql import Moment, Query
from siyu.audiences.windows import Ever, Span, Window
from siyu.audiences.words import Words
from siyu.storage import BadInput

STEPS_MAX = 5
PLACES = 8
"""Numbers a millisecond is divided into: more than steps plus the one that must not follow."""
EPOCH_SHIFT = 2**42
"""Added to milliseconds so that times before 1970 stay above zero."""
NO_LIMIT = 2**50
_MILLIS = f"toUInt64(toUnixTimestamp64Milli(time) + {EPOCH_SHIFT})"


class Step(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One event of a sequence."""

    event: str
    where: tuple[Filter, ...] = ()


class ThenNot(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What must not follow the last step."""

    event: str
    where: tuple[Filter, ...] = ()
    within: Span | None = None


class Sequence(EventCondition, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="sequence"):
    """Steps in order."""

    steps: tuple[Step, ...]
    within: Span | None = None
    then_not: ThenNot | None = None
    window: Window = Ever()

    def check(self, at: str) -> None:
        least = 1 if self.then_not else 2
        if not least <= len(self.steps) <= STEPS_MAX:
            raise BadInput(
                "rule_steps",
                f"序列须有 {least} 至 {STEPS_MAX} 步。",
                f"A sequence has {least} to {STEPS_MAX} steps.",
                field=f"{at}.steps",
            )
        for number, step in enumerate(self.steps):
            check_event(step.event, step.where, f"{at}.steps[{number}]")
        if self.within:
            self.within.check(f"{at}.within")
        if self.then_not:
            check_event(self.then_not.event, self.then_not.where, f"{at}.then_not")
            if self.then_not.within:
                self.then_not.within.check(f"{at}.then_not.within")
        self.window.check(f"{at}.window")

    # -- SQL ------------------------------------------------------------------------------------------

    def leaf(self, query: Query) -> EventLeaf:
        first, last = self.window.bounds(query.moment)
        names = [step.event for step in self.steps] + ([self.then_not.event] if self.then_not else [])
        return EventLeaf(
            () if EVERY_EVENT in names else tuple(dict.fromkeys(names)),
            (first, None if self.then_not else last),
            "",
            lambda row: self._holds(query, row),
            absent=False,
            walks=True,
        )

    def conditions(self, query: Query) -> list[str]:
        """SQL: the row condition of each step, and of what must not follow."""
        conditions = [row_sql(query, step.event, step.where) for step in self.steps]
        if self.then_not:
            last = self.window.bounds(query.moment)[1]
            if last is not None:
                edge = f" AND {_MILLIS} <= {last + EPOCH_SHIFT}"
                conditions = [f"{condition}{edge}" for condition in conditions]
            conditions.append(row_sql(query, self.then_not.event, self.then_not.where))
        return conditions

    def _holds(self, query: Query, row: str) -> str:
        names = [step.event for step in self.steps]
        apart = len(set(names)) == len(names) and EVERY_EVENT not in names
        return self._arrays(query, row) if self.then_not or not apart else self._funnel(query, row)

    def _funnel(self, query: Query, row: str) -> str:
        steps = len(self.steps)
        conditions = self.conditions(query)
        places = ", ".join(f"{condition}, {steps - place}" for place, condition in enumerate(conditions))
        key = f"{_MILLIS} * {PLACES} + multiIf({places}, 0)"
        limit = (self.within.millis if self.within else NO_LIMIT) * PLACES
        if row:
            funnel = f"windowFunnelIf({limit})({key}, {', '.join(conditions)}, {row})"
        else:
            funnel = f"windowFunnel({limit})({key}, {', '.join(conditions)})"
        return f"{funnel} = {steps}"

    def _arrays(self, query: Query, row: str) -> str:
        """Each array runs along the sorted keys: at a place of step i that ends a sequence, when that sequence began
        (the latest it can have begun), and 0 elsewhere."""
        steps = len(self.steps)
        also = f" AND {row}" if row else ""
        groups = [
            f"groupArrayIf({_MILLIS} * {PLACES} + {steps - place}, {condition}{also})"
            for place, condition in enumerate(self.conditions(query))
        ]
        keys = f"arraySort(arrayConcat({', '.join(groups)}))"
        limit = self.within.millis if self.within else NO_LIMIT
        begun = f"arrayMap(x -> if(x % {PLACES} = {steps}, intDiv(x, {PLACES}), 0), keys)"
        for place in range(1, steps):
            begun = (
                f"arrayMap((x, begun) -> if(x % {PLACES} = {steps - place} AND begun > 0 "
                f"AND intDiv(x, {PLACES}) - begun <= {limit}, begun, 0), keys, arrayFill(v -> v > 0, {begun}))"
            )
        ended = f"arrayExists(v -> v > 0, {begun})"
        if self.then_not:
            ended = self._not_followed(query, begun)
        # one element arrays carry the sorted keys into the expression without computing them twice
        return f"arrayExists(keys -> {ended}, [{keys}])"

    def _not_followed(self, query: Query, begun: str) -> str:
        assert self.then_not
        after = f"arrayReverseFill(v -> v > 0, arrayMap(x -> if(x % {PLACES} = 0, intDiv(x, {PLACES}), 0), keys))"
        clear = "next = 0"
        if self.then_not.within:
            span, now = self.then_not.within.millis, query.moment.millis + EPOCH_SHIFT
            clear = f"(next = 0 OR next - intDiv(x, {PLACES}) > {span}) AND intDiv(x, {PLACES}) + {span} <= {now}"
        return f"arrayExists((x, begun, next) -> begun > 0 AND {clear}, keys, {begun}, {after})"

    # -- plain reading ---------------------------------------------------------------------------------

    def reads(self, person: PersonRecord, moment: Moment) -> bool:
        endings = self._endings(person, moment)
        if not self.then_not:
            return bool(endings)
        refused = [one.time for one in matching(person, self.then_not.event, self.then_not.where, Ever(), moment)]
        span = self.then_not.within.millis if self.then_not.within else None
        return any(_left_alone(ending, refused, span, moment) for ending in endings)

    def _endings(self, person: PersonRecord, moment: Moment) -> set[int]:
        limit = self.within.millis if self.within else NO_LIMIT
        times = [
            [one.time for one in matching(person, step.event, step.where, self.window, moment)] for step in self.steps
        ]
        endings: set[int] = set()
        for start in times[0]:
            reached = {start}
            for later in times[1:]:
                reached = {time for time in later if time - start <= limit and any(time > one for one in reached)}
            endings |= reached
        return endings

    # -- words ---------------------------------------------------------------------------------------

    def sentence(self, words: Words) -> str:
        steps = [said(words, step.event, step.where) for step in self.steps]
        window = self.window.sentence(words)
        text = words.t("先" + "，再".join(steps), "did: " + ", then ".join(steps))
        if self.within:
            span = self.within.sentence(words)
            text += words.t(f"（全程不超过 {span}）", f" (all within {span})")
        if self.then_not:
            refused = said(words, self.then_not.event, self.then_not.where)
            span = self.then_not.within.sentence(words) if self.then_not.within else ""
            text += words.t(
                f"，之后{f' {span}内' if span else ''}没有{refused}",
                f", and then not: {refused}" + (f" within {span}" if span else ""),
            )
        return words.t(f"{window}{text}", f"{text} {window}".rstrip())


def row_sql(query: Query, event: str, where: Many[Filter]) -> str:
    """SQL: whether an event is this one and every filter matches; a boolean, never NULL."""
    parts = [] if event == EVERY_EVENT else [f"name = {query.text(event)}"]
    if where:
        parts.append(filters_sql(query, where))
    return f"({' AND '.join(parts) or '1'})"


def _left_alone(ending: int, refused: Many[int], span: int | None, moment: Moment) -> bool:
    if span is None:
        return not any(time > ending for time in refused)
    return ending + span <= moment.millis and not any(ending < time <= ending + span for time in refused)
