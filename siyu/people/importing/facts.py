"""Rows of a file of events → events, as they are staged. One row is one event."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from siyu.people.importing import properties
from siyu.people.importing.claims import Claims
from siyu.people.importing.model import Plan
from siyu.people.importing.parsing import Checks, as_id, as_text, as_time, check_cells
from siyu.people.importing.reading import Chunk

NAME_PATTERN = r"^[^\x00-\x1f]{1,100}$"


class FactRows:
    """Reads chunks of a file of events by its plan."""

    def __init__(self, plan: Plan, now: datetime) -> None:
        self._plan = plan
        self._now = now
        self._claims = Claims(plan.mapping, plan.source)

    def read(self, chunk: Chunk) -> tuple[pl.DataFrame, Checks]:
        plan, frame, checks = self._plan, chunk.frame, Checks(chunk.frame.height)
        for column in dict.fromkeys(plan.mapping.values()):
            check_cells(frame[column], checks, unreadable=chunk.unreadable)
        facts = pl.DataFrame(
            {
                "row": chunk.rows,
                "claim": self._claims.read(frame, checks),
                "time": as_time(
                    frame[plan.mapping["time"]], checks, plan.timezone, self._now, day_first=plan.day_first
                ),
                "name": self._names(frame, checks),
                "message_id": self._message_ids(frame, checks),
                "properties": properties.as_json(frame, plan),
            }
        )
        return facts.filter(checks.good), checks

    def _names(self, frame: pl.DataFrame, checks: Checks) -> pl.Series:
        column = self._plan.mapping.get("name")
        if column is None:
            return pl.repeat(self._plan.event_name, frame.height, eager=True)
        names = as_text(frame[column])
        if self._plan.event_name:
            names = names.fill_null(self._plan.event_name)
        checks.mark(names.is_null(), "name_missing", column)
        checks.mark(~names.str.contains(NAME_PATTERN), "name_bad", column)
        return names

    def _message_ids(self, frame: pl.DataFrame, checks: Checks) -> pl.Series:
        column = self._plan.mapping.get("message_id")
        if column is None:
            return pl.repeat("", frame.height, eager=True)
        return as_id(frame[column], checks).fill_null("")
