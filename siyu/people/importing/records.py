"""The imports: taking a file in, what is known about each, changing the plan. What runs is in ``running.py``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.jobs import preferences
from siyu.jobs import queue as jobs
from siyu.people.importing.fields import KINDS, Kind
from siyu.people.importing.files import Kept, forget, keep, named_as_workbook, no_workbook
from siyu.people.importing.guessing import Guess, guess
from siyu.people.importing.model import Plan, check_timezone, checked, plan_from
from siyu.people.importing.opening import IMPORTS_FOLDER, open_planned, open_table, require_columns
from siyu.people.importing.reading import NO_ROWS
from siyu.people.tables import imports
from siyu.storage import BadInput, Conflict, NotFound, Stores

NAME_CHARACTERS_MAX = 200
EDITABLE = ("ready", "checked", "failed", "cancelled")
"""States in which the plan may still change."""


@dataclass(frozen=True, slots=True)
class Import:
    """One import. ``state``: receiving, ready (its plan can be edited), checking, checked (what will happen is known),
    running, done, failed, cancelled. ``stage``: kept, staged, storing, done. ``report``: see ``report.py``."""

    id: int
    kind: Kind
    file_name: str
    path: Path
    sha256: str
    plan: Plan
    state: str
    stage: str
    created: datetime
    finished: datetime | None
    by: str
    job: int | None
    report: Mapping[str, Any]
    rejects_path: Path | None

    @property
    def stream(self) -> str:
        return f"import:{self.id}"

    @property
    def folder(self) -> Path:
        return self.path.parent


def receive(
    stores: Stores,
    by: str,
    kind: str,
    name: str,
    pieces: Iterable[bytes],
    *,
    source: str | None = None,
    timezone: str | None = None,
    mapping: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> int:
    """Keep a file and guess its plan; the import's number. Nothing is stored of what is in it yet.

    ``mapping`` (field → column) and ``settings`` (members of :class:`Plan`) are taken as given, the rest is guessed.
    Raises :class:`BadInput` for a file or plan that can't be used; no trace of it then remains.
    """
    if kind not in KINDS:
        checked(Plan(kind=cast(Kind, kind), source="x", timezone="UTC", mapping={}))
    zone = timezone or str(preferences.get(stores, "timezone"))
    check_timezone(zone)
    name = Path(name.replace("\\", "/")).name[:NAME_CHARACTERS_MAX] or "file"
    plan = Plan(kind=cast(Kind, kind), source=source or "import", timezone=zone, mapping=dict(mapping or {}))
    with stores.ledger.write() as conn:
        number = conn.execute(
            sa.insert(imports)
            .values(
                kind=kind,
                file_name=name,
                file_path="",
                sha256="",
                source=plan.source,
                mapping=plan.as_json(),
                timezone=zone,
                state="receiving",
                stage="kept",
                created=stores.clock.now(),
                by=by,
                report={},
            )
            .returning(imports.c.id)
        ).scalar_one()
    folder = stores.home / IMPORTS_FOLDER / str(number)
    try:
        kept = keep(folder, name, pieces)
        found = _guessed(stores, kept, plan, settings or {})
    except BaseException:  # whatever stopped it, also a broken connection: no half import remains
        forget(folder)
        with stores.ledger.write() as conn:
            conn.execute(sa.delete(imports).where(imports.c.id == number))
        raise
    _settle(stores, number, kept, found, source_given=source is not None)
    return number


def _guessed(stores: Stores, kept: Kept, plan: Plan, settings: Mapping[str, Any]) -> Guess:
    try:
        found = _read(stores, kept, plan, settings)
    except BadInput as refusal:
        if refusal.code == NO_ROWS and kept.format == "text" and named_as_workbook(kept.name):
            raise no_workbook(kept.name) from refusal
        raise
    if settings:
        wanted = plan_from({**found.plan.as_json(), **settings})
        found = replace(found, plan=wanted)
    return found


def _read(stores: Stores, kept: Kept, plan: Plan, settings: Mapping[str, Any]) -> Guess:
    table = open_table(
        kept.path,
        kept.name,
        encoding=settings.get("encoding"),
        delimiter=settings.get("delimiter"),
        sheet=settings.get("sheet"),
        header=settings.get("header"),
    )
    require_columns(plan, table.columns, table.repeated)
    return guess(
        table, plan.kind, source=plan.source, timezone=plan.timezone, now=stores.clock.now(), fixed=plan.mapping
    )


def _settle(stores: Stores, number: int, kept: Kept, found: Guess, *, source_given: bool) -> None:
    plan = found.plan
    if found.preset is not None and not source_given:
        plan = replace(plan, source=found.preset.name)
    report = {
        "format": kept.format,
        "bytes": kept.bytes,
        "table": dict(found.table),
        "columns": [
            {
                "name": each.name,
                "field": each.field,
                "confidence": each.confidence,
                "samples": list(each.samples),
            }
            for each in found.columns
        ],
        "preset": None
        if found.preset is None
        else {"name": found.preset.name, "zh": found.preset.zh, "en": found.preset.en},
        "warnings": [dict(each) for each in found.warnings],
    }
    with stores.ledger.write() as conn:
        update(
            conn,
            number,
            state="ready",
            file_path=str(kept.path.relative_to(stores.home)),
            sha256=kept.sha256,
            source=plan.source,
            mapping=plan.as_json(),
            report=report,
        )


def update(conn: Connection, number: int, **values: Any) -> None:
    """Set columns of an import."""
    conn.execute(sa.update(imports).where(imports.c.id == number).values(**values))


def get(stores: Stores, number: int) -> Import:
    """One import. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(imports).where(imports.c.id == number)).one_or_none()
    if row is None:
        raise NotFound("import_not_found", f"没有编号为 {number} 的导入。", f"There is no import {number}.")
    return _import(stores, row)


def history(stores: Stores, *, before: int | None = None, rows_max: int = 50) -> list[Import]:
    """Imports, newest first; ``before`` is the number of the last one seen."""
    query = sa.select(imports).where(imports.c.state != "receiving").order_by(imports.c.id.desc()).limit(rows_max)
    if before is not None:
        query = query.where(imports.c.id < before)
    with stores.ledger.read() as conn:
        return [_import(stores, row) for row in conn.execute(query)]


def unfinished_twins(stores: Stores, kind: str, sha256: str) -> list[Import]:
    """Imports of the very same file that were begun and did not end."""
    query = sa.select(imports).where(
        imports.c.kind == kind, imports.c.sha256 == sha256, imports.c.state.in_(("running", "checking"))
    )
    with stores.ledger.read() as conn:
        return [_import(stores, row) for row in conn.execute(query)]


def discard(stores: Stores, number: int) -> None:
    """Remove an import that was not begun, and its file. Raises :class:`Conflict` otherwise."""
    found = get(stores, number)
    if found.state not in EDITABLE:
        raise Conflict("import_begun", "导入已经开始，不能删除。", "The import has begun; it can't be removed.")
    forget(stores.home / IMPORTS_FOLDER / str(number))
    with stores.ledger.write() as conn:
        conn.execute(sa.delete(imports).where(imports.c.id == number))


def _import(stores: Stores, row: Row[Any]) -> Import:
    return Import(
        id=row.id,
        kind=row.kind,
        file_name=row.file_name,
        path=stores.home / row.file_path,
        sha256=row.sha256,
        plan=msgspec.convert(row.mapping, Plan),
        state=row.state,
        stage=row.stage,
        created=row.created,
        finished=row.finished,
        by=row.by,
        job=row.job,
        report=row.report,
        rejects_path=None if row.rejects_path is None else stores.home / row.rejects_path,
    )


def revise_plan(stores: Stores, number: int, plan: Plan) -> Import:
    """Change how a file is read. Raises :class:`Conflict` once it is being imported, :class:`BadInput` for a plan that
    does not fit the file."""
    found = get(stores, number)
    if found.state not in EDITABLE:
        raise Conflict(
            "import_begun",
            "导入已经开始，不能再修改设置。",
            "The import has begun; its settings can't be changed any more.",
        )
    if plan.kind != found.kind:
        raise BadInput("kind_fixed", "导入类型不能更改，请重新上传。", "The kind can't be changed; upload it again.")
    checked(plan)
    open_planned(found.path, found.file_name, plan)
    with stores.ledger.write() as conn:
        report = {name: value for name, value in found.report.items() if name not in ("check", "result", "error")}
        update(
            conn,
            number,
            mapping=plan.as_json(),
            source=plan.source,
            timezone=plan.timezone,
            state="ready",
            stage="kept",
            report=report,
        )
    return get(stores, number)


def start_check(stores: Stores, number: int) -> int:
    """Have the whole file read and judged, so that what will happen can be said; the job's number."""
    return _start(stores, number, "check_import", "checking", EDITABLE)


def start(stores: Stores, number: int) -> int:
    """Have the file imported; the job's number. An import that runs already is not started twice; one that failed or
    was cancelled goes on."""
    return _start(stores, number, "run_import", "running", (*EDITABLE, "running", "checking"))


def _start(stores: Stores, number: int, job: str, state: str, allowed: tuple[str, ...]) -> int:
    found = get(stores, number)
    checked(found.plan)
    if found.state not in allowed:
        raise Conflict(
            "import_not_startable",
            "这次导入已经完成，无需再次开始。",
            "This import is done; there is nothing to start.",
            state=found.state,
        )
    open_planned(found.path, found.file_name, found.plan)
    with stores.ledger.write() as conn:
        number_of_job = jobs.enqueue(
            conn, job, {"import": number}, now=stores.clock.now(), key=f"{job}:{number}", attempts_max=3
        )
        update(conn, number, state=state, job=number_of_job, finished=None)
    return number_of_job


def cancel(stores: Stores, number: int) -> bool:
    """Ask an import to stop; what it had stored by then stays, and its report says so. False if it had ended."""
    found = get(stores, number)
    if found.job is None or found.state not in ("checking", "running"):
        return False
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        asked = jobs.cancel(conn, found.job, now)
    if jobs.status(stores, found.job).state == "cancelled":  # it had not begun
        with stores.ledger.write() as conn:
            update(conn, number, state="cancelled", finished=now)
    return asked
