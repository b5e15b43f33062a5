"""Small pieces of Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

MADE = "<!-- Made by `make docs` from the code. Change the code, not this page. -->\n\n"


def page(title: str, *parts: str) -> str:
    return f"# {title}\n\n{MADE}" + "\n".join(part.rstrip() + "\n" for part in parts)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def code(text: str, language: str = "") -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"


def json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def value(it: Any) -> str:
    """A value as one would type it."""
    if it is None or it == "":
        return "–"
    return f"`{json.dumps(it, ensure_ascii=False, default=str)}`" if not isinstance(it, str) else f"`{it}`"


def _row(cells: Sequence[Any]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
