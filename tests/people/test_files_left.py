"""Files with people in them do not outlive their time, and an erasure says which are left."""

from __future__ import annotations

from datetime import timedelta

from siyu.jobs import enqueue, preferences, queue, run_due
from siyu.jobs.worker import run_now
from siyu.people import erasure
from siyu.people.exporting.running import ask_export
from siyu.people.files_left import IMPORT_DAYS, files_left
from siyu.people.importing import records
from siyu.storage import ManualClock, Stores
from tests.people.importing.shop import brought_in, table


def _bring(stores: Stores) -> None:
    brought_in(stores, table("13800138000,王芳,上海", header="手机号,姓名,城市"), kind="people")


def _sweep(stores: Stores) -> object:
    with stores.ledger.write() as conn:
        job = enqueue(conn, "forget_old_uploads", {}, now=stores.clock.now())
    return run_now(stores, job).result


def _later(stores: Stores, days: int) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(days=days))


def test_an_upload_goes_after_its_days_and_its_record_stays(stores: Stores) -> None:
    _bring(stores)
    (found,) = records.history(stores)
    assert found.folder.is_dir()
    _later(stores, 29)
    assert _sweep(stores) == {"gone": 0, "broken_off": 0}
    _later(stores, 2)
    assert _sweep(stores) == {"gone": 1, "broken_off": 0}
    (found,) = records.history(stores)
    assert not (stores.home / records.IMPORTS_FOLDER / str(found.id)).exists()
    assert found.state == "done"
    assert all(column["samples"] == [] for column in found.report["columns"])


def test_the_days_are_a_setting(stores: Stores) -> None:
    _bring(stores)
    with stores.ledger.write() as conn:
        preferences.put(conn, IMPORT_DAYS, 1, at=stores.clock.now(), by="staff:1")
    _later(stores, 2)
    assert _sweep(stores) == {"gone": 1, "broken_off": 0}


def test_an_erasure_says_which_files_are_left_and_until_when(stores: Stores) -> None:
    _bring(stores)
    run_now(stores, ask_export(stores, "staff:1"))
    job = erasure.erase(stores, "staff:1", 1)
    run_due(stores)
    told = (queue.status(stores, job).result or {})["files"]
    assert sorted(each["kind"] for each in told) == ["export", "import"]
    days = {each.kind: (each.goes - stores.clock.now()).days for each in files_left(stores, stores.clock.now())}
    assert days == {"export": 7, "import": 30}


def test_a_file_made_after_the_erasure_is_not_listed(stores: Stores) -> None:
    before = stores.clock.now()
    _later(stores, 1)
    run_now(stores, ask_export(stores, "staff:1"))
    assert files_left(stores, before) == []
