"""A chunk of a file → rows as they are staged. What the columns are is said by each kind of file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

import polars as pl

from siyu.people.importing.claims import Claims
from siyu.people.importing.model import Plan
from siyu.people.importing.parsing import Checks, as_id, as_text, as_time, check_cells
from siyu.people.importing.reading import Chunk


class RowReader(ABC):
    """Reads chunks of one file by its plan; ``now`` is what no time of a row may lie after."""

    def __init__(self, plan: Plan, now: datetime) -> None:
        self._plan = plan
        self._now = now
        self._claims = Claims(plan.mapping, plan.source)

    def read(self, chunk: Chunk) -> tuple[pl.DataFrame, Checks]:
        """The good rows, and why the others are refused."""
        frame, checks = chunk.frame, Checks(chunk.frame.height)
        for column in dict.fromkeys(self._plan.mapping.values()):
            check_cells(frame[column], checks, unreadable=chunk.unreadable)
        staged = pl.DataFrame({"row": chunk.rows, **self._columns(frame, checks)})
        return staged.filter(checks.good), checks

    @abstractmethod
    def _columns(self, frame: pl.DataFrame, checks: Checks) -> dict[str, pl.Series]:
        """What is staged beside the row's number, a value a row; of a row's faults the one marked first is told."""

    def _column(self, frame: pl.DataFrame, field: str) -> pl.Series | None:
        column = self._plan.mapping.get(field)
        return None if column is None else frame[column]

    def _text(self, frame: pl.DataFrame, field: str, checks: Checks, *, identifier: bool = False) -> pl.Series:
        cells = self._column(frame, field)
        if cells is None:
            return pl.repeat("", frame.height, eager=True)
        return (as_id(cells, checks) if identifier else as_text(cells)).fill_null("")

    def _time(self, frame: pl.DataFrame, checks: Checks) -> pl.Series:
        plan = self._plan
        return as_time(frame[plan.mapping["time"]], checks, plan.timezone, self._now, day_first=plan.day_first)
