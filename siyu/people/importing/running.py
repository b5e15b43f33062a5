"""An import, stage by stage: read and stage → find the people → store the events → report.

Each stage is written down when it is done, and each can be done again from its beginning: a process that dies at any
moment leaves an import that goes on with the stage it was in, and ends with the same figures.
"""

from __future__ import annotations

import threading
import time as machine_time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl
import sqlalchemy as sa

from siyu.jobs.model import Cancelled, Job, handles
from siyu.people.importing import records, report
from siyu.people.importing.claims import claim_of
from siyu.people.importing.facts import FactRows
from siyu.people.importing.hands import ahead, side_by_side
from siyu.people.importing.model import Plan, Rejected
from siyu.people.importing.opening import open_planned
from siyu.people.importing.orders import OrderRows
from siyu.people.importing.parsing import Checks
from siyu.people.importing.profiles import ProfileRows, ProfileStore
from siyu.people.importing.reading import Chunk, no_rows
from siyu.people.importing.records import Import
from siyu.people.importing.rejects import Rejects
from siyu.people.importing.rows import RowReader
from siyu.people.importing.staging import Slice, Staging
from siyu.people.importing.storing import FactStore, OrderStore, close_batch, open_batch
from siyu.people.importing.texts import BLOCK_BYTES
from siyu.people.resolving import resolve
from siyu.people.tables import batches, people
from siyu.storage import CHUNK_ROWS, SiyuError, Stores, in_chunks

_TURNS: dict[str, threading.Lock] = {}
_TURNS_LOCK = threading.Lock()


class PartStore(Protocol):
    """Stores one slice of the staged rows, as often as it is asked to: again changes nothing."""

    @property
    def hands(self) -> int:
        """How many slices may be stored at once."""
        ...

    def store(self, part: Slice) -> None: ...


@handles("check_import")
def check_import(stores: Stores, job: Job) -> dict[str, Any]:
    """Read the whole file and say what importing it would do; nothing is stored of it."""
    with _ended_well(stores, job) as number:
        return dict(Run(stores, number, job).check())


@handles("run_import")
def run_import(stores: Stores, job: Job) -> dict[str, Any]:
    """Import the file; the report."""
    with _ended_well(stores, job) as number:
        return dict(Run(stores, number, job).complete())


@contextmanager
def _ended_well(stores: Stores, job: Job) -> Generator[int]:
    """Write down how the import ended where it did not end well; a fault that may pass leaves it running."""
    number = int(job.arguments["import"])
    try:
        yield number
    except Cancelled:
        _give_up(stores, number, "cancelled", None)
        raise
    except SiyuError as error:
        if error.status < 500:
            _give_up(stores, number, "failed", error)
        raise


def _give_up(stores: Stores, number: int, state: str, error: SiyuError | None) -> None:
    found = records.get(stores, number)
    Staging(stores.events, number, found.kind).drop()
    now = stores.clock.now()
    told = {} if error is None else {"error": {"code": error.code, "zh": error.zh, "en": error.en}}
    with stores.ledger.write() as conn:
        conn.execute(
            sa.update(batches)
            .where(batches.c.stream == found.stream, batches.c.stored.is_(None))
            .values(stored=now, events=sa.func.coalesce(batches.c.events, 0))
        )
        records.update(conn, number, state=state, stage="kept", finished=now, report={**found.report, **told})


@dataclass
class Run:
    """One run of one import."""

    stores: Stores
    number: int
    job: Job
    block_bytes: int = BLOCK_BYTES

    def __post_init__(self) -> None:
        self._began = machine_time.monotonic()
        self._import = records.get(self.stores, self.number)
        self._staging = Staging(self.stores.events, self.number, self._import.kind)

    @property
    def _plan(self) -> Plan:
        return self._import.plan

    # --- stages

    def check(self) -> Mapping[str, Any]:
        """Stage the rows and sum them up."""
        if not self._staged():
            self._stage()
        self.job.progress(0, None, "summing")
        found = report.expected(self.stores, self._import, self._staging)
        with self.stores.ledger.write() as conn:
            self.job.still_mine(conn)
            records.update(conn, self.number, state="checked", report={**self._import.report, "check": found})
        return found

    def complete(self) -> Mapping[str, Any]:
        """Everything that is still to do."""
        if self._import.state == "done":
            return self._import.report["result"]
        if not self._staged():
            self._stage()
        rows = self._staging.count()
        new_people = self._find_people()
        with _turn(self.stores, self._plan.source):
            batch = self._store(rows)
        return self._finish(batch, rows, new_people)

    def _staged(self) -> bool:
        return self._import.stage in ("staged", "storing") and self._staging.exists()

    def _stage(self) -> None:
        """Read the file, refuse what can't be used, and stage the rest."""
        table = open_planned(self._import.path, self._import.file_name, self._plan, block_bytes=self.block_bytes)
        rejects = Rejects(self._import.folder / "rejects.csv", table.columns)
        self._staging.begin()
        rows = 0
        # Three hands: one decodes the file, one checks its cells, this one writes. Only this one reports.
        for found, staged, checks in ahead(self._judged(ahead(table.chunks()))):
            rejects.add(found, checks)
            self._staging.add(staged)
            rows += len(found.rows) + len(found.broken)
            self.job.progress(found.done, table.size, "reading")
        if rows == 0:
            raise no_rows()
        self._note(
            stage="staged",
            rejects_path=str((self._import.folder / "rejects.csv").relative_to(self.stores.home)),
            report={**self._import.report, "read": _read(rows, rejects.rejected)},
        )

    def _judged(self, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, pl.DataFrame, Checks]]:
        """Each chunk with what is staged of it and why the rest is refused."""
        reader = self._reader()
        for chunk in chunks:
            yield chunk, *reader.read(chunk)

    def _reader(self) -> RowReader:
        now = self.stores.clock.now()
        match self._plan.kind:
            case "orders":
                return OrderRows(self._plan, now)
            case "events":
                return FactRows(self._plan, now)
            case "people":
                return ProfileRows(self._plan, now)

    def _find_people(self) -> int:
        """The node of every claim; how many persons are new."""
        before = self._people_before()
        claims = self._staging.claims()
        self._staging.begin_people()
        new: set[int] = set()
        for place, part in enumerate(in_chunks(claims)):
            self.job.progress(place * CHUNK_ROWS, len(claims), "people")
            with self.stores.ledger.write() as conn:
                self.job.still_mine(conn)
                nodes = resolve(conn, self.stores.clock.now(), self._plan.source, [claim_of(claim) for claim in part])
            self._staging.add_people(part, nodes)
            new.update(node for node in nodes if node > before)
        return len(new)

    def _people_before(self) -> int:
        """The highest person number when this import first looked: what is above came with it."""
        before = self._import.report.get("people_before")
        if before is None:
            with self.stores.ledger.read() as conn:
                before = conn.execute(sa.select(sa.func.max(people.c.person))).scalar_one() or 0
            self._note(stage="storing", report={**self._import.report, "people_before": before})
        return int(before)

    def _store(self, rows: int) -> int:
        with self.stores.ledger.write() as conn:
            self.job.still_mine(conn)
            batch = open_batch(conn, self._import.stream, self.stores.clock.now(), rows)
        slices = self._staging.slices(rows)
        store = self._part_store(batch)
        for done, _ in enumerate(side_by_side(store.store, slices, store.hands)):
            self.job.progress(done + 1, len(slices), "storing")
        return batch

    def _part_store(self, batch: int) -> PartStore:
        match self._plan.kind:
            case "orders":
                return OrderStore(self.stores, self._staging, self._plan.source, batch)
            case "events":
                return FactStore(self.stores, self._staging, self._plan.source, batch)
            case "people":
                return ProfileStore(self.stores, self._staging, self._import)

    def _finish(self, batch: int, rows: int, new_people: int) -> Mapping[str, Any]:
        result = report.result(self.stores, self._import, batch, rows, new_people)
        result["seconds"] = round(machine_time.monotonic() - self._began, 2)
        now = self.stores.clock.now()
        with self.stores.ledger.write() as conn:
            self.job.still_mine(conn)
            close_batch(conn, batch, now, int(result["events"]))
            records.update(
                conn,
                self.number,
                state="done",
                stage="done",
                finished=now,
                report={**self._import.report, "result": result},
            )
        self._staging.drop()
        return result

    def _note(self, **values: Any) -> None:
        with self.stores.ledger.write() as conn:
            self.job.still_mine(conn)
            records.update(conn, self.number, **values)
        self._import = records.get(self.stores, self.number)


def _read(rows: int, rejected: Rejected) -> dict[str, Any]:
    return {"rows": rows, "rejected": rejected.total, "reasons": rejected.as_json()}


@contextmanager
def _turn(stores: Stores, source: str) -> Generator[None]:
    """Imports of one source store one after another, or two could store one order's line each as new."""
    with _TURNS_LOCK:
        turn = _TURNS.setdefault(source, threading.Lock())
    with turn:
        if stores.ledger.dialect == "sqlite":
            yield
            return
        with stores.ledger.read() as conn:  # given back with the transaction, however it ends
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"import:{source}"))))
            yield


__all__ = ["Import", "Run", "check_import", "run_import"]
