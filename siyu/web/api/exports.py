"""Lists of people out, by the API: ask, follow, fetch."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar.response import File

from siyu.audiences.exported import bind
from siyu.jobs import queue
from siyu.jobs.model import JobStatus
from siyu.people.exporting.columns import COLUMNS
from siyu.people.exporting.running import ADVERTISING, JOB, LIST, ask_export, export_file, exports
from siyu.staff import audit
from siyu.staff.model import Actor
from siyu.storage import NotAllowed, NotFound, Stores
from siyu.web.api.people import PeopleAsked
from siyu.web.current import note
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_read, api_write

bind()


class NewExport(msgspec.Struct):
    """`audience`: its number, or null for everybody; `search`: those whom these filters find, as in `/api/people`.
    `purpose`: list, or advertising (SHA-256 of phones and e-mails alone). `format`: csv, excel, parquet. `masked`:
    phones as 138****1234 also for those who may see them whole."""

    audience: int | None = None
    search: PeopleAsked | None = None
    purpose: str = LIST
    format: str = "csv"
    columns: list[str] = msgspec.field(default_factory=lambda: list(COLUMNS))
    masked: bool = False


class ExportView(msgspec.Struct):
    """One export. `without_consent`: people left out of a file for advertising,
    because they did not agree to sharing. `file` once it is `done`: fetch it at `/api/exports/{id}/file`."""

    id: int
    state: str
    rows: int
    without_consent: int
    file: str | None
    created: datetime
    arguments: dict[str, Any]
    error: dict[str, str] | None


def _shown(status: JobStatus) -> ExportView:
    result = status.result or {}
    return ExportView(
        id=status.id,
        state=status.state,
        rows=int(result.get("rows", status.done)),
        without_consent=int(result.get("without_consent", 0)),
        file=result.get("file"),
        created=status.created,
        arguments=dict(status.arguments),
        error=None if status.error is None else dict(status.error),
    )


@api_write("POST", "/api/exports", "export", audits="people_exported")
def add_export(stores: Stores, actor: Actor, data: NewExport) -> ExportView:
    """Have a list of people made. Phones and e-mails are masked unless the caller may see them whole."""
    check_purpose(actor, data.purpose)
    number = ask_export(
        stores,
        actor.tag,
        columns=data.columns,
        format=data.format,
        purpose=data.purpose,
        audience=data.audience,
        search=None if data.search is None else data.search.search(),
        masked=data.masked or not actor.may("people.phone"),
    )
    note(f"export:{number}", purpose=data.purpose, audience=data.audience, columns=data.columns)
    return _shown(queue.status(stores, number))


@api_read("/api/exports", "export")
def all_exports(stores: Stores, limit: Limit = 50) -> list[ExportView]:
    """Exports, newest first."""
    return [_shown(each) for each in exports(stores, rows_max=limit)]


@api_read("/api/exports/{number:int}", "export")
def one_export(stores: Stores, number: Id) -> ExportView:
    """How far an export is."""
    return _shown(status_of(stores, number))


@api_read("/api/exports/{number:int}/file", "export", media_type="application/octet-stream")
def fetch_export(stores: Stores, actor: Actor, number: Id) -> File:
    """The file itself. One with whole phones is only given to those who may see them. Each fetch is audited."""
    return handed_over(stores, actor, number)


def status_of(stores: Stores, number: int) -> JobStatus:
    """The job of an export. Raises :class:`NotFound`, also for a job that is none."""
    status = queue.status(stores, number)
    if status.name != JOB:
        raise NotFound("export_not_found", "没有这次导出。", "There is no such export.")
    return status


def may_fetch(actor: Actor, status: JobStatus) -> bool:
    """Whether somebody may have the file: one with whole phones, or their hashes, is for those who may see them."""
    whole = status.arguments.get("purpose") != LIST or not status.arguments.get("masked", True)
    return not whole or actor.may("people.phone")


def check_purpose(actor: Actor, purpose: str) -> None:
    """Hashes are for those who may see phones: a list of all numbers is hashed in minutes, so a hash hides none.

    Raises :class:`NotAllowed`.
    """
    if purpose == ADVERTISING and not actor.may("people.phone"):
        raise NotAllowed(
            "advertising_needs_phones",
            "投放哈希可以还原成手机号，只有可查看完整手机号的角色才能导出。请联系管理员。",
            "Hashes for advertising can be turned back into phones; only roles that may see phones export them.",
            field="purpose",
        )


def handed_over(stores: Stores, actor: Actor, number: int) -> File:
    """The file as a download, and a row in the audit log."""
    status = status_of(stores, number)
    if not may_fetch(actor, status):
        raise NotFound("export_not_there", "这次导出不是您的。", "This export is not yours.")
    path = export_file(stores, number)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        audit.record(conn, now, actor.tag, "export_fetched", f"export:{number}", {"file": path.name})
    return File(path, filename=path.name, content_disposition_type="attachment")


ROUTES = [add_export, all_exports, one_export, fetch_export]
