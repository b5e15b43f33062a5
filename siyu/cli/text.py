"""Lays out what a command answers as text for people. Wide characters (中文) take two columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

CELL_WIDTH_MAX = 60
TABLE_ROWS_MAX = 200


def spoken(answer: Any, language: str) -> Any:
    """The answer in one language: of ``zh`` and ``en``, ``name_zh`` and ``name_en``, only the reader's is left.

    Explanations (``meaning``) are left out: they are in the reference, and make tables wider than a terminal.
    """
    if isinstance(answer, list | tuple):
        return [spoken(each, language) for each in answer]
    if not isinstance(answer, Mapping):
        return answer
    if set(answer) == {"zh", "en"}:
        return answer[language]
    other = "en" if language == "zh" else "zh"
    kept: dict[str, Any] = {}
    for name, value in answer.items():
        base = name.removesuffix(f"_{language}")
        if name == other or name.endswith(f"_{other}") or base == "meaning":
            continue
        kept["what" if name == language else base] = spoken(value, language)
    return kept


def as_text(answer: Any, indent: str = "") -> str:
    """Nested mappings become indented lines, lists of mappings become tables."""
    if isinstance(answer, Mapping):
        return "\n".join(_entry(str(name), value, indent) for name, value in answer.items())
    if isinstance(answer, list | tuple):
        return _list(answer, indent)
    return indent + _plain(answer)


def _entry(name: str, value: Any, indent: str) -> str:
    if isinstance(value, Mapping | list | tuple) and value:
        return f"{indent}{name}:\n{as_text(value, indent + '  ')}"
    return f"{indent}{name}: {_plain(value)}"


def _list(rows: Sequence[Any], indent: str) -> str:
    if rows and all(isinstance(row, Mapping) for row in rows):
        return _table(rows, indent)
    if rows and all(isinstance(row, list | tuple) for row in rows):
        return _grid([[_plain(cell) for cell in row] for row in rows], indent)
    return "\n".join(indent + _plain(row) for row in rows)


def _table(rows: Sequence[Mapping[str, Any]], indent: str) -> str:
    named = dict.fromkeys(name for row in rows for name in row)
    names = [name for name in named if any(row.get(name) is not None for row in rows)]
    shown = [[_plain(row.get(name)) for name in names] for row in rows[:TABLE_ROWS_MAX]]
    more = [f"{indent}… +{len(rows) - TABLE_ROWS_MAX}"] if len(rows) > TABLE_ROWS_MAX else []
    return "\n".join([_grid([[str(name) for name in names], *shown], indent), *more])


def _grid(rows: Sequence[Sequence[str]], indent: str) -> str:
    count = max(map(len, rows))
    widths = [max((width(row[place]) for row in rows if place < len(row)), default=0) for place in range(count)]
    return "\n".join(
        indent + "  ".join(cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=False)).rstrip()
        for row in rows
    )


def width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _plain(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, Mapping):
        text = ", ".join(f"{name}={_plain(inner)}" for name, inner in value.items())
    elif isinstance(value, list | tuple):
        text = ", ".join(map(_plain, value))
    elif isinstance(value, float):
        text = f"{value:,.4f}".rstrip("0").rstrip(".")
    else:
        text = str(value)
    # Control signs of a stranger's data must not reach the terminal.
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    return text if len(text) <= CELL_WIDTH_MAX * 4 else text[: CELL_WIDTH_MAX * 4] + "…"
