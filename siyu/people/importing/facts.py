"""Rows of a file of events → events, as they are staged. One row is one event."""

from __future__ import annotations

import polars as pl

from siyu.people.importing import properties
from siyu.people.importing.parsing import Checks, as_text
from siyu.people.importing.rows import RowReader

NAME_PATTERN = r"^[^\x00-\x1f]{1,100}$"


class FactRows(RowReader):
    """Events of a file of events."""

    def _columns(self, frame: pl.DataFrame, checks: Checks) -> dict[str, pl.Series]:
        return {
            "claim": self._claims.read(frame, checks),
            "time": self._time(frame, checks),
            "name": self._names(frame, checks),
            "message_id": self._text(frame, "message_id", checks, identifier=True),
            "properties": properties.as_json(frame, self._plan),
        }

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
