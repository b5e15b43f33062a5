"""Preferences, the audit log and background work."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar.params import QueryParameter

from siyu.jobs import aside, preferences, queue
from siyu.jobs.model import JobStatus
from siyu.staff import audit
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.console.jobs import cancel_job, retry_job
from siyu.web.console.preferences import changed, require_allowed
from siyu.web.current import note
from siyu.web.paging import CursorText, Id, Limit, Page, cursor_of, page_of, value_of
from siyu.web.routes import api_act, api_read, api_write

StateName = Annotated[str, QueryParameter(name="state")]  # the framework keeps the name "state" for itself


class PreferenceAnswer(msgspec.Struct):
    """One preference: its value, its default, and what it means."""

    name: str
    value: str | int | bool
    default: str | int | bool
    zh: str
    en: str


class PreferenceChange(msgspec.Struct):
    """The values to set, by name; the others stay."""

    values: dict[str, str | int | bool]


class AuditAnswer(msgspec.Struct):
    """One row of the audit log. `chain` is the hash over it and the row before."""

    id: int
    at: datetime
    by: str
    action: str
    subject: str
    detail: dict[str, Any]
    chain: str


class VerdictAnswer(msgspec.Struct):
    """`broken_at` is the first row that does not fit, null where the log is whole."""

    rows: int
    head: str
    broken_at: int | None


class JobAnswer(msgspec.Struct):
    """A job: `done` of `all` units; `error` where it failed; `result` where it is done."""

    id: int
    name: str
    state: str
    stage: str
    done: int
    all: int | None
    attempt: int
    created: datetime
    finished: datetime | None
    result: dict[str, Any] | None
    error: dict[str, str] | None


def _preferences(stores: Stores) -> Page[PreferenceAnswer]:
    values = preferences.values(stores)
    return Page(
        [
            PreferenceAnswer(one.name, values[one.name], one.default, one.zh, one.en)
            for one in preferences.all_preferences()
        ]
    )


def _asides(stores: Stores) -> Page[aside.Aside]:
    return Page(aside.all_aside(stores))


def _job(job: JobStatus) -> JobAnswer:
    return JobAnswer(
        job.id,
        job.name,
        job.state,
        job.stage,
        job.done,
        job.all,
        job.attempt,
        job.created,
        job.finished,
        None if job.result is None else dict(job.result),
        None if job.error is None else dict(job.error),
    )


@api_read("/api/preferences", "settings.write")
def list_preferences(stores: Stores) -> Page[PreferenceAnswer]:
    """Every preference of the installation."""
    return _preferences(stores)


@api_write("PATCH", "/api/preferences", "settings.write", audits="settings_changed", about="settings")
def change_preferences(stores: Stores, actor: Actor, data: PreferenceChange) -> Page[PreferenceAnswer]:
    """Set some preferences: all of them, or none where one does not fit."""
    with stores.ledger.write() as conn:
        news = changed(preferences.values(conn), data.values)
        require_allowed(actor, news)
        for name, value in news.items():
            preferences.put(conn, name, value, at=stores.clock.now(), by=actor.tag)
    note(**news)
    return _preferences(stores)


@api_read("/api/audit", "audit.read")
def audit_log(
    stores: Stores, by: str = "", action: str = "", subject: str = "", cursor: CursorText = "", limit: Limit = 50
) -> Page[AuditAnswer]:
    """The audit log, newest first. `by`, `action` and `subject` match exactly."""
    found = audit.entries(
        stores.ledger,
        before=value_of(cursor, int),
        by=by,
        action=action,
        subject=subject,
        rows_max=limit,
    )
    items = [AuditAnswer(e.id, e.at, e.by, e.action, e.subject, dict(e.detail), e.chain) for e in found]
    return Page(items, cursor_of(items[-1].id) if len(items) == limit else None)


@api_read("/api/audit/verify", "audit.read")
def verify_audit(stores: Stores) -> VerdictAnswer:
    """Walk the chain of the audit log."""
    verdict = audit.verify(stores.ledger)
    return VerdictAnswer(verdict.rows, verdict.head, verdict.broken_at)


@api_read("/api/jobs", "jobs.read")
def list_jobs(
    stores: Stores, in_state: StateName = "", name: str = "", cursor: CursorText = "", limit: Limit = 50
) -> Page[JobAnswer]:
    """Background work, newest first."""
    found = queue.find(
        stores,
        names=[name] if name else None,
        states=[in_state] if in_state else (),
        before=value_of(cursor, int),
        rows_max=limit + 1,
    )
    return page_of(found, limit, lambda job: job.id, _job)


@api_read("/api/jobs/{number:int}", "jobs.read")
def one_job(stores: Stores, number: Id) -> JobAnswer:
    """One job: poll it for its progress."""
    return _job(queue.status(stores, number))


@api_write("POST", "/api/jobs/{number:int}/cancel", "jobs.write", audits="job_cancelled", about="job:{number}")
def cancel(stores: Stores, number: Id) -> JobAnswer:
    """Ask a job to stop."""
    return _job(cancel_job(stores, number))


@api_write("POST", "/api/jobs/{number:int}/retry", "jobs.write", audits="job_retried", about="job:{number}")
def retry(stores: Stores, number: Id) -> JobAnswer:
    """Queue a failed or cancelled job again, as a new one."""
    return _job(queue.status(stores, retry_job(stores, number)))


@api_read("/api/aside", "jobs.read")
def list_aside(stores: Stores) -> Page[aside.Aside]:
    """Bodies that were received and can't be read, the latest first; at most 100."""
    return _asides(stores)


@api_act("/api/aside/{number:int}/again", "jobs.write", audits="body_read_again", about="aside:{number}")
def read_again(stores: Stores, actor: Actor, number: Id) -> Page[aside.Aside]:
    """Have one read again, as it came. What still waits is answered."""
    aside.read_again(stores, number, actor.tag)
    return _asides(stores)


@api_act("/api/aside/{number:int}/drop", "jobs.write", audits="body_dropped", about="aside:{number}")
def drop(stores: Stores, actor: Actor, number: Id) -> Page[aside.Aside]:
    """Delete the content of one. What still waits is answered."""
    aside.drop_aside(stores, number, actor.tag)
    return _asides(stores)


ROUTES = [
    list_aside,
    read_again,
    drop,
    list_preferences,
    change_preferences,
    audit_log,
    verify_audit,
    list_jobs,
    one_job,
    cancel,
    retry,
]
