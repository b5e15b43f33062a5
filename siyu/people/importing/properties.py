"""Columns that are kept as properties: one JSON object per row. Texts stay texts, numbers become numbers."""

from __future__ import annotations

import polars as pl

from siyu.people.importing.model import Plan
from siyu.people.importing.parsing import as_text

PREFIX = "property."


def columns_of(plan: Plan, prefix: str = PREFIX) -> dict[str, str]:
    """Property → column."""
    return {name.removeprefix(prefix): column for name, column in plan.mapping.items() if name.startswith(prefix)}


def as_json(frame: pl.DataFrame, plan: Plan, prefix: str = PREFIX) -> pl.Series:
    """A JSON object per row; ``{}`` where no column is kept. Missing cells are left out by the event log (null)."""
    columns = columns_of(plan, prefix)
    if not columns:
        return pl.repeat("{}", frame.height, eager=True)
    values = [_typed(frame[column], column in plan.numbers).alias(name) for name, column in columns.items()]
    return pl.DataFrame(values).select(pl.struct(pl.all()).struct.json_encode()).to_series()


def _typed(cells: pl.Series, number: bool) -> pl.Series:
    if cells.dtype == pl.Boolean:
        return cells
    if cells.dtype.is_integer():
        return cells.cast(pl.Int64, strict=False)
    if cells.dtype.is_float():
        return cells.set(~cells.is_finite().fill_null(False), None)
    text = as_text(cells)
    if not number:
        return text
    return text.str.replace_all(",", "").cast(pl.Float64, strict=False)
