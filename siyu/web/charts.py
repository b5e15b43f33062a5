"""Charts: an ECharts option in JSON, and the table behind it. The macro ``ui.chart`` shows one.

Colours, fonts, grid and the dark theme come from the console's script, so an option says only what is shown. How
figures are written is named in ``formats`` (``count``, ``money``, ``percent``), because JSON holds no functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Format = Literal["count", "money", "percent", "number"]
STEP_WIDTH = 128
"""Pixels for the name of a funnel's step: on a phone most of the width is the bars'."""

Series = tuple[str, Sequence[float | None]]
"""A name and one value per category; ``None`` leaves a gap."""


@dataclass(frozen=True)
class Chart:
    """One chart. ``links`` gives a category's address, opened by a click on it."""

    id: str
    title: str
    option: Mapping[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    format: Format = "count"
    links: Sequence[str] = ()
    height: int = 280
    note: str = ""
    colours: Mapping[str, str] = field(default_factory=dict[str, str])


def _table(categories: Sequence[str], series: Sequence[Series]) -> list[list[Any]]:
    return [[category, *(values[place] for _, values in series)] for place, category in enumerate(categories)]


def _xy(
    kind: str, categories: Sequence[str], series: Sequence[Series], extra: Mapping[str, Any], format: Format
) -> dict[str, Any]:
    whole: dict[str, Any] = {"minInterval": 1} if format == "count" else {}  # there is no half a person
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"show": len(series) > 1},
        "xAxis": {"type": "category", "data": list(categories)},
        "yAxis": {"type": "value", **whole},
        "series": [{"type": kind, "name": name, "data": list(values), **extra} for name, values in series],
    }


def line(
    id: str,
    title: str,
    categories: Sequence[str],
    series: Sequence[Series],
    *,
    head: str = "",
    format: Format = "count",
    links: Sequence[str] = (),
    height: int = 280,
) -> Chart:
    """One or more lines over the same categories (days, months). ``head`` names the first column of the table."""
    option = _xy("line", categories, series, {"showSymbol": len(categories) <= 31, "symbolSize": 6}, format)
    columns = [head, *(name for name, _ in series)]
    return Chart(id, title, option, columns, _table(categories, series), format, links, height)


def bars(
    id: str,
    title: str,
    categories: Sequence[str],
    series: Sequence[Series],
    *,
    head: str = "",
    format: Format = "count",
    links: Sequence[str] = (),
    stacked: bool = False,
    lying: bool = False,
    height: int = 280,
) -> Chart:
    """Bars, side by side or ``stacked``; ``lying`` for long names (the first category is at the top)."""
    option = _xy("bar", categories, series, {"stack": "all"} if stacked else {}, format)
    if len(series) == 1 and len(categories) <= 16:
        for one in option["series"]:
            one["label"] = {"show": True, "position": "right" if lying else "top"}
    if lying:
        option["xAxis"], option["yAxis"] = option["yAxis"], {**option["xAxis"], "inverse": True}
    columns = [head, *(name for name, _ in series)]
    return Chart(id, title, option, columns, _table(categories, series), format, links, height)


def funnel(
    id: str,
    title: str,
    steps: Sequence[tuple[str, int]],
    *,
    head: str = "",
    links: Sequence[str] = (),
    height: int = 280,
) -> Chart:
    """People left after each step, as lying bars with the share of the first step: honest lengths, no slopes. More
    than the first are no share of it."""
    first, most = (steps[0][1], max(count for _, count in steps)) if steps else (0, 0)
    shares = [count / first if first and count <= first else None for _, count in steps]
    option = {
        "tooltip": {"trigger": "item"},
        "legend": {"show": False},
        "grid": {"left": 8, "right": 110, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "max": most or 1, "show": False},
        "yAxis": {
            "type": "category",
            "data": [name for name, _ in steps],
            "inverse": True,
            "axisLabel": {"width": STEP_WIDTH, "overflow": "breakAll"},
        },
        "series": [
            {
                "type": "bar",
                "name": title,
                "barCategoryGap": "28%",
                "showBackground": True,
                "data": [{"value": count, "share": share} for (_, count), share in zip(steps, shares, strict=True)],
                "label": {"show": True, "position": "right"},
            }
        ],
    }
    rows = [[name, count, share] for (name, count), share in zip(steps, shares, strict=True)]
    return Chart(id, title, option, [head, title, "%"], rows, "count", links, height)


def heatmap(
    id: str,
    title: str,
    across: Sequence[str],
    down: Sequence[str],
    values: Sequence[Sequence[float | None]],
    *,
    format: Format = "percent",
    height: int = 360,
) -> Chart:
    """A grid of shaded cells, the first of ``down`` at the top. ``None`` leaves a cell empty."""
    cells = [[x, y, value] for y, row in enumerate(values) for x, value in enumerate(row) if value is not None]
    top = max((cell[2] for cell in cells), default=1)
    option = {
        "tooltip": {"trigger": "item"},
        "legend": {"show": False},
        "xAxis": {"type": "category", "data": list(across), "position": "top"},
        "yAxis": {"type": "category", "data": list(down), "inverse": True},
        "visualMap": {"min": 0, "max": top, "show": False},
        "series": [{"type": "heatmap", "data": cells, "label": {"show": True}}],
    }
    rows = [[name, *row] for name, row in zip(down, values, strict=True)]
    return Chart(id, title, option, ["", *across], rows, format, (), height)
