"""Exports: asked for, made by a job in chunks, kept under ``home/exports/<job>/`` until they are fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
import xlsxwriter
from msgspec import convert, to_builtins

from siyu.jobs import queue as jobs
from siyu.jobs.model import Job, JobStatus, handles
from siyu.people import consents
from siyu.people.exporting.cells import harmless
from siyu.people.exporting.columns import COLUMNS, HASHED, hashed_email, hashed_phone
from siyu.people.exporting.members import source_of_audiences
from siyu.people.queries import Search, people_found
from siyu.people.tables import identifiers, people
from siyu.storage import CHUNK_ROWS, BadInput, NotFound, Stores, in_chunks, sent
from siyu.storage.space import require_space

FORMATS = ("csv", "excel", "parquet")
ENDINGS: Mapping[str, str] = {"csv": "csv", "excel": "xlsx", "parquet": "parquet"}
EXCEL_ROWS_MAX = 1_048_575
ROW_BYTES = 256
"""About what one person takes in a file, for the look at the disk beforehand."""
EXPORTS_FOLDER = "exports"
JOB = "export_people"
LIST, ADVERTISING = "list", "advertising"
PURPOSES = (LIST, ADVERTISING)


def ask_export(
    stores: Stores,
    by: str,
    *,
    columns: Sequence[str] = tuple(COLUMNS),
    format: str = "csv",
    purpose: str = LIST,
    audience: int | None = None,
    search: Search | None = None,
    masked: bool = True,
) -> int:
    """Have a list of people made: everybody, the members of an audience, or those whom a search finds, as they are
    when it is made; the job's number.

    ``purpose``: ``list`` (the columns asked for), ``advertising`` (hashed phones and e-mails alone). ``masked``: phones
    and e-mails as 138****1234, for those who may not see them whole. Raises :class:`BadInput`, and
    :class:`NotFound` for an audience that is not there.
    """
    check_asked(columns, format, purpose)
    if audience is not None and search is not None:
        raise BadInput(
            "bad_export",
            "人群和筛选条件只能选一个。",
            "Export an audience or what a search finds, not both.",
            field="audience",
        )
    arguments: dict[str, Any] = {
        "columns": [name for name in COLUMNS if name in columns],
        "format": format,
        "purpose": purpose,
        "audience": audience,
        "audience_name": None if audience is None else source_of_audiences().name(stores, audience),
        "search": None if search is None else to_builtins(search),
        "masked": masked,
        "by": by,
    }
    with stores.ledger.write() as conn:
        return jobs.enqueue(conn, JOB, arguments, now=stores.clock.now())


def check_asked(columns: Sequence[str], format: str, purpose: str) -> None:
    """Whether such an export can be made. Raises :class:`BadInput` with the field."""
    if unknown := [name for name in columns if name not in COLUMNS]:
        raise BadInput(
            "unknown_column",
            f"没有“{unknown[0][:40]}”这一列。",
            f"There is no column “{unknown[0][:40]}”.",
            field="columns",
        )
    if not columns:
        raise BadInput("no_columns", "请至少选择一列。", "Choose at least one column.", field="columns")
    if format not in FORMATS:
        raise BadInput(
            "bad_export",
            f"格式须为 {'、'.join(FORMATS)}。",
            f"The format is one of {', '.join(FORMATS)}.",
            field="format",
        )
    if purpose not in PURPOSES:
        raise BadInput(
            "bad_export",
            f"用途须为 {'、'.join(PURPOSES)}。",
            f"The purpose is one of {', '.join(PURPOSES)}.",
            field="purpose",
        )


def exports(stores: Stores, *, rows_max: int = 50) -> list[JobStatus]:
    """The newest exports first; ``result`` has the number of rows and the file's name."""
    return jobs.find(stores, names=[JOB], rows_max=rows_max)


def export_file(stores: Stores, number: int) -> Path:
    """The finished file of an export. Raises :class:`NotFound`."""
    status = jobs.status(stores, number)
    result = status.result or {}
    path = stores.home / EXPORTS_FOLDER / str(number) / str(result.get("file", "-"))
    if status.name != JOB or status.state != "done" or not path.is_file():
        raise NotFound(
            "export_not_there", "这次导出还没有完成，或文件已被清理。", "The export is not done, or its file is gone."
        )
    return path


@handles(JOB, forgets=("search",))
def export_people(stores: Stores, job: Job) -> dict[str, Any]:
    """Make the file; from its beginning again after a crash.

    ``people`` were meant and ``rows`` written; ``without_consent`` were left out of a file for advertising, because
    they did not agree that their data be shared.
    """
    asked = job.arguments
    folder = stores.home / EXPORTS_FOLDER / str(job.id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"people-{job.id}.{ENDINGS[asked['format']]}"
    partial = folder / f"{name}.part"
    members = _members(stores, asked)
    total = count_everybody(stores) if members is None else len(members)
    if asked["format"] == "excel" and total > EXCEL_ROWS_MAX:
        raise BadInput(
            "too_many_for_excel", "超过 Excel 的行数上限，请改用 CSV。", "More rows than Excel holds; take CSV."
        )
    require_space(folder, max(total, 1) * ROW_BYTES)
    rows = seen = left_out = 0
    with _writer(partial, asked["format"]) as write:
        for read, kept, chunk in _chunks(stores, asked, members):
            write(chunk)
            rows, seen, left_out = rows + chunk.height, seen + read, left_out + read - kept
            job.progress(seen, total, "exporting")
    partial.replace(folder / name)
    size = (folder / name).stat().st_size
    return {"file": name, "rows": rows, "people": seen, "without_consent": left_out, "bytes": size}


def _members(stores: Stores, asked: Mapping[str, Any]) -> Sequence[int] | None:
    """Whose numbers are meant, in order; None for everybody."""
    if asked["audience"] is not None:
        return source_of_audiences().members(stores, int(asked["audience"]))
    search = asked.get("search")  # exports asked for by an older version say nothing of it
    return None if search is None else people_found(stores, convert(search, Search))


def count_everybody(stores: Stores) -> int:
    """How many people an export of everybody holds."""
    (total,) = stores.events.row("SELECT count() FROM people FINAL WHERE gone = 0", heavy=True)
    return int(total)


def _chunks(
    stores: Stores, asked: Mapping[str, Any], members: Sequence[int] | None
) -> Iterator[tuple[int, int, pl.DataFrame]]:
    """People in order of their numbers: how many were read, how many of them may be in the file, and their rows. At
    least one chunk, that an export of nobody still has its head."""
    names = [name for name in asked["columns"] if asked["purpose"] == LIST]
    read = {name: COLUMNS[name].sql for name in ("person", *names) if COLUMNS[name].sql}
    for table in _tables(stores, ", ".join(f"{sql} AS `{name}_`" for name, sql in read.items()), members):
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        frame.columns = list(read)
        count = frame.height
        if asked["purpose"] == ADVERTISING:
            with stores.ledger.read() as conn:  # the ledger, not the projection: a refusal of this second counts
                sharing = consents.who_share(conn, [int(person) for person in frame["person"].to_list()])
            frame = frame.filter(pl.col("person").is_in(list(sharing)))
        persons = [int(person) for person in frame["person"].to_list()]
        yield count, len(persons), _shaped(frame, _contacts(stores, persons), asked, names)


def _tables(stores: Stores, select: str, members: Sequence[int] | None) -> Iterator[pa.Table]:
    """Everybody, by the last person seen so that each chunk is one range read; or the members, piece by piece."""
    read = f"SELECT {select} FROM people FINAL WHERE gone = 0 AND"
    if members is not None:
        for chunk in in_chunks(members) if len(members) else [members]:
            part = [int(person) for person in chunk]
            where = "person IN {persons:Array(UInt32)} ORDER BY person"
            yield stores.events.arrow(f"{read} {where}", {"persons": part}, heavy=True)
        return
    after = 0
    while True:
        where = f"person > {{after:UInt32}} ORDER BY person LIMIT {CHUNK_ROWS}"
        table = stores.events.arrow(f"{read} {where}", {"after": after}, heavy=True)
        if table.num_rows or not after:
            yield table
        if table.num_rows < CHUNK_ROWS:
            return
        after = int(table.column("person_")[-1].as_py())


def _shaped(
    frame: pl.DataFrame, contacts: Mapping[str, Mapping[int, str]], asked: Mapping[str, Any], names: Sequence[str]
) -> pl.DataFrame:
    persons = frame["person"].to_list()
    if asked["purpose"] == ADVERTISING:
        hashed = pl.DataFrame(
            {
                "phone_sha256": [hashed_phone(contacts["phone"].get(person, "")) for person in persons],
                "email_sha256": [hashed_email(contacts["email"].get(person, "")) for person in persons],
            },
            schema=dict.fromkeys(HASHED, pl.String),
        )
        return hashed.filter((pl.col("phone_sha256") != "") | (pl.col("email_sha256") != ""))
    columns: list[pl.Series] = []
    for name in names:
        if name in contacts:
            values = [contacts[name].get(person, "") for person in persons]
            columns.append(
                pl.Series(name, [_masked(each) for each in values] if asked["masked"] else values, pl.String)
            )
        else:
            columns.append(frame[name])
    return pl.DataFrame(columns)


def _contacts(stores: Stores, persons: Sequence[int]) -> dict[str, dict[int, str]]:
    """The latest phone and e-mail of kept persons, whichever of their nodes holds it."""
    found: dict[str, dict[int, str]] = {"phone": {}, "email": {}}
    with stores.ledger.read() as conn:
        asked = sent(conn, person=(sa.BigInteger, list(persons)))
        rows = conn.execute(
            sa.select(people.c.kept, identifiers.c.kind, identifiers.c.value)
            .select_from(
                asked.join(people, people.c.kept == asked.c.person).join(
                    identifiers, identifiers.c.person == people.c.person
                )
            )
            .where(identifiers.c.kind.in_(("phone", "email")))
            .order_by(identifiers.c.since)
        )
        for person, kind, value in rows:
            found[kind][person] = value
    return found


def _masked(text: str) -> str:
    """138****1234 · w***@example.com."""
    if "@" in text:
        name, _, host = text.partition("@")
        return f"{name[:1]}***@{host}"
    text = text.removeprefix("+86").removeprefix("+")
    return f"{text[:-8]}****{text[-4:]}" if len(text) > 8 else "****" if text else ""


class _writer:
    """Writes chunks to one file; every text in it is harmless to a spreadsheet."""

    def __init__(self, path: Path, format: str) -> None:
        self._path, self._format = path, format
        self._first = True

    def __enter__(self) -> Any:
        match self._format:
            case "csv":
                self._file = self._path.open("wb")
                return self._csv
            case "excel":
                self._book = xlsxwriter.Workbook(
                    str(self._path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
                )
                self._sheet = self._book.add_worksheet()
                self._row = 0
                return self._excel
            case _:
                self._parquet: pq.ParquetWriter | None = None
                return self._arrow

    def __exit__(self, *_: object) -> None:
        match self._format:
            case "csv":
                self._file.close()
            case "excel":
                self._book.close()
            case _:
                if self._parquet is not None:
                    self._parquet.close()

    def _csv(self, chunk: pl.DataFrame) -> None:
        chunk = chunk.with_columns(harmless(chunk[name]) for name, kind in chunk.schema.items() if kind == pl.String)
        chunk.write_csv(self._file, include_header=self._first, include_bom=self._first)
        self._first = False

    def _excel(self, chunk: pl.DataFrame) -> None:
        if self._first:
            self._sheet.write_row(0, 0, [_label(name) for name in chunk.columns])
            self._first = False
            self._sheet.freeze_panes(1, 0)
        for row in chunk.iter_rows():
            self._row += 1
            self._sheet.write_row(self._row, 0, row)

    def _arrow(self, chunk: pl.DataFrame) -> None:
        table = chunk.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._parquet is None:
            self._parquet = pq.ParquetWriter(self._path, table.schema)
        self._parquet.write_table(table)


def _label(name: str) -> str:
    return COLUMNS[name].zh if name in COLUMNS else HASHED[name][0]
