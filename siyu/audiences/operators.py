"""The operators on one value. Each is one object that says once: its SQL, its plain reading, its sentences, its form.

An operator holds or does not; it is never "unknown". A value that is missing, or of a type the operator does not take
(:mod:`siyu.audiences.values` says which), does not match. A negative operator is exactly the opposite of its positive
one, so it matches what is missing and what is of another type. Texts compare by exact characters.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from siyu.audiences.fields import Readings
from siyu.audiences.sql import Moment, Query
from siyu.audiences.values import CANONICAL, NUMBER_MAX, date_of, number_of
from siyu.audiences.words import Pair, Words
from siyu.storage import BadInput

LIST_VALUES_MAX = 1_000
TEXT_LENGTH_MAX = 1_000
DAYS_MAX = 36_600

Operand = str | int | float | list[str | int | float] | None


@dataclass(frozen=True)
class Operator:
    """``takes`` names the operand (text, texts, number, range, date, days, none) and ``kind`` what it applies to.

    ``sql(query, readings, operand)`` is a boolean that may be NULL (which counts as false); ``reads(value, operand,
    moment)`` is the same in Python; ``said`` has ``{}`` where the operand is spoken.
    """

    key: str
    kind: str
    takes: str
    label: Pair
    said: Pair
    sql: Callable[[Query, Readings, Any], str]
    reads: Callable[[Any, Any, Moment], bool]
    opposite_of: str | None = None

    def sentence(self, words: Words, operand: Operand) -> str:
        spoken = words.pair(self.said)
        if self.takes == "range":
            low, high = cast("list[float]", operand)
            return spoken.format(words.number(low), words.number(high))
        return spoken.format(_spoken(words, operand, self.takes))

    def check(self, operand: Operand, at: str) -> None:
        """Raise :class:`BadInput` at the JSON path ``at`` where the operand is not what this operator takes."""
        if not _TAKES[self.takes][0](operand):
            zh, en = _TAKES[self.takes][1]
            raise BadInput(
                "rule_value",
                f"「{self.label[0]}」需要{zh}。",
                f"“{self.label[1]}” takes {en}.",
                field=f"{at}.value",
            )


def _is_text(value: Operand) -> bool:
    return isinstance(value, str) and 0 < len(value) <= TEXT_LENGTH_MAX and "\x00" not in value


def _is_number(value: Operand) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= NUMBER_MAX


def _is_date(value: Operand) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_days(value: Operand) -> bool:
    return isinstance(value, int) and 0 <= value <= DAYS_MAX


def _is_texts(value: Operand) -> bool:
    return isinstance(value, list) and 0 < len(value) <= LIST_VALUES_MAX and all(map(_is_text, value))


def _is_range(value: Operand) -> bool:
    if not (isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))):
        return False
    low, high = cast("list[float]", value)
    return low <= high


_TAKES: Mapping[str, tuple[Callable[[Operand], bool], Pair]] = {
    "text": (_is_text, (f"一段文本（1 至 {TEXT_LENGTH_MAX} 字）", f"a text of 1 to {TEXT_LENGTH_MAX} characters")),
    "texts": (_is_texts, (f"1 至 {LIST_VALUES_MAX} 个文本", f"a list of 1 to {LIST_VALUES_MAX} texts")),
    "number": (_is_number, ("一个数字", "a number")),
    "range": (_is_range, ("两个数字 [从, 到]", "two numbers [from, to]")),
    "date": (_is_date, ("一个日期，如 2026-11-22", "a date such as 2026-11-22")),
    "days": (_is_days, (f"天数（0 至 {DAYS_MAX} 的整数）", f"a whole number of days, 0 to {DAYS_MAX}")),
    "none": (lambda value: value is None, ("不填值", "no value")),
}


def _spoken(words: Words, operand: Operand, takes: str) -> str:
    if isinstance(operand, list):
        return words.listed(words.quoted(str(value)) for value in operand)
    if isinstance(operand, str):
        return operand if takes == "date" else words.quoted(operand)
    return "" if operand is None else words.number(operand)


def _ten_thousandths(value: Any) -> int:
    return cast(int, number_of(value))


def _texts_sql(query: Query, value: Readings, wanted: list[str]) -> str:
    """A text equals one of these, or a number is written as one of them."""
    same = (
        f"{value.text} = {query.text(wanted[0])}" if len(wanted) == 1 else f"has({query.texts(wanted)}, {value.text})"
    )
    numbers = [_ten_thousandths(text) for text in wanted if CANONICAL.fullmatch(text)]
    if not numbers or value.plain == Readings().plain:
        return same
    return f"(ifNull({same}, 0) OR ifNull({value.plain} IN ({', '.join(map(str, numbers))}), 0))"


def _texts_read(value: Any, wanted: list[str]) -> bool:
    if isinstance(value, str):
        return value in wanted
    number = number_of(value)
    return number is not None and number in [_ten_thousandths(text) for text in wanted if CANONICAL.fullmatch(text)]


def _compare(symbol: str, holds: Callable[[int, int], bool]) -> tuple[Any, Any]:
    def sql(query: Query, value: Readings, wanted: float) -> str:
        return f"{value.number} {symbol} {_ten_thousandths(wanted)}"

    def reads(value: Any, wanted: float, moment: Moment) -> bool:
        number = number_of(value)
        return number is not None and holds(number, _ten_thousandths(wanted))

    return sql, reads


def _dates(holds: Callable[[str, Any, Moment], tuple[str, str]]) -> tuple[Any, Any]:
    """An operator on dates, given the first and last date (both included) that match."""

    def sql(query: Query, value: Readings, wanted: Any) -> str:
        first, last = holds("", wanted, query.moment)
        return f"({value.date} >= '{first}' AND {value.date} <= '{last}')"

    def reads(value: Any, wanted: Any, moment: Moment) -> bool:
        first, last = holds("", wanted, moment)
        written = date_of(value)
        return written is not None and first <= written <= last

    return sql, reads


_FIRST_DATE, _LAST_DATE = "0000-01-01", "9999-12-31"


def _shifted(moment: Moment, days: int) -> str:
    try:
        return (moment.now.astimezone(moment.zone).date() + timedelta(days=days)).isoformat()
    except OverflowError:
        return _FIRST_DATE if days < 0 else _LAST_DATE


def anniversaries(moment: Moment, days: int) -> list[str]:
    """The month-days from today to ``days`` days on. In years without a 29 February, the 28th stands for it."""
    today = moment.now.astimezone(moment.zone).date()
    coming = [today + timedelta(days=step) for step in range(min(days, 366) + 1)]
    found = {f"{day:%m-%d}" for day in coming}
    found |= {"02-29" for day in coming if f"{day:%m-%d}" == "02-28" and not calendar.isleap(day.year)}
    return sorted(found)


def _anniversary_sql(query: Query, value: Readings, days: int) -> str:
    return f"has({query.texts(anniversaries(query.moment, days))}, substring({value.date}, 6, 5))"


def _anniversary_read(value: Any, days: int, moment: Moment) -> bool:
    written = date_of(value)
    return written is not None and written[5:] in anniversaries(moment, days)


def _numbers_between(query: Query, value: Readings, wanted: list[float]) -> str:
    low, high = map(_ten_thousandths, wanted)
    return f"({value.number} >= {low} AND {value.number} <= {high})"


def _between_read(value: Any, wanted: list[float], moment: Moment) -> bool:
    number = number_of(value)
    return number is not None and _ten_thousandths(wanted[0]) <= number <= _ten_thousandths(wanted[1])


def _items_read(value: Any, wanted: str, moment: Moment) -> bool:
    if not isinstance(value, list):
        return False
    items = cast("list[Any]", value)
    return all(item is None or isinstance(item, str) for item in items) and wanted in items


def _present_read(value: Any, wanted: None, moment: Moment) -> bool:
    return value is not None and value != ""


_eq, _gt, _gte, _lt, _lte = (
    _compare("=", lambda a, b: a == b),
    _compare(">", lambda a, b: a > b),
    _compare(">=", lambda a, b: a >= b),
    _compare("<", lambda a, b: a < b),
    _compare("<=", lambda a, b: a <= b),
)
_before = _dates(lambda _, wanted, moment: (_FIRST_DATE, _day_before(wanted)))
_after = _dates(lambda _, wanted, moment: (wanted, _LAST_DATE))
_in_last = _dates(lambda _, days, moment: (_shifted(moment, -days), _shifted(moment, 0)))
_in_next = _dates(lambda _, days, moment: (_shifted(moment, 0), _shifted(moment, days)))
_ago = _dates(lambda _, days, moment: (_FIRST_DATE, _shifted(moment, -days - 1)))


def _day_before(wanted: str) -> str:
    return "0000-00-00" if wanted == "0001-01-01" else (date.fromisoformat(wanted) - timedelta(days=1)).isoformat()


_POSITIVE = (
    Operator(
        "is", "text", "text", ("是", "is"), ("是{}", "is {}"),
        lambda query, value, wanted: _texts_sql(query, value, [wanted]),
        lambda value, wanted, moment: _texts_read(value, [wanted]),
    ),
    Operator(
        "one_of", "text", "texts", ("是其中之一", "is one of"), ("是{}", "is {}"),
        _texts_sql,
        lambda value, wanted, moment: _texts_read(value, wanted),
    ),
    Operator(
        "contains", "text", "text", ("包含", "contains"), ("包含{}", "contains {}"),
        lambda query, value, wanted: f"position({value.text}, {query.text(wanted)}) > 0",
        lambda value, wanted, moment: isinstance(value, str) and wanted in value,
    ),
    Operator(
        "starts_with", "text", "text", ("开头是", "starts with"), ("以{}开头", "starts with {}"),
        lambda query, value, wanted: f"startsWith({value.text}, {query.text(wanted)})",
        lambda value, wanted, moment: isinstance(value, str) and value.startswith(wanted),
    ),
    Operator("eq", "number", "number", ("等于", "equals"), ("等于 {}", "equals {}"), *_eq),
    Operator("gt", "number", "number", ("大于", "more than"), ("大于 {}", "is more than {}"), *_gt),
    Operator("gte", "number", "number", ("不小于", "at least"), ("不小于 {}", "is at least {}"), *_gte),
    Operator("lt", "number", "number", ("小于", "less than"), ("小于 {}", "is less than {}"), *_lt),
    Operator("lte", "number", "number", ("不大于", "at most"), ("不大于 {}", "is at most {}"), *_lte),
    Operator(
        "between", "number", "range", ("介于", "between"), ("在 {} 到 {} 之间", "is from {} to {}"),
        _numbers_between, _between_read,
    ),
    Operator(
        "true", "truth", "none", ("为真", "is true"), ("为真", "is true"),
        lambda query, value, wanted: f"{value.truth}",
        lambda value, wanted, moment: value is True,
    ),
    Operator(
        "false", "truth", "none", ("为假", "is false"), ("为假", "is false"),
        lambda query, value, wanted: f"NOT {value.truth}",
        lambda value, wanted, moment: value is False,
    ),
    Operator("date_before", "date", "date", ("早于", "before"), ("早于 {}", "is before {}"), *_before),
    Operator("date_from", "date", "date", ("不早于", "on or after"), ("不早于 {}", "is on or after {}"), *_after),
    Operator(
        "date_in_last", "date", "days", ("在最近几天内", "in the last days"),
        ("在最近 {} 天内", "is in the last {} days"), *_in_last,
    ),
    Operator(
        "date_in_next", "date", "days", ("在未来几天内", "in the next days"),
        ("在未来 {} 天内", "is in the next {} days"), *_in_next,
    ),
    Operator(
        "date_ago", "date", "days", ("在几天以前", "more days ago than"),
        ("在 {} 天以前", "is more than {} days ago"), *_ago,
    ),
    Operator(
        "anniversary_in_next", "date", "days", ("周年日在未来几天内", "anniversary in the next days"),
        ("的周年日在未来 {} 天内", "has its anniversary in the next {} days"), _anniversary_sql, _anniversary_read,
    ),
    Operator(
        "includes", "list", "text", ("列表含有", "list includes"), ("含有{}", "includes {}"),
        lambda query, value, wanted: f"has({value.items}, {query.text(wanted)})",
        _items_read,
    ),
    Operator(
        "set", "any", "none", ("有值", "is set"), ("有值", "is set"),
        lambda query, value, wanted: value.present,
        _present_read,
    ),
)  # fmt: skip

_OPPOSITES: Mapping[str, tuple[str, Pair, Pair]] = {
    "is": ("is_not", ("不是", "is not"), ("不是{}", "is not {}")),
    "one_of": ("none_of", ("不是其中任何一个", "is none of"), ("不是{}", "is not {}")),
    "contains": ("contains_not", ("不包含", "does not contain"), ("不包含{}", "does not contain {}")),
    "eq": ("ne", ("不等于", "does not equal"), ("不等于 {}", "does not equal {}")),
    "includes": ("includes_not", ("列表不含", "list does not include"), ("不含{}", "does not include {}")),
    "set": ("not_set", ("没有值", "is not set"), ("没有值", "is not set")),
}


def _all() -> dict[str, Operator]:
    known: dict[str, Operator] = {}
    for operator in _POSITIVE:
        known[operator.key] = operator
        if operator.key in _OPPOSITES:
            key, label, said = _OPPOSITES[operator.key]
            known[key] = Operator(
                key, operator.kind, operator.takes, label, said, operator.sql, operator.reads, operator.key
            )
    return known


OPERATORS: Mapping[str, Operator] = _all()
"""Every operator by key. A negative one has the SQL and reading of its positive one, and ``opposite_of`` set."""
