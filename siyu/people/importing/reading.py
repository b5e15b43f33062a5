"""A table as chunks of rows, whatever file it came in: text (``texts.py``), Excel and Parquet (``sheets.py``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import polars as pl

from siyu.people.importing.model import COLUMNS_MAX
from siyu.storage import BadInput

CHUNK_FILE_ROWS = 131_072
NO_ROWS = "no_rows"


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that is no row: its number, the reason (``model.REASONS``) and its text as found."""

    row: int
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows in file order. ``rows``: their numbers as a spreadsheet shows them (the header is row 1; a Parquet
    file has no header, so its first record is row 1). ``frame``: one column per header; text unless the file has
    types. ``done``: bytes or rows of the file read so far, out of ``Table.size``. ``unreadable``: some letters were."""

    rows: pl.Series
    frame: pl.DataFrame
    broken: Sequence[Broken] = field(default_factory=tuple)
    done: int = 0
    unreadable: bool = False


class Table(Protocol):
    """An opened file."""

    @property
    def columns(self) -> Sequence[str]:
        """Headers in order, unique: repeated ones get `` (1)``, `` (2)`` behind them."""
        ...

    @property
    def repeated(self) -> Sequence[str]:
        """Headers that stand more than once."""
        ...

    @property
    def size(self) -> int: ...

    def describe(self) -> dict[str, Any]:
        """What was found out: encoding, delimiter, sheets."""
        ...

    def chunks(self) -> Iterator[Chunk]: ...


def named(header: Sequence[str]) -> tuple[list[str], list[str]]:
    """Unique column names of a header row, and the names that were repeated.

    Raises :class:`BadInput` where there are too many columns or no name at all.
    """
    if len(header) > COLUMNS_MAX:
        raise BadInput(
            "too_many_columns",
            f"表头有 {len(header)} 列，最多 {COLUMNS_MAX} 列。",
            f"The header has {len(header)} columns; at most {COLUMNS_MAX} are read.",
            field="file",
        )
    plain = [" ".join(cell.replace("\ufeff", "").split()) or f"column_{i}" for i, cell in enumerate(header, start=1)]
    repeated = [name for name, times in Counter(plain).items() if times > 1]
    taken = {name for name in plain if name not in repeated}
    names: list[str] = []
    for name in plain:
        unique, place = name, 1
        if name in repeated:
            while (unique := f"{name} ({place})") in taken:
                place += 1
        taken.add(unique)
        names.append(unique)
    if not names:
        raise no_rows()
    return names, repeated


def no_rows() -> BadInput:
    return BadInput(NO_ROWS, "文件里没有数据行。", "The file holds no rows of data.", field="file")


def number_of_rows(first: int, count: int) -> pl.Series:
    """The numbers of ``count`` rows from ``first`` on."""
    return pl.int_range(first, first + count, dtype=pl.UInt32, eager=True)


def without_blank_rows(rows: pl.Series, frame: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
    """Rows in which every (text) cell is empty say nothing and are no error."""
    blank = frame.select(
        pl.all_horizontal((pl.all().is_null()) | (pl.all().cast(pl.String) == "")).alias("blank")
    ).to_series()
    return (rows, frame) if not blank.any() else (rows.filter(~blank), frame.filter(~blank))
