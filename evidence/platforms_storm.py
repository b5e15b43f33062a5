"""A storm of callbacks, twice over and out of order, with the server killed in between: each acknowledged quickly,
none lost, each change applied once."""

from __future__ import annotations

import http.client
import json
import random
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from urllib.parse import urlencode, urlsplit

from evidence.harness import Evidence, Scale, at_most, equal, fresh_home, percentile
from evidence.installation import Server, siyu
from siyu.app import open_home
from siyu.channels.platform.envelope import Envelope
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.settings import Settings

CLAIM = "platforms.storm"

CORP, TOKEN, KEY = "wwstorm", "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
SENDERS = 8
REPEATED = 0.2
"""Of the callbacks, so many come a second time."""
STEPS = ("add_half_external_contact", "add_external_contact", "edit_external_contact", "del_follow_user")
ENDS_AS = "lost"
SETTLE_SECONDS_MAX = 900


def measure(scale: Scale) -> Evidence:
    customers, kills = (41_667, 3) if scale == "full" else (120, 1)
    bodies = _bodies(customers, seed=7)
    with fresh_home() as folder:
        home = folder / "home"
        storm = _Storm(_opened(home), _queue(bodies))
        seconds, settled = _storm(home, storm, kills)
        states, told = _left(home)
    different = len(set(bodies))
    return Evidence(
        CLAIM,
        f"{len(bodies):,} callbacks ({different:,} different, in no order), {kills} kills",
        [
            equal("acknowledged", len(storm.took), len(bodies)),
            equal("customers whose end was found", states.get(ENDS_AS, 0), customers),
            equal("customers known", sum(states.values()), customers),
            equal("beginnings told", told.get("friend_added", 0), customers),
            equal("ends told", told.get("friend_lost", 0), customers),
            at_most("acknowledged within, p99", round(percentile(storm.took, 99), 3), 1.0, "s"),
        ],
        {
            "sent again": storm.again,
            "acknowledged within, median": round(percentile(storm.took, 50), 4),
            "callbacks a second": round(len(bodies) / seconds),
            "seconds until all was applied": round(settled, 1),
        },
    )


def _bodies(customers: int, seed: int) -> list[bytes]:
    """Four things that happen to each customer, some told twice, all of them shuffled."""
    chance = random.Random(seed)
    began = int(time.time()) - 3_600
    bodies = [
        _callback(change, f"wm{number:030d}", f"adviser{number % 50:02d}", began + number % 1_800 + 60 * step)
        for number in range(customers)
        for step, change in enumerate(STEPS)
    ]
    bodies += chance.sample(bodies, round(len(bodies) * REPEATED))
    chance.shuffle(bodies)
    return bodies


def _callback(change: str, customer: str, userid: str, at: int) -> bytes:
    fields = {
        "ToUserName": CORP,
        "FromUserName": "sys",
        "CreateTime": at,
        "MsgType": "event",
        "Event": "change_external_contact",
        "ChangeType": change,
        "UserID": userid,
        "ExternalUserID": customer,
    }
    return f"<xml>{''.join(f'<{name}>{value}</{name}>' for name, value in fields.items())}</xml>".encode()


def _queue(bodies: Sequence[bytes]) -> Queue[bytes]:
    waiting: Queue[bytes] = Queue()
    for body in bodies:
        waiting.put(body)
    return waiting


def _opened(home: Path) -> str:
    """An installation with one account; the path that its platform calls."""
    settings = {
        "corp_id": CORP,
        "agent_id": "1000002",
        "secret": "s",
        "callback_token": TOKEN,
        "callback_aes_key": KEY,
        "base_url": "http://127.0.0.1:9",  # nobody is there: what was told is all there is
    }
    given = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    home.mkdir()
    told = siyu(home, "account", "open", "wecom", "--name", "storm", *given, "--json")
    if told.status:
        raise RuntimeError(told.error)
    return str(json.loads(told.text)["callback"])


@dataclass
class _Storm:
    """Sends what is left until all of it was acknowledged, as the platform does: an unanswered one comes again."""

    path: str
    left: Queue[bytes]
    took: list[float] = field(default_factory=list[float])
    again: int = 0

    def send(self, address: str, stop: threading.Event) -> None:
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        envelope = Envelope(TOKEN, KEY, CORP)
        while not stop.is_set():
            try:
                body = self.left.get_nowait()
            except Empty:
                break
            if not self._one(connection, envelope, body):
                self.again += 1
                self.left.put(body)
                connection.close()
                time.sleep(0.02)
        connection.close()

    def _one(self, connection: http.client.HTTPConnection, envelope: Envelope, body: bytes) -> bool:
        timestamp, nonce = str(int(time.time())), "77"
        sealed, signed = envelope.seal(body, timestamp, nonce)
        query = urlencode({"msg_signature": signed, "timestamp": timestamp, "nonce": nonce})
        delivery = f"<xml><ToUserName>{CORP}</ToUserName><Encrypt>{sealed}</Encrypt></xml>".encode()
        began = time.perf_counter()
        try:
            connection.request("POST", f"{self.path}?{query}", delivery, {"Content-Type": "text/xml"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        if answer.status == 200:
            self.took.append(time.perf_counter() - began)
        return answer.status == 200


def _storm(home: Path, storm: _Storm, kills: int) -> tuple[float, float]:
    """Seconds until all were acknowledged, and until all were applied and drained."""
    server = Server(home).start()
    address, port = server.address, urlsplit(server.address).port or 0
    stop = threading.Event()
    all_of_them = storm.left.qsize()
    began = time.perf_counter()
    senders = [threading.Thread(target=storm.send, args=(address, stop), daemon=True) for _ in range(SENDERS)]
    for each in senders:
        each.start()
    try:
        for number in range(kills):
            while len(storm.took) < all_of_them * (number + 1) / (kills + 1):
                time.sleep(0.005)
            server.kill()
            server = Server(home, port=port).start()
        for each in senders:
            each.join()
        seconds = time.perf_counter() - began
        _until_settled(home)
        return seconds, time.perf_counter() - began
    finally:
        stop.set()
        server.stop()


def _until_settled(home: Path) -> None:
    give_up = time.monotonic() + SETTLE_SECONDS_MAX
    while time.monotonic() < give_up:
        if all(_read(home, name) for name in ("callbacks", "inbox")):
            time.sleep(1.0)  # the last batch goes into the event log behind its cursor
            return
        time.sleep(0.1)
    raise RuntimeError("callbacks were not applied in time")


def _read(home: Path, name: str) -> bool:
    """Whether the reader of this inbox is at its end."""
    with sqlite3.connect(home / "ledger.db", timeout=30) as ledger, sqlite3.connect(home / f"{name}.db") as inbox:
        last = inbox.execute(f"SELECT coalesce(max(id), 0) FROM {name}").fetchone()[0]
        place = ledger.execute("SELECT place FROM cursors WHERE name = ?", (name,)).fetchone()
        return bool(last) and place is not None and place[0] >= last


def _left(home: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Customers by state, events by name."""
    with sqlite3.connect(home / "ledger.db") as ledger:
        states = dict(ledger.execute("SELECT state, count(*) FROM wecom_contacts GROUP BY state").fetchall())
    stores = open_home(Settings(home=home))
    try:
        run_until_empty(Drain(stores).step)
        told = {row[0]: int(row[1]) for row in stores.events.rows("SELECT name, count() FROM events GROUP BY name")}
    finally:
        stores.close()
    return states, told
