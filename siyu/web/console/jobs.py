"""Work in the background: what runs, what failed, how far it is; cancel and retry."""

from __future__ import annotations

from siyu.jobs import queue
from siyu.jobs.model import JobStatus
from siyu.storage import Conflict, Stores
from siyu.web import menu
from siyu.web.console.session import inner
from siyu.web.current import note
from siyu.web.job_words import names_like
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import SIGNED_IN, page, submit
from siyu.web.view import Html, View

menu.page("settings", "/jobs", "后台任务", "Background work", permission="jobs.read", order=80, letter="j")

COLUMNS = (
    Column("id", "编号", "Number", narrow=False),
    Column("name", "任务", "Job"),
    Column("state", "状态", "State"),
    Column("progress", "进度", "Progress"),
    Column("created", "开始", "Begun", narrow=False),
    Column("act", "操作", "Actions"),
)
STATES = ("waiting", "running", "done", "failed", "cancelled")


@page("/jobs", "jobs.read")
def jobs(view: View, stores: Stores) -> Html:
    listing = Listing.read("jobs", COLUMNS, filters=("state",), views=False)
    state = listing.filters["state"]
    found = queue.find(
        stores,
        names=names_like(listing.words) if listing.words else None,
        states=[state] if state in STATES else (),
        before=listing.before,
        rows_max=ASKED_MAX,
    )
    return view.render("jobs/list.html", fragment="list", listing=listing.cut(found, lambda job: job.id))


@page("/jobs/{number:int}/progress", SIGNED_IN)
def progress(view: View, stores: Stores, number: Id, done: str = "") -> Html:
    """The progress of one job, for the component that polls it; the numbers alone are no secret."""
    return view.render("jobs/progress.html", job=queue.status(stores, number), done=inner(done) if done else "")


@submit("/jobs/{number:int}/cancel", "jobs.write", audits="job_cancelled", about="job:{number}")
def cancel(view: View, stores: Stores, number: Id) -> Html:
    cancel_job(stores, number)
    return view.done(toast=("已请求取消", "Asked to cancel"), back="/jobs")


@submit("/jobs/{number:int}/retry", "jobs.write", audits="job_retried", about="job:{number}")
def retry(view: View, stores: Stores, number: Id) -> Html:
    again = retry_job(stores, number)
    note(again=again)
    return view.done(toast=("已重新排队", "Queued again"), back="/jobs")


def cancel_job(stores: Stores, number: int) -> JobStatus:
    """Ask a job to stop. Raises :class:`NotFound`, or :class:`Conflict` where it has ended."""
    queue.status(stores, number)
    with stores.ledger.write() as conn:
        if not queue.cancel(conn, number, stores.clock.now()):
            raise Conflict("job_ended", "任务已经结束。", "The job has ended already.")
    return queue.status(stores, number)


def retry_job(stores: Stores, number: int) -> int:
    """Queue a failed or cancelled job again as a new one; its number."""
    job = queue.status(stores, number)
    if job.state not in ("failed", "cancelled"):
        raise Conflict("job_not_failed", "只能重试失败或取消的任务。", "Only a failed or cancelled job can be retried.")
    with stores.ledger.write() as conn:
        return queue.enqueue(conn, job.name, job.arguments, key=job.key, now=stores.clock.now())


ROUTES = [jobs, progress, cancel, retry]
