"""Files of exports go after some days."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from siyu.jobs import enqueue
from siyu.jobs.worker import run_now
from siyu.people.exporting.keeping import FILE_DAYS
from siyu.people.exporting.running import ask_export, export_file
from siyu.storage import NotFound, Stores


def test_an_old_file_goes_and_a_new_one_stays(stores: Stores) -> None:
    old, new = ask_export(stores, "staff:1"), ask_export(stores, "staff:1")
    for number in (old, new):
        run_now(stores, number)
    past = (stores.clock.now() - timedelta(days=FILE_DAYS, minutes=1)).timestamp()
    os.utime(stores.home / "exports" / str(old), (past, past))
    now = stores.clock.now().timestamp()
    os.utime(stores.home / "exports" / str(new), (now, now))
    with stores.ledger.write() as conn:
        job = enqueue(conn, "forget_old_exports", {}, now=stores.clock.now())
    assert run_now(stores, job).result == {"gone": 1}
    with pytest.raises(NotFound):
        export_file(stores, old)
    assert export_file(stores, new).is_file()
