"""Opens the file of an import as a table, as its plan says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from siyu.people.importing.files import recognise
from siyu.people.importing.model import Plan
from siyu.people.importing.reading import Table
from siyu.people.importing.sheets import ExcelTable, ParquetTable
from siyu.people.importing.texts import BLOCK_BYTES, TextTable
from siyu.storage import BadInput

IMPORTS_FOLDER = "imports"


def open_table(
    path: Path,
    name: str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header: bool | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Table:
    """The table in a kept file. Raises :class:`BadInput` for what can't be read."""
    match recognise(path, name):
        case "text":
            return TextTable(path, encoding=encoding, delimiter=delimiter, header=header, block_bytes=block_bytes)
        case "excel":
            return ExcelTable(path, sheet=sheet, header=header)
        case "parquet":
            return ParquetTable(path)


def open_planned(path: Path, name: str, plan: Plan, *, block_bytes: int = BLOCK_BYTES) -> Table:
    """The table as its plan reads it, with every mapped column there. Raises :class:`BadInput`."""
    table = open_table(
        path,
        name,
        encoding=plan.encoding,
        delimiter=plan.delimiter,
        sheet=plan.sheet,
        header=plan.header,
        block_bytes=block_bytes,
    )
    require_columns(plan, table.columns, table.repeated)
    return table


def require_columns(plan: Plan, columns: Sequence[str], repeated: Sequence[str]) -> None:
    """Raises :class:`BadInput` where the plan names a column that is not there, or one that is there twice."""
    for field, column in plan.mapping.items():
        if column in repeated:
            raise BadInput(
                "duplicate_header",
                f"表头“{column[:80]}”出现了不止一次，请用“{column[:80]} (1)”或“{column[:80]} (2)”指明是哪一列。",
                f"The header “{column[:80]}” stands more than once; say “{column[:80]} (1)” or “{column[:80]} (2)”.",
                field=f"mapping.{field}",
            )
        if column not in columns:
            raise BadInput(
                "column_not_found",
                f"文件里没有“{column[:80]}”这一列（字段 {field}）。文件的列是：{'、'.join(columns[:40])}。",
                f"The file has no column “{column[:80]}” (for {field}). Its columns: {', '.join(columns[:40])}.",
                field=f"mapping.{field}",
            )
