"""Keeps the results (``docs/evidence.json``) and renders ``docs/evidence.md`` from them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evidence import harness

KEPT = harness.REPOSITORY / "docs" / "evidence.json"
PAGE = harness.REPOSITORY / "docs" / "evidence.md"
SMALL_FOLDER = harness.REPOSITORY / "build"

HEAD = """# Evidence · 证据

Every figure that this repository states comes from this page, and this page is made by `make evidence`
(`evidence/`, one program per claim; `make evidence ONLY=import SCALE=small` runs some of them quickly).
本仓库所称的每个数字都出自本页；本页由 `make evidence` 生成。

"""


def keep(found: Sequence[Mapping[str, Any]], scale: harness.Scale) -> None:
    """Put new results in the place of the old ones of the same claims, and render the page.

    Small-scale results go under ``build/``: they judge no speed, so they have no place in the documentation.
    """
    full = scale == "full"
    kept_path, page_path = (KEPT, PAGE) if full else (SMALL_FOLDER / KEPT.name, SMALL_FOLDER / PAGE.name)
    kept_path.parent.mkdir(exist_ok=True)
    old: list[dict[str, Any]] = json.loads(kept_path.read_text("utf-8")) if kept_path.exists() else []
    seen = [line for line in found if line["holds"] is not None]
    by_claim = {line["claim"]: dict(line) for line in [*old, *seen]}
    lines = [by_claim[claim] for claim in sorted(by_claim)]
    kept_path.write_text(json.dumps(lines, ensure_ascii=False, indent=1) + "\n", "utf-8")
    page_path.write_text(render(lines), "utf-8")


def render(lines: Sequence[Mapping[str, Any]]) -> str:
    """The page: one table of claims, then one section for each with every figure beside its goal."""
    parts = [HEAD, "| claim | holds | size | seconds |\n|---|---|---|---|\n"]
    parts += [f"| {_link(line['claim'])} | {_mark(line)} | {line['size']} | {line['seconds']:g} |\n" for line in lines]
    parts += [_section(line) for line in lines]
    return "".join(parts)


def _section(line: Mapping[str, Any]) -> str:
    goals: Mapping[str, str] = line["goal"]
    short: Sequence[str] = line.get("short", [])
    rows = [
        f"| {name} | {_shown(value)} | {goals.get(name, '')} | {_tick(name, goals, short)} |\n"
        for name, value in line["measured"].items()
    ]
    head = f"\n## {line['claim']}\n\n{line['size']}. {line['machine']}.\n\n"
    return head + "| figure | measured | goal | |\n|---|---|---|---|\n" + "".join(rows)


def _mark(line: Mapping[str, Any]) -> str:
    return "yes" if line["holds"] else "**no**"


def _link(claim: str) -> str:
    return f"[{claim}](#{claim.replace('.', '')})"


def _tick(name: str, goals: Mapping[str, str], short: Sequence[str]) -> str:
    if name not in goals:
        return ""
    return "✗" if name in short else "✓"


def _shown(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
