"""The jobs that read a company: whole when asked for and every night; what changed, seconds after callbacks."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from siyu.channels.wecom.marking import MARK, mark
from siyu.channels.wecom.sync.changed import read_changed
from siyu.channels.wecom.sync.company import followers, read_company, read_tags
from siyu.channels.wecom.sync.contacts import read_contacts
from siyu.channels.wecom.sync.context import SYNC_PATIENCE_SECONDS, Reading
from siyu.channels.wecom.sync.groups import read_groups
from siyu.channels.wecom.syncing import ALL, SYNC, contacts_known, start_sync
from siyu.channels.wecom.wanted import REREAD
from siyu.channels.wecom.working import accounts_in_use, working_for
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.storage import Stores


@contextmanager
def reading_of(stores: Stores, job: Job, number: int = 0) -> Generator[Reading]:
    """What a job needs to read its account (or the one of that number)."""
    with working_for(stores, job, number, patience=SYNC_PATIENCE_SECONDS) as (account, client):
        yield Reading(stores, client, account, job)


_READS: Mapping[str, Callable[[Reading], None]] = {
    "tags": read_tags,
    "members": read_company,
    "contacts": lambda reading: read_contacts(reading, followers(reading)),
    "groups": lambda reading: read_groups(reading, followers(reading)),
}


@handles(SYNC)
def sync(stores: Stores, job: Job) -> dict[str, Any]:
    """Read tags, members, contacts and groups, or what ``only`` names; cut off, it goes on where it was."""
    with reading_of(stores, job) as reading:
        reading.expected = contacts_known(stores, reading.account.id) or None
        for what in job.arguments.get("only") or ALL:
            reading.progress(0, what)
            _READS[what](reading)
        return {"account": reading.account.id, "read": reading.read, "news": reading.told, "skipped": reading.skipped}


@handles(REREAD)
def reread(stores: Stores, job: Job) -> dict[str, Any]:
    """Read again what callbacks said has changed."""
    with reading_of(stores, job) as reading:
        read_changed(reading)
        return {"account": reading.account.id, "read": reading.read, "news": reading.told}


@handles(MARK)
def mark_tags(stores: Stores, job: Job) -> dict[str, Any]:
    """Mark the tags that wait."""
    with reading_of(stores, job) as reading:
        return {"account": reading.account.id, "settled": mark(reading)}


@handles("wecom_sync_all")
def sync_all(stores: Stores, job: Job) -> dict[str, Any]:
    """Every night: callbacks may have been missed while the server was away for longer than the platform tries."""
    with stores.ledger.read() as conn:
        numbers = accounts_in_use(conn)
    return {"jobs": [start_sync(stores, number) for number in numbers]}


schedule("wecom_sync_all", "10 3 * * *", "wecom_sync_all")
