"""``kill -9`` again and again while a broadcast is written and sent: each person's message arrives under one id."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from evidence.answering import Answering
from evidence.broadcast_world import REFUSED_EVERY, add_people
from evidence.harness import REPOSITORY, Evidence, Scale, at_least, equal, fresh_home
from siyu.channels import channels_of
from siyu.channels.accounts import open_account
from siyu.reach.broadcasts import draft_broadcast, get_broadcast, start_broadcast
from siyu.reach.delivery import Deliverer
from siyu.reach.guard import set_rule
from siyu.reach.intending import intend_broadcast
from siyu.reach.links import installation_name
from siyu.reach.membership import Membership
from siyu.reach.model import Draft
from siyu.reach.outbox import delivery_id
from siyu.reach.tables import outbox
from siyu.storage import Stores, open_stores

CLAIM = "broadcast.once"
SEED = 11


def measure(scale: Scale) -> Evidence:
    kills, people = (50, 60_000) if scale == "full" else (3, 16_000)
    chance = random.Random(SEED)
    with fresh_home() as home, _Receiver() as receiver:
        broadcast = _prepared(home, f"{receiver.address}/hook", people)
        killed = 0
        for _ in range(kills):
            killed += _killed(home, broadcast, people, chance.uniform(0.2, 1.6))
        subprocess.run(_sender(home, broadcast, people), cwd=REPOSITORY, check=True, timeout=900)
        ids, persons, unknown = _settled(home)
    received, expected = receiver.received, people - people // REFUSED_EVERY
    return Evidence(
        CLAIM,
        f"{people:,} people, {kills} × kill -9, SQLite",
        [
            equal("people_with_a_message", persons, expected),
            equal("ids_received", len(set(received)), expected),
            equal("ids_received_that_are_not_theirs", len(set(received) - ids), 0),
            equal("unknown", unknown, 0),
            at_least("killed_at_work", killed, 1, timed=False),
        ],
        {"received_with_repeats": len(received)},
    )


def _prepared(home: Path, url: str, people: int) -> int:
    stores = open_stores(home)
    channels = channels_of()
    add_people(stores.ledger, people, datetime.now(UTC))
    set_rule(stores, "evidence", "quiet_hours", {}, enabled=False)
    account, _ = open_account(stores, channels, channel="webhook", name="evidence", settings={"url": url})
    draft = Draft("evidence", 1, [account], {"webhook": {"text": "{{ person.name }}好"}}, holdout_percent=0)
    broadcast = draft_broadcast(stores, channels, "evidence", draft)
    start_broadcast(stores, channels, broadcast)
    channels.close()
    stores.close()
    return broadcast


def _sender(home: Path, broadcast: int, people: int) -> list[str]:
    return [sys.executable, "-m", "evidence.broadcast_once", str(home), str(broadcast), str(people)]


def _killed(home: Path, broadcast: int, people: int, seconds: float) -> int:
    """Start the sender, kill it so many seconds after it began to work; whether it was still at work."""
    running = subprocess.Popen(
        _sender(home, broadcast, people), cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert running.stdout is not None
    running.stdout.readline()  # it says so when its stores are open
    time.sleep(seconds)
    at_work = running.poll() is None
    if at_work:
        os.kill(running.pid, signal.SIGKILL)
    running.wait()
    running.stdout.close()
    return int(at_work)


def send(home: Path, broadcast: int, people: int) -> None:
    """The sender, in a process of its own: writes and delivers what is left, side by side, until it is done."""
    stores = open_stores(home)
    channels = channels_of()
    sys.stdout.write("open\n")
    sys.stdout.flush()

    def members(_: Stores, audience: int) -> Membership:
        return Membership(1, {}, np.arange(1, people + 1, dtype=np.uint32))

    def write() -> None:
        intend_broadcast(stores, channels, members, broadcast, lambda *_: None)

    writing = threading.Thread(target=write)
    writing.start()
    deliverer = Deliverer(stores, channels)
    deliverer.recover(all_of_them=True)
    while get_broadcast(stores, broadcast).state != "done":
        if not deliverer.tick():
            time.sleep(0.05)
            _hasten(stores)
    writing.join()
    deliverer.stop()
    channels.close()
    stores.close()


def _hasten(stores: Stores) -> None:
    """What waits after an unanswered call need not wait its half minute here."""
    with stores.ledger.write() as conn:
        conn.execute(sa.update(outbox).where(outbox.c.state == "due").values(due=stores.clock.now()))


def _settled(home: Path) -> tuple[set[str], int, int]:
    stores = open_stores(home)
    name = installation_name(home)
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(outbox.c.id, outbox.c.person, outbox.c.state)).all()
    stores.close()
    accepted = [row for row in rows if row.state == "accepted"]
    unknown = sum(row.state == "unknown" for row in rows)
    return {delivery_id(name, row.id) for row in accepted}, len({row.person for row in accepted}), unknown


class _Receiver(Answering):
    """Remembers the id of every message it got, repeats included."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[str] = []

    def answer(self, body: bytes) -> tuple[int, bytes]:
        messages: list[dict[str, Any]] = json.loads(body)["messages"]
        with self.turn:
            self.received.extend(each["delivery_id"] for each in messages)
        return 204, b""


if __name__ == "__main__":
    send(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
