"""One file that holds an installation on files: ``siyu backup`` while it runs, ``siyu restore`` into an empty home.

The ledger is copied first, as one snapshot; what comes after agrees with it. The inbox is copied later, so it holds
at least all that the snapshot has not drained yet. Of the event log only the batches are taken that the snapshot
knows as stored: the others are drained again from the inbox, as after a crash. What the event log derives (people,
aliases, sums per person) is made anew from the ledger.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import sqlalchemy as sa

from siyu.people import projection
from siyu.people.tables import batches, changed_people, people
from siyu.storage import BadInput, Conflict, Ledger, Stores, Unavailable, migrations
from siyu.storage.copies import copy_in, copy_out, damaged, pieces
from siyu.storage.ledger import Instant

FORMAT = 1
MANIFEST, LEDGER, INBOX, CALLBACKS = "manifest.json", "ledger.db", "inbox.db", "callbacks.db"
FOLDERS = ("imports", "rehearsal")
"""Of the home: received files with their refused rows, and the rehearsal shop. Exports are made anew."""
KEY = "secret.key"

Watch = Callable[[int, int | None, str], None]


@dataclass(frozen=True, slots=True)
class Held:
    """What a backup says of itself."""

    at: datetime
    people: int
    events: int
    with_key: bool
    version: str

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "at": self.at.isoformat(),
            "people": self.people,
            "events": self.events,
            "with_key": self.with_key,
            "version": self.version,
        }


def back_up(stores: Stores, target: Path, *, version: str, with_key: bool, watch: Watch) -> Held:
    """Write the backup; the file is there only once it is whole. For this user's eyes alone.

    Raises :class:`Conflict` on PostgreSQL, which has means of its own, :class:`BadInput` where the file
    can't be written.
    """
    if stores.ledger.dialect != "sqlite":
        raise Conflict(
            "backup_of_postgresql",
            "状态库在 PostgreSQL 上：请停止所有 siyu 进程，用 pg_dump 备份它，并复制整个数据目录"
            "（见指南“部署与备份”）。",
            "The ledger is on PostgreSQL: stop every siyu process, back it up with pg_dump, and copy the home folder "
            "(see the guide, “Deploy and back up”).",
        )
    part = target.with_name(target.name + ".part")
    try:
        with TemporaryDirectory(dir=target.parent, prefix=".siyu-backup-") as folder, _private(part) as file:
            held = _written(stores, file, Path(folder), version, with_key, watch)
        part.replace(target)
    except OSError as error:
        raise BadInput(
            "backup_not_writable",
            f"无法写入 {target}：{error.strerror}。没有写出备份。",
            f"{target} can't be written: {error.strerror}. No backup was made.",
            field="file",
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return held


@contextmanager
def _private(path: Path) -> Generator[IO[bytes]]:
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _written(stores: Stores, file: IO[bytes], folder: Path, version: str, with_key: bool, watch: Watch) -> Held:
    at = stores.clock.now()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1, allowZip64=True) as archive:
        watch(0, None, "ledger")
        copy_out(stores.ledger, folder / LEDGER)
        last, unfinished, counted = _boundary(folder / LEDGER)
        watch(0, None, "inbox")
        stores.inbox.copy_out(folder / INBOX)
        stores.callbacks.copy_out(folder / CALLBACKS)
        for name in (LEDGER, INBOX, CALLBACKS):
            archive.write(folder / name, name)
            (folder / name).unlink()
        events = _write_events(stores, archive, {"last": last, "open": unfinished}, watch)
        _write_files(stores.home, archive, with_key)
        held = Held(at, counted, events, with_key, version)
        archive.writestr(MANIFEST, json.dumps(held.as_json()))
    return held


def _boundary(copy: Path) -> tuple[int, list[int], int]:
    """The last batch of a ledger's copy, those not stored yet, and its people."""
    with closing(Ledger(f"sqlite:///{copy}")) as ledger, ledger.read() as conn:
        last = conn.execute(sa.select(sa.func.max(batches.c.id))).scalar_one() or 0
        unfinished = list(conn.execute(sa.select(batches.c.id).where(batches.c.stored.is_(None))).scalars())
        counted = conn.execute(sa.select(sa.func.count()).select_from(people)).scalar_one()
    return last, unfinished, counted


def _write_events(stores: Stores, archive: zipfile.ZipFile, bound: Mapping[str, Any], watch: Watch) -> int:
    taken = "batch <= {last:UInt64} AND NOT has({open:Array(UInt64)}, batch)"
    months = stores.events.rows(
        f"SELECT toYYYYMM(time) AS month, count() FROM events WHERE {taken} GROUP BY month ORDER BY month", bound
    )
    total = sum(count for _, count in months)
    done = 0
    for month, count in months:
        asked = {**bound, "month": month}
        sql = f"SELECT * FROM events WHERE toYYYYMM(time) = {{month:UInt32}} AND {taken}"
        _dump(stores, archive, f"events/events-{month}.native", sql, asked)
        done += count
        watch(done, total, "events")
    _dump(stores, archive, "events/audience_states.native", "SELECT * FROM audience_states", {})
    return total


def _dump(stores: Stores, archive: zipfile.ZipFile, name: str, sql: str, asked: Mapping[str, Any]) -> None:
    with stores.events.dumped(sql, asked) as rows, archive.open(name, "w", force_zip64=True) as member:
        for piece in pieces(rows):
            member.write(piece)


def _write_files(home: Path, archive: zipfile.ZipFile, with_key: bool) -> None:
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            if path.is_file():
                archive.write(path, f"files/{path.relative_to(home)}")
    if with_key and (home / KEY).is_file():
        archive.write(home / KEY, KEY)


def restore(stores: Stores, source: Path, *, watch: Watch) -> Held:
    """Bring a backup back into stores that are new. Cut off, it is simply run again.

    Raises :class:`BadInput` for what is no whole backup, :class:`Conflict` where there is something already.
    """
    _only_into_nothing(stores)
    try:
        with zipfile.ZipFile(source) as archive, TemporaryDirectory(dir=stores.home, prefix=".restore-") as folder:
            held = _manifest(archive)
            if archive.testzip() is not None:
                raise damaged()
            for name in (LEDGER, INBOX, CALLBACKS):
                archive.extract(name, folder)
            _read_files(stores.home, archive)
            _read_events(stores, archive, held, watch)
            stores.inbox.copy_in(Path(folder) / INBOX)
            stores.callbacks.copy_in(Path(folder) / CALLBACKS)
            copy_in(stores.ledger, Path(folder) / LEDGER)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise damaged() from error
    except FileNotFoundError as error:
        raise BadInput("file_not_found", f"没有文件 {source}。", f"There is no file {source}.", field="file") from error
    migrations.upgrade(stores.ledger)
    _project(stores, watch)
    return held


def _only_into_nothing(stores: Stores) -> None:
    if stores.ledger.dialect != "sqlite" or not stores.alone:
        raise Unavailable(
            "restore_alone",
            "恢复时数据目录不能有服务在运行，且状态库须为 SQLite。请先停止服务，用 --home 指定一个新目录。",
            "A restore needs a home folder without a running server, and a ledger on SQLite. Stop the server and give "
            "a new folder with --home.",
        )
    with stores.ledger.read() as conn:
        found = conn.execute(sa.select(people.c.person).limit(1)).first()
    if found is not None or stores.inbox.last():
        raise Conflict(
            "home_not_empty",
            "这个数据目录已有数据，不会被覆盖。请用 --home 指定一个新目录。",
            "This home folder holds data already, which is not overwritten. Give a new one with --home.",
        )


def _manifest(archive: zipfile.ZipFile) -> Held:
    told = json.loads(archive.read(MANIFEST))
    if told.get("format") != FORMAT:
        raise BadInput(
            "backup_newer",
            "这个备份由更新版本的 Siyu 写出，请先升级。",
            "This backup was written by a newer version of Siyu; upgrade first.",
            field="file",
        )
    at = datetime.fromisoformat(told["at"])
    return Held(at, told["people"], told["events"], told["with_key"], told["version"])


def _read_files(home: Path, archive: zipfile.ZipFile) -> None:
    for name in archive.namelist():
        if name.startswith("files/"):
            path = (home / name.removeprefix("files/")).resolve()
            if not path.is_relative_to(home.resolve()):
                raise damaged()
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with archive.open(name) as read, path.open("wb") as file:
                file.writelines(pieces(read))
        elif name == KEY:
            (home / KEY).unlink(missing_ok=True)
            with _private(home / KEY) as file:
                file.write(archive.read(KEY))


def _read_events(stores: Stores, archive: zipfile.ZipFile, held: Held, watch: Watch) -> None:
    for table in ("events", "person_stats", "people", "aliases", "audience_states"):
        stores.events.command(f"TRUNCATE TABLE {table}")
    names = [name for name in archive.namelist() if name.startswith("events/")]
    for done, name in enumerate(names, 1):
        table = Path(name).stem.partition("-")[0]
        if archive.getinfo(name).file_size:
            with archive.open(name) as rows:
                stores.events.load(table, rows)
        watch(done, len(names), "events")
    (stored,) = stores.events.row("SELECT count() FROM events")
    if stored != held.events:
        raise damaged()


def _project(stores: Stores, watch: Watch) -> None:
    """Have the event log's people made from the ledger, all of them."""
    with stores.ledger.write() as conn:
        everybody = sa.select(people.c.person, sa.literal(stores.clock.now(), Instant))
        conn.execute(sa.insert(changed_people).from_select(["person", "at"], everybody))
        total = conn.execute(sa.select(sa.func.count()).select_from(changed_people)).scalar_one()
    done = 0
    while worked := projection.project(stores):
        done += worked
        watch(done, total, "people")
