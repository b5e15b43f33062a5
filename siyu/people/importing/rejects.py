"""The file of refused rows: row number, reason in two languages, the column, and the cells as they were."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from siyu.people.exporting.cells import harmless
from siyu.people.importing.files import disk_trouble
from siyu.people.importing.model import CELL_CHARACTERS_MAX, REASONS, Rejected
from siyu.people.importing.parsing import Checks
from siyu.people.importing.reading import Broken, Chunk

HEADER = ("行号 row", "原因", "reason", "列 column")


class Rejects:
    """Writes refused rows as they are found, and counts them."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path = path
        self._columns = list(columns)
        self.rejected = Rejected()
        header = pl.DataFrame(schema=dict.fromkeys((*HEADER, *_apart(self._columns)), pl.String))
        try:
            with path.open("wb") as handle:
                header.write_csv(handle, include_bom=True)
        except OSError as error:
            raise disk_trouble(error) from error

    def add(self, chunk: Chunk, checks: Checks) -> None:
        """The refused rows of one chunk, in row order."""
        bad = ~checks.good
        parts: list[pl.DataFrame] = []
        if bad.any():
            cells = chunk.frame.filter(bad).select(pl.all().cast(pl.String, strict=False)).rename(self._places())
            about = pl.DataFrame({"row": chunk.rows, "code": checks.reason, "column": checks.column}).filter(bad)
            parts.append(about.hstack(cells))
        if chunk.broken:
            parts.append(self._broken(chunk.broken))
        if not parts:
            return
        found = pl.concat(parts, how="diagonal").sort("row")
        for code, count, first in found.group_by("code").agg(pl.len(), pl.col("row").min()).rows():
            self.rejected.add(code, count, first)
        self._write(found)

    def _places(self) -> dict[str, str]:
        return {name: f"c{place}" for place, name in enumerate(self._columns)}

    def _broken(self, broken: Sequence[Broken]) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "row": [each.row for each in broken],
                "code": [each.code for each in broken],
                "column": [""] * len(broken),
                "c0": [each.text for each in broken],
            },
            schema={"row": pl.UInt32, "code": pl.String, "column": pl.String, "c0": pl.String},
        )

    def _write(self, found: pl.DataFrame) -> None:
        zh = {code: reason.zh for code, reason in REASONS.items()}
        en = {code: reason.en for code, reason in REASONS.items()}
        cells = [f"c{place}" for place in range(len(self._columns))]
        missing = [pl.lit("").alias(name) for name in cells if name not in found.columns]
        text = found.with_columns(missing).select(
            pl.col("row").cast(pl.String),
            pl.col("code").replace_strict(zh, default="").alias("zh"),
            pl.col("code").replace_strict(en, default="").alias("en"),
            "column",
            *cells,
        )
        text = text.with_columns(_bounded(text[name]).alias(name) for name in ("column", *cells))
        try:
            with self._path.open("ab") as handle:
                text.write_csv(handle, include_header=False)
        except OSError as error:
            raise disk_trouble(error) from error


def _bounded(cells: pl.Series) -> pl.Series:
    longest = cells.str.len_bytes().max()
    if isinstance(longest, int) and longest > CELL_CHARACTERS_MAX:
        cells = cells.str.slice(0, CELL_CHARACTERS_MAX)
    return harmless(cells)


def _apart(columns: Sequence[str]) -> list[str]:
    """Column names that do not collide with the file's own first four."""
    return [f"{name} *" if name in HEADER else name for name in columns]
