"""What ``siyu account sync …`` answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import siyu.channels.wecom.tasks as _handlers  # registers the jobs
from siyu.channels.wecom.syncing import start_sync, sync_status
from siyu.jobs import run_to_end
from siyu.storage import Stores

Watch = Callable[[int, int | None, str], None]


def sync(stores: Stores, account: int, only: Sequence[str], *, alone: bool, watch: Watch) -> Mapping[str, Any]:
    """Read a company to the end; how it ended. Raises :class:`SiyuError`."""
    run_to_end(stores, lambda: start_sync(stores, account, only), alone=alone, watch=watch)
    return status(stores, account)


def status(stores: Stores, account: int) -> Mapping[str, Any]:
    """The latest sync of an account and what is in the mirror."""
    found = sync_status(stores, account)
    job = found.job
    return {
        "account": account,
        "state": None if job is None else job.state,
        "stage": "" if job is None else job.stage,
        "done": 0 if job is None else job.done,
        "all": None if job is None else job.all,
        "error": None if job is None or job.error is None else dict(job.error),
        "counts": dict(found.counts),
        "ended": dict(found.ended),
    }


__all__ = ["_handlers", "status", "sync"]
