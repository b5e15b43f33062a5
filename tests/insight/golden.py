"""Reads the funnel and retention cases of ClickHouse's own tests, as far as our reports can ask the same question.

``OURS`` names our mode for the engine's; a case whose question we do not ask on purpose is named with the reason, which
docs/reference/funnel.md repeats.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.insight.world import Happened

FOLDER = Path(os.environ.get("SIYU_REAL_DATA", "../shared/data")) / "golden" / "clickhouse"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

OURS: dict[tuple[str, ...], str] = {
    (): "overlap",
    ("strict_once",): "once",
    ("strict_increase",): "increase",
    ("strict_deduplication",): "deduplication",
}

ORDER = "strict_order is not offered: versions of the engine disagree on it"
NUMBERS = "times are moments, not numbers past the year 3,000,000"


@dataclass(frozen=True)
class Case:
    """``events``: (user, second, name) and perhaps properties. ``steps``: names, or steps as the report takes them.
    ``wanted``: level by user."""

    text: str
    modes: tuple[str, ...]
    window_seconds: int
    steps: tuple[str | dict[str, Any], ...]
    events: tuple[tuple[Any, ...], ...]
    wanted: tuple[tuple[int, int], ...]

    @property
    def different(self) -> str:
        """Why our funnel does not ask this; empty where it does."""
        return "" if self.modes in OURS else ORDER

    @property
    def asked(self) -> dict[str, Any]:
        """The report's parameters."""
        days = self.window_seconds // 86_400
        return {
            "steps": [f"e{step}" if isinstance(step, str) else step for step in self.steps],
            "window": f"{days}d" if self.window_seconds >= 10**6 else f"{self.window_seconds}s",
            "mode": OURS[self.modes],
        }

    @property
    def happened(self) -> list[Happened]:
        return [
            Happened(user, f"e{name}", at=at(second), properties=more[0] if more else {})
            for user, second, name, *more in self.events
        ]


def at(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)


_TABLE = re.compile(r"insert into (\w+)(?:\([^)]*\))? values\s+(.*?);", re.S | re.I)
_ROW = re.compile(r"\(\s*([^()]*?)\s*\)")
_ONE = re.compile(r"select (\d+) = windowFunnel\((\d+)((?:, '\w+')*)\)\((\w+), (.*?)\) from (\w+)", re.I)


def sql_cases() -> tuple[list[Case], list[tuple[str, str]]]:
    """The single-user cases of 00632, in the file's order; and those left out, with the reason."""
    text = (FOLDER / "00632_aggregation_window_funnel.sql").read_text()
    tables = {name: _rows(body) for name, body in _TABLE.findall(text)}
    cases: list[Case] = []
    left: list[tuple[str, str]] = []
    for match in _ONE.finditer(text):
        wanted, window, modes, _, conditions, table = match.groups()
        if table not in tables or "u64" in table:
            left.append((match[0], NUMBERS))
        else:
            steps = tuple(_step(each) for each in conditions.split(","))
            named = tuple(re.findall(r"'(\w+)'", modes))
            rows = tuple((*row, {"number": int(row[2]) if row[2].isdigit() else None}) for row in tables[table])
            cases.append(Case(match[0], named, int(window), steps, rows, ((1, int(wanted)),)))
    return cases, left


_COMPARED = {"<=": "lte", ">=": "gte"}


def _step(condition: str) -> str | dict[str, Any]:
    """``event = 1003`` is an event by its name; ``event <= 1007`` is any event whose number is so."""
    (sign, value) = re.findall(r"(<=|>=|=)\s*'?(\w+)", condition)[0]
    if sign == "=":
        return str(value)
    return {"event": "*", "where": [{"field": "properties.number", "op": _COMPARED[sign], "value": int(value)}]}


def column_cases() -> list[Case]:
    """Tests of columns that may be null: the same columns as properties of one event."""
    text = (FOLDER / "00632_aggregation_window_funnel.sql").read_text()
    rows = ", ".join(re.findall(r"insert into funnel_test_non_null values (.*?);", text))
    cells = r"\((\d+), (\d+), (null|'\w+'), (null|'\w+')\)"
    events = tuple(
        (int(user), int(second), "row", {"a": _text(a), "b": _text(b)})
        for second, user, a, b in re.findall(cells, rows)
    )
    reference = (FOLDER / "00632_aggregation_window_funnel.reference").read_text()
    levels = [(int(user), int(level)) for user, level in re.findall(r"^\[(\d), (\d)\]$", reference, re.M)][-20:]
    asked = re.findall(r"select u, windowFunnel\((\d+)((?:, '\w+')*)\)\(dt, (.*?)\) as s", text)
    return [
        Case(
            f"columns {conditions}",
            tuple(re.findall(r"'(\w+)'", modes)),
            int(window),
            tuple(_columns(each) for each in re.split(r", (?![^(]*\))", conditions)),
            events,
            tuple(levels[4 * place : 4 * place + 4]),
        )
        for place, (window, modes, conditions) in enumerate(asked)
    ]


def _text(cell: str) -> str | None:
    return None if cell == "null" else cell.strip("'")


def _columns(condition: str) -> dict[str, Any]:
    """``COALESCE(a, '') = 'a1'`` and ``a is null and b is null``."""
    where = [{"field": f"properties.{name}", "op": "not_set"} for name in re.findall(r"(\w) is null", condition)]
    where += [
        {"field": f"properties.{name}", "op": "is", "value": value}
        for name, value in re.findall(r"COALESCE\((\w), ''\) = '(\w+)'", condition)
    ]
    return {"event": "erow", "where": where}


def every_case() -> list[Case]:
    return [*sql_cases()[0], *ordered_cases(), *column_cases(), *newer_cases(), *inconsistency_cases()]


def _rows(body: str) -> tuple[tuple[int, int, str], ...]:
    rows: list[tuple[int, int, str]] = []
    for number, row in enumerate(_ROW.findall(body)):
        first, *rest = [cell.strip().strip("'") for cell in row.split(",")]
        if not rest or not rest[-1]:
            continue
        second = int(first) if first.isdigit() else number + 1  # written as 2018-01-01 01:01:01, :02, …
        rows.append((1, second if second < 10**9 else number + 1, rest[-1]))
    return tuple(rows)


def ordered_cases() -> list[Case]:
    """The table of six users, read in three modes (reference lines ``[1, 3]`` …)."""
    text = (FOLDER / "00632_aggregation_window_funnel.sql").read_text()
    events: list[tuple[int, int, str]] = []
    for body in re.findall(r"insert into funnel_test_strict_order values (.*?);", text)[:6]:
        events += [
            (int(user), int(second), name) for second, user, name in re.findall(r"\((\d+), (\d+), '(\w)'\)", body)
        ]
    reference = (FOLDER / "00632_aggregation_window_funnel.reference").read_text()
    levels = [(int(user), int(level)) for user, level in re.findall(r"^\[(\d), (\d)\]$", reference, re.M)]
    modes = [(), ("strict_order",), ("strict_deduplication", "strict_order")]
    return [
        Case(
            f"strict_order table {' '.join(each) or 'default'}",
            each,
            86_400,
            ("a", "b", "c"),
            tuple(events),
            tuple(levels[6 * i : 6 * i + 6]),
        )
        for i, each in enumerate(modes)
    ]


def newer_cases() -> list[Case]:
    """The JSON file of newer cases."""
    raw = json.loads((FOLDER / "window_funnel_newer_cases.json").read_text())["cases"]
    cases: list[Case] = []
    for each in raw:
        base = raw[each["same_users_as"]] if "same_users_as" in each else each
        events = tuple((int(user), second, name) for user, rows in base["users"].items() for second, name in rows)
        wanted = tuple((int(user), level) for user, level in each["expected"].items())
        window = each.get("window") or base["window"]
        cases.append(
            Case(
                f"newer {each['modes']} {each['steps']}",
                tuple(each["modes"]),
                window,
                tuple(each["steps"]),
                events,
                wanted,
            )
        )
    return cases


def inconsistency_cases() -> list[Case]:
    """01646: two events at one moment, stored in either order."""
    day = 86_400
    return [
        Case(
            f"01646 {first} before {second}",
            (),
            3000 * day,
            ("1004", "1003", "1002"),
            ((1, day, first), (1, day, second), (1, 0, "1002")),
            ((1, 2),),
        )
        for first, second in (("1004", "1003"), ("1003", "1004"))
    ]
