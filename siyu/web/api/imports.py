"""Files in, by the API: upload, look at the guess, change the plan, check, start, follow, fetch what was refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import anyio.to_thread
import msgspec
from litestar import Request
from litestar.response import File

from siyu.people.files_left import UPLOADS_FOLDER
from siyu.people.importing import records
from siyu.people.importing.files import pieces_of
from siyu.people.importing.model import plan_from
from siyu.people.importing.records import Import
from siyu.people.importing.running import check_import as _check_job  # registers the jobs
from siyu.staff.model import Actor
from siyu.storage import BadInput, NotAllowed, NotFound, Stores
from siyu.web.current import current, note
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_read, api_write
from siyu.web.uploads import receive

IMPORT_BYTES_MAX = 20_000_000_000


class ImportView(msgspec.Struct):
    """One import. `plan` says how the file is read; `report` what was found, will happen (`check`) and happened
    (`result`)."""

    id: int
    kind: str
    file: str
    state: str
    stage: str
    created: datetime
    finished: datetime | None
    by: str
    job: int | None
    plan: dict[str, Any]
    report: dict[str, Any]


class Job(msgspec.Struct):
    """The job that now works on it; follow it at `/api/imports/{number}`."""

    job: int


class Cancelled(msgspec.Struct):
    """`asked` is false where the import had ended already."""

    asked: bool


def sees_cells(found: Import) -> bool:
    """Whether the reader may see cells of a file: who sent it, and who may see whole phones, which may be in any."""
    actor = current().actor
    return actor is not None and (actor.tag == found.by or actor.may("people.phone"))


def as_seen(found: Import) -> Import:
    """The import as the reader may see it: without samples of its cells where they are not theirs to see."""
    if sees_cells(found) or "columns" not in found.report:
        return found
    columns = [{**column, "samples": []} for column in found.report["columns"]]
    return replace(found, report={**found.report, "columns": columns})


def shown(found: Import) -> ImportView:
    found = as_seen(found)
    return ImportView(
        id=found.id,
        kind=found.kind,
        file=found.file_name,
        state=found.state,
        stage=found.stage,
        created=found.created,
        finished=found.finished,
        by=found.by,
        job=found.job,
        plan=found.plan.as_json(),
        report=dict(found.report),
    )


async def taken_in(
    request: Request[Any, Any, Any],
    stores: Stores,
    actor: Actor,
    kind: str,
    source: str | None = None,
    timezone: str | None = None,
) -> int:
    """Stream an upload to disk and make an import of it; its number. A form's fields stand in for what is not given."""
    received = await receive(request, stores.home / UPLOADS_FOLDER, bytes_max=IMPORT_BYTES_MAX)
    kind = received.fields.get("kind") or kind
    source = received.fields.get("source", "").strip() or source or None
    timezone = received.fields.get("timezone", "").strip() or timezone or None

    def make() -> int:
        try:
            return records.receive(
                stores, actor.tag, kind, received.name, pieces_of(received.path), source=source, timezone=timezone
            )
        finally:
            received.path.unlink(missing_ok=True)

    number = await anyio.to_thread.run_sync(make)
    note(f"import:{number}", file=received.name, kind=kind)
    return number


@api_write("POST", "/api/imports", "import", audits="import_received", request_max_body_size=None)
async def add_import(
    request: Request[Any, Any, Any],
    stores: Stores,
    actor: Actor,
    kind: str = "orders",
    source: str | None = None,
    timezone: str | None = None,
) -> ImportView:
    """Send a file: CSV, Excel, Parquet, or one of them in a zip or gz.

    `multipart/form-data` with a file, or the bare bytes with their name in `X-File-Name`. `kind` is orders, events or
    people. Nothing is stored of it until it is started.
    """
    number = await taken_in(request, stores, actor, kind, source, timezone)
    return shown(await anyio.to_thread.run_sync(records.get, stores, number))


@api_read("/api/imports", "import")
def imports(stores: Stores, before: int | None = None, limit: Limit = 50) -> list[ImportView]:
    """Imports, newest first; `before` is the number of the last one seen."""
    return [shown(each) for each in records.history(stores, before=before, rows_max=limit)]


@api_read("/api/imports/{number:int}", "import")
def one_import(stores: Stores, number: Id) -> ImportView:
    """One import: its plan, its state, its report."""
    return shown(records.get(stores, number))


@api_write("PUT", "/api/imports/{number:int}/plan", "import", audits="import_planned", about="import:{number}")
def plan_import(stores: Stores, number: Id, data: dict[str, Any]) -> ImportView:
    """Change how the file is read: the `plan` of the import, with changes."""
    return shown(records.revise_plan(stores, number, plan_from(data)))


@api_write("POST", "/api/imports/{number:int}/check", "import", audits="import_checked", about="import:{number}")
def check_import(stores: Stores, number: Id) -> Job:
    """Read the whole file and say what importing it would do; then in `report.check`."""
    return Job(records.start_check(stores, number))


@api_write("POST", "/api/imports/{number:int}/start", "import", audits="import_started", about="import:{number}")
def start_import(stores: Stores, number: Id) -> Job:
    """Import the file; then in `report.result`. Sent again it starts nothing twice."""
    return Job(records.start(stores, number))


@api_write("POST", "/api/imports/{number:int}/cancel", "import", audits="import_cancelled", about="import:{number}")
def cancel_import(stores: Stores, number: Id) -> Cancelled:
    """Ask an import to stop. What it had stored by then stays; importing the file again adds what is missing."""
    return Cancelled(records.cancel(stores, number))


@api_read("/api/imports/{number:int}/rejects", "import", media_type="text/csv")
def import_rejects(stores: Stores, number: Id) -> File:
    """The refused rows as CSV: row number, reason in Chinese and English, the column, the cells as they were."""
    return rejects_file(stores, number)


def rejects_file(stores: Stores, number: int) -> File:
    found = records.get(stores, number)
    if not sees_cells(found):
        raise NotAllowed(
            "rejects_not_yours",
            "被拒绝的行里可能有完整手机号：只有导入者本人和可看完整手机号的角色能下载。",
            "Refused rows may hold whole phone numbers: only who imported the file, and roles that see whole phones, "
            "may fetch them.",
            permission="people.phone",
        )
    if found.rejects_path is None or not found.rejects_path.exists():
        raise NotFound("no_rejects", "这次导入没有被拒绝的行。", "This import has no refused rows.")
    stem = found.file_name.rpartition(".")[0] or found.file_name
    return File(
        found.rejects_path,
        filename=f"{stem}-rejects.csv",
        media_type="text/csv; charset=utf-8",
        content_disposition_type="attachment",
    )


__all__ = ["BadInput", "_check_job", "rejects_file", "shown", "taken_in"]

ROUTES = [
    add_import,
    imports,
    one_import,
    plan_import,
    check_import,
    start_import,
    cancel_import,
    import_rejects,
]
