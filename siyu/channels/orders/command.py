"""What the API, the console and the command line ask of reading orders of before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

import siyu.channels.orders.tasks as _handlers  # registers the jobs
from siyu.channels.accounts import get_account
from siyu.channels.orders import backfill
from siyu.channels.orders.sources import source_of
from siyu.jobs import preferences, run_now
from siyu.jobs.queue import abandon_all
from siyu.storage import BadInput, SiyuError, Stores

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Watch = Callable[[int, int | None, str], None]


class BackfillAnswer(msgspec.Struct):
    """The last period of which orders are or were read. ``at``: what is before is read; ``found``: orders so far, new
    or not; ``state`` of its job; null where there was none."""

    account: int
    since: Moment | None
    until: Moment | None
    at: Moment | None
    found: int
    ended: Moment | None
    state: str | None
    error: dict[str, str] | None


def begin(stores: Stores, account: int, since: datetime, until: datetime) -> int:
    """Have the orders of a period read; the job's number. Raises :class:`NotFound`, :class:`BadInput`."""
    source = source_of(stores, get_account(stores, account).channel)
    try:
        return backfill.start_backfill(stores, source, account, since, until)
    finally:
        if source is not None:
            source.close()


def shown(stores: Stores, account: int) -> dict[str, Any]:
    """For the page: whether the account is ``able`` to, and its ``last`` reading."""
    found = get_account(stores, account)
    source = source_of(stores, found.channel)
    able = source is not None and source.pages_max > 0 and source.reads(found.settings)
    if source is not None:
        source.close()
    return {"able": able, "last": backfill.backfill_of(stores, account)}


def read_now(
    stores: Stores, account: int, since: datetime, until: datetime, *, alone: bool, watch: Watch
) -> BackfillAnswer:
    """Read a period to its end. Raises :class:`SiyuError`."""
    if alone:
        abandon_all(stores.ledger)
    ended = run_now(stores, begin(stores, account, since, until), watch)
    if ended.state == "failed" and ended.error is not None:
        raise SiyuError(ended.error["code"], ended.error["zh"], ended.error["en"])
    return status(stores, account)


def moment(stores: Stores, field: str, text: str) -> datetime:
    """A moment as people write it on a command line, in the installation's time zone where it names none. Raises
    :class:`BadInput`."""
    try:
        given = datetime.fromisoformat(text)
        return (given if given.tzinfo else given.replace(tzinfo=preferences.timezone(stores))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(
            "bad_moment",
            f"时间应写成 2026-11-22T08:00+08:00 这样，现在是 {text!r}。",
            f"Write the moment like 2026-11-22T08:00+08:00, not {text!r}.",
            field=field,
        ) from None


def status(stores: Stores, account: int) -> BackfillAnswer:
    """How far it is. Raises :class:`NotFound`."""
    get_account(stores, account)
    last = backfill.backfill_of(stores, account)
    if last is None:
        return BackfillAnswer(account, None, None, None, 0, None, None, None)
    job = last.job
    error = None if job is None or job.error is None else dict(job.error)
    state = None if job is None else job.state
    return BackfillAnswer(account, last.since, last.until, last.at, last.found, last.ended, state, error)


__all__ = ["BackfillAnswer", "_handlers", "begin", "moment", "read_now", "shown", "status"]
