"""What was committed is carried from the log into the file beside those who write, and the log stays short."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from siyu.storage import Ledger, checkpoints

FRAME_BYTES = 4_096 + 24
TABLE = sa.table("kept", sa.column("id", sa.Integer), sa.column("body", sa.LargeBinary))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    monkeypatch.setattr(checkpoints, "PAUSE_SECONDS", 0.01)
    made = opened(file)
    yield made
    made.close()


def opened(file: Path) -> Ledger:
    made = Ledger(f"sqlite:///{file}")
    with made.write() as conn:
        conn.exec_driver_sql("CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, body BLOB)")
    return made


def write(ledger: Ledger, pages: int = 1) -> None:
    with ledger.write() as conn:
        conn.execute(sa.insert(TABLE).values(body=b"x" * 4_000 * pages))


def count(ledger: Ledger) -> int:
    with ledger.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(TABLE)).scalar_one()


def log_of(file: Path) -> Path:
    return file.with_name(file.name + "-wal")


def in_file_alone(file: Path, beside: Path) -> int:
    """Rows that the file holds without its log, as it is now."""
    beside.write_bytes(file.read_bytes())
    with closing(sqlite3.connect(f"file:{beside}?immutable=1", uri=True)) as conn:
        return conn.execute("SELECT count(*) FROM kept").fetchone()[0]


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.01)


def carried_over(file: Path, rows: int) -> Callable[[], bool]:
    def look() -> bool:
        try:
            return in_file_alone(file, file.with_name("beside.db")) == rows
        except sqlite3.DatabaseError:  # it was being written
            return False

    return look


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "checkpoints"]


def test_what_is_committed_is_carried_into_the_file_a_moment_later(ledger: Ledger, file: Path) -> None:
    for _ in range(5):
        write(ledger)
    until(carried_over(file, 5))


def test_beside_steady_writing_the_log_is_written_from_the_beginning_again(
    ledger: Ledger, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "FRAMES_APART", 100)
    ends = time.monotonic() + 20
    for written in range(1, 100_000):
        write(ledger, pages=10)
        assert time.monotonic() < ends, "the log never began again"
        if written * 10 * FRAME_BYTES > 3 * log_of(file).stat().st_size:
            return


def test_a_commit_carries_nothing_over_itself(ledger: Ledger, file: Path) -> None:
    """As long as the log is of a usual size."""
    ledger.close()  # and with it the thread
    for _ in range(50):
        write(ledger, pages=50)
    assert log_of(file).stat().st_size > 50 * 50 * 4_000
    ledger.close()


def test_a_log_that_nobody_carries_over_is_bounded_by_the_commits_themselves(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siyu.storage.ledger.FRAMES_MAX", 200)
    monkeypatch.setattr(checkpoints.Checkpoints, "wrote", lambda _: None)
    ledger = opened(file)
    for _ in range(300):
        write(ledger, pages=10)
    assert not threads()
    assert log_of(file).stat().st_size < 2 * 200 * FRAME_BYTES
    ledger.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_begun_again_by_the_next_write(
    ledger: Ledger, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> int:
        raise SystemExit

    until(lambda: len(threads()) == 1)
    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, "_checkpoint", dies)
        write(ledger)
        until(lambda: not threads())
    write(ledger)
    until(carried_over(file, 2))


def test_an_error_is_met_and_the_next_try_carries_everything_over(
    ledger: Ledger, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = threading.Event()

    def fails(*_: object) -> int:
        met.set()
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, "_checkpoint", fails)
        write(ledger)
        assert met.wait(20)
    write(ledger)
    until(carried_over(file, 2))


def test_a_reader_in_the_past_keeps_its_snapshot_and_holds_nobody_up(ledger: Ledger, file: Path) -> None:
    write(ledger)
    with ledger.read() as conn:
        seen = sa.select(sa.func.count()).select_from(TABLE)
        assert conn.execute(seen).scalar_one() == 1
        for _ in range(50):
            write(ledger, pages=5)
        assert conn.execute(seen).scalar_one() == 1
    write(ledger)
    until(carried_over(file, 52))


def test_closing_carries_over_what_is_left_and_takes_the_log_away(file: Path) -> None:
    ledger = opened(file)
    write(ledger)
    ledger.close()  # at once: the thread has not come to it
    assert not threads()
    assert not log_of(file).exists()
    with closing(sqlite3.connect(file)) as conn:
        assert conn.execute("SELECT count(*) FROM kept").fetchone() == (1,)


def test_a_ledger_that_was_closed_begins_no_thread_any_more(file: Path) -> None:
    ledger = opened(file)
    ledger.close()
    write(ledger)
    assert not threads()
    ledger.close()


def beginning_of(file: Path) -> bytes:
    """Of the log: another one each time it is written from the beginning."""
    return log_of(file).read_bytes()[12:24]


def test_the_log_is_not_begun_anew_while_something_is_carried_over(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite before 3.51.3 takes what is written to it then for carried over."""
    monkeypatch.setattr(checkpoints.Checkpoints, "wrote", lambda _: None)  # this test carries over itself
    ledger = opened(file)
    write(ledger)
    before = beginning_of(file)
    seen: list[bytes] = []
    passive = checkpoints._passive  # pyright: ignore[reportPrivateUsage]

    def beside_a_write(cursor: Any) -> int:
        frames = passive(cursor)
        write(ledger)  # everything is carried over: without the reader this begins the log anew
        seen.append(beginning_of(file))
        return frames

    monkeypatch.setattr(checkpoints, "_passive", beside_a_write)
    carry_over_once(file)
    assert seen == [before]
    ledger.close()


def test_where_nothing_is_left_a_write_that_begins_the_log_anew_is_left_alone(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints.Checkpoints, "wrote", lambda _: None)
    ledger = opened(file)
    write(ledger)
    carry_over_once(file)
    before, told = beginning_of(file), list[tuple[int, ...]]()

    def beside_a_write(cursor: Any) -> int:
        write(ledger)
        told.append(cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone())
        return 0

    monkeypatch.setattr(checkpoints, "_passive", beside_a_write)
    carry_over_once(file)
    assert beginning_of(file) != before
    assert [carried for _, _, carried in told] == [0]
    ledger.close()
    with closing(sqlite3.connect(file)) as conn:
        assert conn.execute("SELECT count(*) FROM kept").fetchone() == (2,)


def carry_over_once(file: Path) -> None:
    pair = [sqlite3.connect(file, isolation_level=None) for _ in range(2)]
    checkpoints._checkpoint(*pair)  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    for each in pair:
        each.close()


KILLED = """
import sys
from siyu.storage import checkpoints
from tests.storage.test_checkpoints import Path, opened, write
checkpoints.PAUSE_SECONDS, checkpoints.FRAMES_APART = 0.001, 50
ledger = opened(Path(sys.argv[1]))
for number in range(1_000_000):
    write(ledger, pages=3)
    print(number + 1, flush=True)
"""


@pytest.mark.parametrize("lines", [20, 150, 400])
def test_what_was_acknowledged_outlives_a_kill_among_checkpoints(file: Path, lines: int) -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(file)], stdout=subprocess.PIPE, text=True, cwd=root, env={**os.environ}
    ) as process:
        assert process.stdout is not None
        told = 0
        for _ in range(lines):
            told = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split("\n")[:-1]
    told = int(rest[-1]) if rest else told
    ledger = opened(file)
    with ledger.read() as conn:
        assert conn.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    assert told <= count(ledger) <= told + 1
    ledger.close()


def test_a_write_that_fails_wakes_nobody(ledger: Ledger) -> None:
    with pytest.raises(OperationalError), ledger.write() as conn:
        conn.exec_driver_sql("INSERT INTO nothing VALUES (1)")
    write(ledger)
    assert count(ledger) == 1
