"""Tables with types: Excel and Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from siyu.people.importing.reading import (
    CHUNK_FILE_ROWS,
    Chunk,
    named,
    no_rows,
    number_of_rows,
    without_blank_rows,
)
from siyu.people.importing.texts import has_header
from siyu.storage import BadInput

HEADER_ROWS_MAX = 20
"""A report's title rows stand above its header; it is looked for this far down."""

EXACT_MAX = 10**15
"""Excel keeps fifteen digits: a longer number has lost its end."""


class ExcelTable:
    """One sheet of a workbook; cells become text as Excel would show them unformatted."""

    def __init__(self, path: Path, *, sheet: str | None = None, header: bool | None = None) -> None:
        try:
            with path.open("rb") as handle:  # given by handle: the kept file has no ending to go by
                workbook = CalamineWorkbook.from_filelike(handle)
            self.sheets = workbook.sheet_names
            if not self.sheets:
                raise no_rows()
            self._sheet = _chosen(workbook, sheet)
        except CalamineError as error:
            raise BadInput(
                "file_damaged",
                f"无法打开 Excel 文件：{error}。请重新导出，或去掉密码后再试。",
                f"The Excel file can't be opened: {error}. Export it again, or remove its password.",
                field="file",
            ) from error
        self.size = self._sheet.height
        start = self._sheet.start
        self._first = (start[0] if start else 0) + 1
        head = [[_text(cell) for cell in row] for row in islice(self._sheet.iter_rows(), HEADER_ROWS_MAX)]
        self._above = _header_place(head)
        if not head:
            raise no_rows()
        first = head[self._above]
        self.header = has_header(first) if header is None else header
        self.columns, self.repeated = named(first if self.header else [""] * len(first))

    def describe(self) -> dict[str, Any]:
        return {"sheet": self._sheet.name, "sheets": list(self.sheets), "header": self.header}

    def chunks(self) -> Iterator[Chunk]:
        above = self._above + (1 if self.header else 0)
        rows = islice(self._sheet.iter_rows(), above, None)
        number = self._first + above
        width = len(self.columns)
        while part := list(islice(rows, CHUNK_FILE_ROWS)):
            frame = pl.DataFrame(
                {
                    name: [_text(row[place]) if place < len(row) else "" for row in part]
                    for place, name in enumerate(self.columns[:width])
                },
                schema=dict.fromkeys(self.columns, pl.String),
            )
            numbers, frame = without_blank_rows(number_of_rows(number, len(part)), frame)
            number += len(part)
            yield Chunk(numbers, frame, (), min(self.size, number - self._first))


def _chosen(workbook: CalamineWorkbook, sheet: str | None) -> CalamineSheet:
    if sheet is not None:
        if sheet not in workbook.sheet_names:
            raise BadInput(
                "unknown_sheet",
                f"没有名为“{sheet[:60]}”的工作表，文件里有：{'、'.join(workbook.sheet_names)}。",
                f"There is no sheet “{sheet[:60]}”; the file has: {', '.join(workbook.sheet_names)}.",
                field="sheet",
            )
        return workbook.get_sheet_by_name(sheet)
    sheets = [workbook.get_sheet_by_name(name) for name in workbook.sheet_names]
    return max(sheets, key=lambda each: (each.height > 1, -sheets.index(each)))


def _header_place(head: Sequence[Sequence[str]]) -> int:
    """The first row that fills about as many cells as the fullest one."""
    filled = [sum(bool(cell) for cell in row) for row in head]
    fullest = max(filled, default=0)
    return next((place for place, count in enumerate(filled) if count * 2 > fullest), 0)


def _text(cell: Any) -> str:
    """A cell as text: whole numbers without ``.0``, long ones in e-notation (so that they are refused as numbers of
    things), moments in ISO form."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < EXACT_MAX else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


class ParquetTable:
    """A Parquet file, read by row batches with its own types."""

    header = True
    repeated: Sequence[str] = ()

    def __init__(self, path: Path) -> None:
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise BadInput(
                "file_damaged",
                "无法打开 Parquet 文件，文件可能已损坏。请重新导出后再试。",
                "The Parquet file can't be opened; it may be damaged. Export it again.",
                field="file",
            ) from error
        self.columns, _ = named(self._file.schema_arrow.names)
        self.size = self._file.metadata.num_rows
        if self.size == 0:
            raise no_rows()

    def describe(self) -> dict[str, Any]:
        return {"rows": self.size, "types": {f.name: str(f.type) for f in self._file.schema_arrow}}

    def chunks(self) -> Iterator[Chunk]:
        number = 1
        try:
            for batch in self._file.iter_batches(CHUNK_FILE_ROWS, use_threads=False):
                frame = pl.from_arrow(batch)
                assert isinstance(frame, pl.DataFrame)
                frame.columns = list(self.columns)
                yield Chunk(number_of_rows(number, frame.height), frame, (), number - 1 + frame.height)
                number += frame.height
        except pa.ArrowException as error:
            raise BadInput(
                "file_damaged",
                f"Parquet 文件在第 {number} 行之后无法读取，文件可能已损坏。",
                f"The Parquet file can't be read after row {number}; it may be damaged.",
                field="file",
            ) from error
