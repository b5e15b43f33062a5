"""What is asked of the events that match: how many, how much, when first, when last.

Over no events at all a count and a sum are 0; an average, smallest, largest, first and last do not exist and do not
match. Values that are no numbers are left out of a sum, average, smallest and largest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from msgspec import Struct

from siyu.audiences.fields import event_field, values_of_event
from siyu.audiences.record import EventRecord
from siyu.audiences.sql import Moment, Query
from siyu.audiences.values import NUMBER_MAX, TEN_THOUSANDTHS, number_of
from siyu.audiences.windows import Span, Unit, check_day, first_millis, last_millis
from siyu.audiences.words import Pair, Words
from siyu.storage import BadInput

COUNT_MAX = 1_000_000

Comparison = Literal["at_least", "at_most", "exactly", "more_than", "less_than"]
SYMBOLS: dict[str, str] = {"at_least": ">=", "at_most": "<=", "exactly": "=", "more_than": ">", "less_than": "<"}
COMPARED: dict[str, Pair] = {
    "at_least": ("至少", "at least"),
    "at_most": ("至多", "at most"),
    "exactly": ("恰好", "exactly"),
    "more_than": ("多于", "more than"),
    "less_than": ("少于", "less than"),
}


def compared(left: int, comparison: str, right: int) -> bool:
    """Whether ``left`` is at least, at most, more than, less than or exactly ``right``."""
    match comparison:
        case "at_least":
            return left >= right
        case "at_most":
            return left <= right
        case "more_than":
            return left > right
        case "less_than":
            return left < right
        case _:
            return left == right


def aggregate(function: str, arguments: str, row: str) -> str:
    """SQL: an aggregate over the rows of one leaf; ``row`` is empty where the query has no others."""
    if not row:
        return f"{function}({arguments})"
    return f"{function}If({arguments}, {row})" if arguments else f"{function}If({row})"


class Count(Struct, frozen=True, forbid_unknown_fields=True, tag="count", tag_field="of"):
    """How many times."""

    op: Comparison
    value: int

    def check(self, at: str) -> None:
        if not 0 <= self.value <= COUNT_MAX:
            raise BadInput(
                "rule_count",
                f"次数须在 0 到 {COUNT_MAX} 之间。",
                f"A count is from 0 to {COUNT_MAX}.",
                field=f"{at}.value",
            )

    def sql(self, query: Query, row: str) -> str:
        return f"{aggregate('count', '', row)} {SYMBOLS[self.op]} {self.value}"

    def value_sql(self, query: Query, row: str) -> str:
        return f"toFloat64({aggregate('count', '', row)})"

    def of_none(self, moment: Moment) -> bool:
        return compared(0, self.op, self.value)

    def reads(self, events: Sequence[EventRecord], moment: Moment) -> bool:
        return compared(len(events), self.op, self.value)

    def sentence(self, words: Words) -> str:
        compared_word = words.pair(COMPARED[self.op])
        return words.t(f"{compared_word} {self.value} 次", f"{compared_word} {self.value} times")


class Statistic(Struct, frozen=True, forbid_unknown_fields=True, tag_field="of"):
    """A figure over a numeric field, compared with a number."""

    field: str
    op: Comparison
    value: int | float

    function: ClassVar[str] = ""
    label: ClassVar[Pair] = ("", "")

    def check(self, at: str) -> None:
        known = event_field(self.field, f"{at}.field")
        if known.over is not None or known.kind not in ("number", "any"):
            raise BadInput(
                "rule_field_not_number",
                f"「{known.label[0]}」不能用于求和、平均、最大或最小。",
                f"“{known.label[1]}” can't be summed or averaged.",
                field=f"{at}.field",
            )
        if not abs(self.value) <= NUMBER_MAX:
            raise BadInput("rule_value", "数字过大。", "The number is too large.", field=f"{at}.value")

    @property
    def threshold(self) -> int:
        number = number_of(self.value)
        assert number is not None, "checked before"
        return number

    def of_none(self, moment: Moment) -> bool:
        return False

    def sql(self, query: Query, row: str) -> str:
        return f"ifNull({self.figure_sql(row)} {SYMBOLS[self.op]} {self.threshold}, 0)"

    def figure_sql(self, row: str) -> str:
        number = event_field(self.field, "field").readings.number
        # NULL where there is no number at all: without it the smallest of nothing would be 0
        return aggregate(f"{self.function}OrNull", number, row)

    def value_sql(self, query: Query, row: str) -> str:
        return f"toFloat64({self.figure_sql(row)}) / {TEN_THOUSANDTHS}"

    def numbers(self, events: Sequence[EventRecord]) -> list[int]:
        found = (number_of(value) for event in events for value in values_of_event(self.field, event))
        return [number for number in found if number is not None]

    def reads(self, events: Sequence[EventRecord], moment: Moment) -> bool:
        numbers = self.numbers(events)
        return bool(numbers) and compared(self.figure(numbers), self.op, self.threshold)

    def figure(self, numbers: Sequence[int]) -> int:
        return min(numbers) if self.function == "min" else max(numbers)

    def sentence(self, words: Words) -> str:
        field = event_field(self.field, "field").said(words)
        compared_word, label = words.pair(COMPARED[self.op]), words.pair(self.label)
        value = words.number(self.value)
        return words.t(f"{field}{label}{compared_word} {value}", f"{label} {field} {compared_word} {value}")


class Sum(Statistic, frozen=True, forbid_unknown_fields=True, tag="sum"):
    """The sum; 0 over nothing."""

    label: ClassVar[Pair] = ("合计", "total")

    def of_none(self, moment: Moment) -> bool:
        return compared(0, self.op, self.threshold)

    def figure_sql(self, row: str) -> str:
        return aggregate("sum", f"toInt128({event_field(self.field, 'field').readings.number})", row)

    def sql(self, query: Query, row: str) -> str:
        return f"ifNull({self.figure_sql(row)}, 0) {SYMBOLS[self.op]} {self.threshold}"

    def reads(self, events: Sequence[EventRecord], moment: Moment) -> bool:
        return compared(sum(self.numbers(events)), self.op, self.threshold)


class Average(Statistic, frozen=True, forbid_unknown_fields=True, tag="avg"):
    """The mean; compared exactly, as sum against threshold times count."""

    label: ClassVar[Pair] = ("平均", "average")

    def sql(self, query: Query, row: str) -> str:
        number = event_field(self.field, "field").readings.number
        total, many = aggregate("sum", f"toInt128({number})", row), aggregate("count", number, row)
        if row:
            many = f"countIf({row} AND isNotNull({number}))"
        return f"({many} > 0 AND ifNull({total}, 0) {SYMBOLS[self.op]} toInt128({self.threshold}) * {many})"

    def value_sql(self, query: Query, row: str) -> str:
        number = event_field(self.field, "field").readings.number
        return f"{aggregate('avgOrNull', number, row)} / {TEN_THOUSANDTHS}"

    def reads(self, events: Sequence[EventRecord], moment: Moment) -> bool:
        numbers = self.numbers(events)
        return bool(numbers) and compared(sum(numbers), self.op, self.threshold * len(numbers))


class Least(Statistic, frozen=True, forbid_unknown_fields=True, tag="min"):
    """The smallest."""

    function: ClassVar[str] = "min"
    label: ClassVar[Pair] = ("最小值", "smallest")


class Most(Statistic, frozen=True, forbid_unknown_fields=True, tag="max"):
    """The largest."""

    function: ClassVar[str] = "max"
    label: ClassVar[Pair] = ("最大值", "largest")


class Occasion(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="of"):
    """The first or last time: before or after a date, within the last n days or longer ago."""

    op: Literal["before", "after", "in_last", "longer_ago"]
    date: str | None = None
    n: int | None = None
    unit: Unit = "day"

    function: ClassVar[str] = ""
    kept: ClassVar[str] = ""
    label: ClassVar[Pair] = ("", "")

    def check(self, at: str) -> None:
        if self.op in ("before", "after"):
            if self.date is None or self.n is not None:
                raise BadInput("rule_date", "请填写 date（日期）。", "Give a date, and no n.", field=f"{at}.date")
            check_day(self.date, f"{at}.date")
            return
        if self.n is None or self.date is not None:
            raise BadInput("rule_span", "请填写 n（时间长度）。", "Give n, and no date.", field=f"{at}.n")
        Span(self.n, self.unit).check(at)

    def _limit(self, moment: Moment) -> tuple[str, int]:
        """The comparison and the millisecond that the time is compared with."""
        if self.op == "before":
            return "<", first_millis(self.date or "", moment)
        if self.op == "after":
            return ">", last_millis(self.date or "", moment)
        edge = moment.millis - Span(self.n or 0, self.unit).millis
        return (">", edge) if self.op == "in_last" else ("<=", edge)

    def sql(self, query: Query, row: str) -> str:
        symbol, edge = self._limit(query.moment)
        any_row = f" AND countIf({row}) > 0" if row else ""
        return f"({self._millis_sql(row)} {symbol} {edge}{any_row})"

    def kept_sql(self, query: Query) -> str:
        """SQL: the same of all events, over a person's rows of ``person_stats``."""
        symbol, edge = self._limit(query.moment)
        return f"sum(events) > 0 AND toUnixTimestamp64Milli({self.function}({self.kept})) {symbol} {edge}"

    def _millis_sql(self, row: str) -> str:
        return f"toUnixTimestamp64Milli({aggregate(self.function, 'time', row)})"

    def value_sql(self, query: Query, row: str) -> str:
        return f"toFloat64({self._millis_sql(row)})"

    def of_none(self, moment: Moment) -> bool:
        return False

    def reads(self, events: Sequence[EventRecord], moment: Moment) -> bool:
        if not events:
            return False
        symbol, edge = self._limit(moment)
        times = [event.time for event in events]
        found = min(times) if self.function == "min" else max(times)
        return found < edge if symbol == "<" else found > edge if symbol == ">" else found <= edge

    def sentence(self, words: Words) -> str:
        label = words.pair(self.label)
        if self.op in ("before", "after"):
            side = words.t("早于", "before") if self.op == "before" else words.t("晚于", "after")
            return f"{label}{words.t('', ' ')}{side} {self.date}"
        span = Span(self.n or 0, self.unit).sentence(words)
        if self.op == "in_last":
            return words.t(f"{label}在最近 {span}内", f"{label} in the last {span}")
        return words.t(f"{label}在 {span}以前", f"{label} longer than {span} ago")


class First(Occasion, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="first"):
    """The first matching event."""

    function: ClassVar[str] = "min"
    kept: ClassVar[str] = "first_time"
    label: ClassVar[Pair] = ("首次", "the first time")


class Latest(Occasion, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="last"):
    """The last matching event."""

    function: ClassVar[str] = "max"
    kept: ClassVar[str] = "last_time"
    label: ClassVar[Pair] = ("最近一次", "the last time")


Measure = Count | Sum | Average | Least | Most | First | Latest
