"""Did, and did not."""

from __future__ import annotations

from collections.abc import Sequence

from siyu.audiences.conditions.base import EVERY_EVENT, EventCondition, EventLeaf
from siyu.audiences.filters import Filter
from siyu.audiences.measures import Count, Measure, Occasion
from siyu.audiences.record import EventRecord, PersonRecord
from siyu.audiences.sql import Moment, Query
from siyu.audiences.windows import Ever, Window, within
from siyu.audiences.words import Words
from siyu.storage import BadInput

FILTERS_MAX = 20
NAME_LENGTH_MAX = 200
AT_LEAST_ONCE = Count("at_least", 1)
NEVER = Count("at_most", 0)


def check_event(event: str, where: Sequence[Filter], at: str) -> None:
    """Refuse an empty or endless event name, and filters that can't be used."""
    if not 0 < len(event) <= NAME_LENGTH_MAX or "\x00" in event:
        raise BadInput(
            "rule_event",
            f"事件名须为 1 至 {NAME_LENGTH_MAX} 个字符。",
            f"An event name has 1 to {NAME_LENGTH_MAX} characters.",
            field=f"{at}.event",
        )
    if len(where) > FILTERS_MAX:
        raise BadInput(
            "rule_too_large",
            f"一个条件最多 {FILTERS_MAX} 个属性筛选。",
            f"A condition takes at most {FILTERS_MAX} property filters.",
            field=f"{at}.where",
        )
    for number, one in enumerate(where):
        one.check(f"{at}.where[{number}]")


def matching(
    person: PersonRecord, event: str, where: Sequence[Filter], window: Window, moment: Moment
) -> list[EventRecord]:
    """The person's events of that name in the window that every filter matches."""
    bounds = window.bounds(moment)
    return [
        one
        for one in person.events
        if event in (one.name, EVERY_EVENT)
        and within(bounds, one.time)
        and all(condition.reads(one, moment) for condition in where)
    ]


def named(event: str) -> tuple[str, ...]:
    """The events that a condition names: none where it means any."""
    return () if event == EVERY_EVENT else (event,)


def filters_sql(query: Query, where: Sequence[Filter]) -> str:
    """SQL: the filters, all of them."""
    return " AND ".join(condition.sql(query) for condition in where)


def said(words: Words, event: str, where: Sequence[Filter]) -> str:
    """The event with its filters."""
    name = words.event(event)
    if not where:
        return name
    filters = [condition.sentence(words) for condition in where]
    return words.t(f"{name}（{'，且'.join(filters)}）", f"{name} (where {' and '.join(filters)})")


class Did(EventCondition, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="did"):
    """Did something, so often, so much, in a window. Without a measure: at least once."""

    event: str
    where: tuple[Filter, ...] = ()
    measure: Measure = AT_LEAST_ONCE
    window: Window = Ever()

    def check(self, at: str) -> None:
        check_event(self.event, self.where, at)
        self.measure.check(f"{at}.measure")
        self.window.check(f"{at}.window")

    def leaf(self, query: Query) -> EventLeaf:
        return EventLeaf(
            named(self.event),
            self.window.bounds(query.moment),
            filters_sql(query, self.where),
            lambda row: self.measure.sql(query, row),
            self.measure.of_none(query.moment),
            self.measure in (AT_LEAST_ONCE, NEVER),
            lambda row: self.measure.value_sql(query, row),
            kept=self._kept(query),
        )

    def _kept(self, query: Query) -> str:
        """First and last times of anything at all are kept per person as events come in."""
        anything = self.event == EVERY_EVENT and not self.where and isinstance(self.window, Ever)
        return self.measure.kept_sql(query) if anything and isinstance(self.measure, Occasion) else ""

    def reads(self, person: PersonRecord, moment: Moment) -> bool:
        return self.measure.reads(matching(person, self.event, self.where, self.window, moment), moment)

    def sentence(self, words: Words) -> str:
        window, what = self.window.sentence(words), said(words, self.event, self.where)
        measure = self.measure.sentence(words)
        if self.measure == AT_LEAST_ONCE:
            return words.t(f"{window}做过{_spaced(what)}", _joined("did:", what, window))
        lead = f"{window}，" if window else ""
        if isinstance(self.measure, Count):
            return words.t(f"{lead}{what}{measure}", _joined("did:", what, measure, window))
        return words.t(f"{lead}{what}的{measure}", f"{_joined('did:', what, window)}, {measure}")


class DidNot(EventCondition, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="did_not"):
    """Never did it in the window. Whoever has no events at all matches."""

    event: str
    where: tuple[Filter, ...] = ()
    window: Window = Ever()

    def check(self, at: str) -> None:
        check_event(self.event, self.where, at)
        self.window.check(f"{at}.window")

    def _did(self) -> Did:
        return Did(self.event, self.where, NEVER, self.window)

    def leaf(self, query: Query) -> EventLeaf:
        return self._did().leaf(query)

    def reads(self, person: PersonRecord, moment: Moment) -> bool:
        return self._did().reads(person, moment)

    def sentence(self, words: Words) -> str:
        window, what = self.window.sentence(words), said(words, self.event, self.where)
        return words.t(f"{window}没有{_spaced(what)}", _joined("did not:", what, window))


def _spaced(text: str) -> str:
    return f" {text}" if text[:1].isascii() and text[:1].isalnum() else text


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
