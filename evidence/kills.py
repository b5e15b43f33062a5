"""Kills a real server at random moments while it takes events or imports a file, and looks what is left afterwards."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence.installation import Server, basic, environment, siyu

EVENTS_A_CALL = 20
PEOPLE = 50
LIFE_SECONDS = (0.05, 2.5)
"""How long a server lives between its address line and its end: drawn evenly."""
SETTLE_SECONDS_MAX = 120
LOOK_SECONDS = 1.0
"""What waits in the inbox is stored within it, on a machine that is not too busy."""


@dataclass
class Sender:
    """Sends numbered batches without pause, and remembers which were acknowledged.

    A batch without an answer is sent again with the same message ids, as a client does: both must count once.
    """

    server: Server
    key: str
    acknowledged: set[str] = field(default_factory=set[str])
    refused: Counter[int] = field(default_factory=Counter[int])
    unanswered: int = 0
    _next: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        waiting: list[dict[str, Any]] | None = None
        while not self._stop.is_set():
            batch = waiting or self._batch()
            try:
                answer = self.server.request("POST", "/v1/batch", {"batch": batch}, basic(self.key), seconds_max=10)
            except (OSError, ValueError):
                waiting = batch
                self.unanswered += 1
                self._stop.wait(0.05)
                continue
            if answer.status == 200:
                self.acknowledged.update(call["messageId"] for call in batch)
                waiting = None
            else:
                self.refused[answer.status] += 1
                waiting = batch
                self._stop.wait(0.05)

    def stop(self) -> None:
        self._stop.set()

    def _batch(self) -> list[dict[str, Any]]:
        first, self._next = self._next, self._next + EVENTS_A_CALL
        return [
            {
                "type": "track",
                "userId": f"u{number % PEOPLE}",
                "event": "page_viewed",
                "messageId": f"m{number}",
                "timestamp": "2026-01-01T00:00:00Z",
            }
            for number in range(first, self._next)
        ]


@dataclass(frozen=True)
class Survived:
    """What was found after the last restart. ``lost``: acknowledged, but not there; ``twice``: counted again."""

    kills: int
    acknowledged: int
    lost: int
    twice: int
    people: int
    unanswered: int


def kill_during_intake(home: Path, kills: int, seed: int) -> Survived:
    """Events over HTTP while the server is killed ``kills`` times; then all that was acknowledged is counted."""
    chance = random.Random(seed)
    server = Server(home).start()
    key = json.loads(server.siyu("key", "write", "chaos", "--kind", "server", "--json").text)["key"]
    sender = Sender(server, key)
    thread = threading.Thread(target=sender.run, name="sender", daemon=True)
    thread.start()
    try:
        for _ in range(kills):
            time.sleep(chance.uniform(*LIFE_SECONDS))
            server.kill()
            server.start()
    finally:
        sender.stop()
        thread.join(60)
    try:
        log = settled(server)
    finally:
        server.kill()
    return Survived(
        kills=kills,
        acknowledged=len(sender.acknowledged),
        lost=len(sender.acknowledged - set(log.stored)),
        twice=sum(times - 1 for times in log.stored.values()),
        people=log.people,
        unanswered=sender.unanswered,
    )


@dataclass(frozen=True)
class Log:
    """The event log: message id → how often it is there, of how many people; ``waiting``: bodies not in it yet."""

    stored: Mapping[str, int]
    people: int
    waiting: int


def settled(server: Server) -> Log:
    """The event log once nothing waits any more.

    The server stops in order first, because one process at a time opens the event log; it goes on only where
    something still waited.
    """
    until = time.monotonic() + SETTLE_SECONDS_MAX
    while True:
        time.sleep(LOOK_SECONDS)
        server.stop()
        log = stored_messages(server.home)
        if not log.waiting or time.monotonic() > until:
            return log
        server.start()


def stored_messages(home: Path) -> Log:
    """Read what is stored, in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-c", READ, str(home)], env=environment(), capture_output=True, text=True, check=True
    )
    return Log(*json.loads(ended.stdout.splitlines()[-1]))


READ = """
import json, sys
from pathlib import Path
import sqlalchemy as sa
from siyu.people.drain import backlog
from siyu.people.tables import batches
from siyu.storage import open_stores
stores = open_stores(Path(sys.argv[1]))
with stores.ledger.read() as conn:
    half_done = conn.execute(sa.select(sa.func.count()).where(batches.c.stored.is_(None))).scalar_one()
stored = dict(stores.events.rows("SELECT message_id, count() FROM events GROUP BY message_id"))
(people,) = stores.events.row("SELECT uniqExact(person) FROM events")
print(json.dumps([stored, people, backlog(stores) + half_done]))
stores.close()
"""


def kill_during_import(
    home: Path, file: Path, words: list[str], kills: int, seed: int
) -> tuple[int, Mapping[str, Any]]:
    """``siyu import`` killed ``kills`` times, each time begun again; how often it was cut off, and its report."""
    chance = random.Random(seed)
    command = [sys.executable, "-m", "siyu.cli", "--home", str(home), "import", "orders", str(file), *words, "--json"]
    cut_off = 0
    for _ in range(kills):
        process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(chance.uniform(0.5, 6))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            cut_off += 1
    ended = siyu(home, "import", "orders", str(file), *words, "--json")
    if ended.status != 0:
        raise RuntimeError(f"the import after the last kill did not end: {ended.error}")
    return cut_off, ended.json
