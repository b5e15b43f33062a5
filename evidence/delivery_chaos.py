"""A broadcast and a journey at once while processes are killed (``kill -9``), calls fall silent after the receiver took
them, and answers come doubled: at the receiver nothing is lost, and no intended message has two delivery ids."""

from __future__ import annotations

import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from evidence.broadcasting import (
    CALLS,
    CALLS_A_BATCH,
    LOOK_SECONDS,
    SETTLE_SECONDS_MAX,
    WITHOUT_CONSENT,
    Shop,
    made,
    wait_for,
)
from evidence.crew import Crew, postgresql
from evidence.harness import Evidence, Goal, Scale, at_least, equal, fresh_home
from evidence.installation import Server, basic
from evidence.receiver import Receiver
from siyu.storage import in_chunks

CLAIM = "delivery.chaos"
LIFE_SECONDS = (0.2, 1.8)
"""How long everything is left alone before the next kill: drawn evenly."""
AT_ONCE = 4
KILLS_SPREAD_MIN = 4
"""The calls take as long as so many lives at least, so that even a single kill meets them under way."""
SILENT = 0.05
"""Of the calls, how many are taken and never answered."""
WORKERS: Mapping[Scale, int] = {"small": 2, "full": 3}
BEGUN = "sale_opened"
UNSETTLED = ("due", "claimed", "attempted")


class Chaotic(Receiver):
    """Takes everything; of some calls nobody is told, of the others twice, and of strangers too."""

    def __init__(self, seconds_a_call: float, seed: int) -> None:
        super().__init__(seconds_a_call)
        self.silent = 0
        self._chance = random.Random(seed)

    def answer(self, body: bytes) -> tuple[int, bytes]:
        super().answer(body)
        with self.turn:
            silent = self._chance.random() < SILENT
            self.silent += silent
        if silent:
            raise ConnectionError  # taken, and nobody is told
        ids = [each["delivery_id"] for each in json.loads(body)["messages"]]
        results = [{"delivery_id": each, "status": "accepted"} for each in [*ids, "m-00000000-1", *ids]]
        return 200, json.dumps({"results": results}).encode()


@dataclass(frozen=True)
class House:
    """An installation whose processes are killed; ``ledger`` is its URL."""

    server: Server
    ledger: str
    kill: Callable[[random.Random], None]


@contextmanager
def alone(folder: Path, _: int) -> Generator[House]:
    """``siyu up`` on SQLite."""
    with Server(folder / "home") as server:

        def kill(_: random.Random) -> None:
            server.kill()
            server.start()

        yield House(server, f"sqlite:///{folder / 'home' / 'ledger.db'}", kill)


@contextmanager
def crew(folder: Path, workers: int) -> Generator[House]:
    """``siyu web`` and some workers on PostgreSQL."""
    with postgresql(folder / "postgresql") as ledger, Crew(folder / "home", ledger, workers) as members:
        url = sa.make_url(ledger).set(drivername="postgresql+psycopg")
        yield House(members.server, url.render_as_string(hide_password=False), members.kill_one)


def begin_broadcast(shop: Shop) -> None:
    """To everybody, a tenth of them held out."""
    shop.begin()


def begin_journey(shop: Shop) -> None:
    """Whoever is told of the sale gets a message; everybody is, and each of the events comes twice."""
    step = {
        "type": "message",
        "id": "hello",
        "channels": [shop.account],
        "content": {"webhook": {"text": "{{ person.name }}好，大促开始了"}},
    }
    trigger = {"type": "event", "on": {"event": BEGUN}}
    document = {"name": "chaos", "trigger": trigger, "start": "hello", "nodes": [step]}
    journey = shop.call("POST", "/api/journeys", {"document": document})["journey"]["id"]
    shop.call("POST", f"/api/journeys/{journey}/publish", {})
    key = shop.call("POST", "/api/write-keys", {"name": "journey", "source": "shop", "kind": "server"})["key"]
    for users in in_chunks(range(shop.people), CALLS_A_BATCH):
        batch = [
            {"type": "track", "userId": f"u{number}", "event": BEGUN, "messageId": f"{BEGUN}-{number}"}
            for number in users
        ]
        for _ in range(2):
            made(shop.server.request("POST", "/v1/batch", {"batch": batch}, basic(key)))


SENDERS: Sequence[Callable[[Shop], None]] = (begin_journey, begin_broadcast)
"""What sends at once; each to everybody."""


@dataclass(frozen=True)
class Found:
    """What the receiver has beside what the server says."""

    arrived: int
    lost: int
    two_ids: int
    written_twice: int
    against_the_guard: int
    unsettled: int
    unknown: int
    repeats: int
    silent: int
    at_work: int


def measure(scale: Scale) -> Evidence:
    people = 50_000 if scale == "full" else 200
    kills = {"SQLite": 100, "PostgreSQL": 100} if scale == "full" else {"SQLite": 2, "PostgreSQL": 1}
    found: dict[str, Found] = {}
    for name, opened in (("SQLite", alone), ("PostgreSQL", crew)):
        with fresh_home() as folder, opened(folder, WORKERS[scale]) as house:
            found[name] = trial(house, people, kills[name], seed=7)
    return Evidence(
        CLAIM,
        f"{len(SENDERS) * people:,} messages each; {kills['SQLite']} kills on SQLite, {kills['PostgreSQL']} among "
        f"{WORKERS[scale]} workers on PostgreSQL",
        [goal for name, each in found.items() for goal in _goals(name, each)],
        {f"{name}: {what}": value for name, each in found.items() for what, value in _notes(each).items()},
    )


def _goals(name: str, found: Found) -> list[Goal]:
    return [
        equal(f"{name}: messages lost", found.lost, 0),
        equal(f"{name}: messages under two delivery ids", found.two_ids, 0),
        equal(f"{name}: messages written twice", found.written_twice, 0),
        equal(f"{name}: people who were held or held out, and got one", found.against_the_guard, 0),
        equal(f"{name}: messages that are not settled", found.unsettled, 0),
        at_least(f"{name}: kills before the last message was settled", found.at_work, 1, timed=False),
        at_least(f"{name}: calls taken without an answer", found.silent, 1, timed=False),
    ]


def _notes(found: Found) -> dict[str, int]:
    return {"arrived": found.arrived, "arrived again": found.repeats, "unknown": found.unknown}


def trial(house: House, people: int, kills: int, seed: int) -> Found:
    """Everything sends while the house is killed so often; then it is left alone until all is settled."""
    chance = random.Random(seed)
    seconds_a_call = max(kills, KILLS_SPREAD_MIN) * sum(LIFE_SECONDS) / 2 * AT_ONCE / (len(SENDERS) * CALLS)
    with Chaotic(seconds_a_call, seed) as receiver:
        shop = Shop(house.server, receiver, people)
        for begin in SENDERS:
            begin(shop)
        wait_for(lambda: next(shop.messages(), None), "the first message")  # a kill before it would tell nothing
        at_work = 0
        for _ in range(kills):
            time.sleep(chance.uniform(*LIFE_SECONDS))
            at_work += _under_way(shop)
            house.kill(chance)
        _settled(house, shop)
        return _compared(shop, receiver, list(shop.messages()), at_work)


def _under_way(shop: Shop) -> bool:
    return any(shop.call("GET", f"/api/messages?limit=1&state={state}")["items"] for state in UNSETTLED)


def _settled(house: House, shop: Shop) -> None:
    """Wait until everybody is written for and nothing is under way; what waits for another try need not wait long."""
    until = time.monotonic() + SETTLE_SECONDS_MAX
    engine = _beside(house.ledger)
    try:
        # leases of the dead, as if their minutes had passed
        _do(engine, "UPDATE outbox SET leased_until = 0 WHERE leased_until IS NOT NULL")
        while _written(engine) < len(SENDERS) * shop.people - _unwilling(shop) or _under_way(shop):
            if time.monotonic() > until:
                written = _written(engine)
                raise RuntimeError(f"not settled after {SETTLE_SECONDS_MAX} s: {written:,} messages are written")
            _do(engine, "UPDATE outbox SET due = counted WHERE state = 'due' AND due > counted")
            time.sleep(LOOK_SECONDS)
    finally:
        engine.dispose()


def _beside(ledger: str) -> sa.Engine:
    """On SQLite a writer of another process is not queued with the product's own: it may have to ask for long."""
    patient = {"timeout": SETTLE_SECONDS_MAX} if ledger.startswith("sqlite") else {}
    return sa.create_engine(ledger, connect_args=patient)


def _do(engine: sa.Engine, statement: str, tries: int = 10) -> None:
    """Once more where it and a worker took the same rows in another order."""
    for left in reversed(range(tries)):
        try:
            with engine.begin() as conn:
                conn.execute(sa.text(statement))
            return
        except OperationalError:
            if not left:
                raise


def _written(engine: sa.Engine) -> int:
    with engine.connect() as conn:
        return int(conn.execute(sa.text("SELECT count(*) FROM outbox")).scalar_one())


def _unwilling(shop: Shop) -> int:
    return len(range(0, shop.people, WITHOUT_CONSENT))


def _compared(shop: Shop, receiver: Chaotic, rows: Sequence[Mapping[str, Any]], at_work: int) -> Found:
    ids: dict[tuple[int, int], set[str]] = defaultdict(set)
    for message in receiver.accepted:
        ids[message.broadcast, message.person].add(message.delivery_id)
    written = Counter((row["broadcast"], row["person"]) for row in rows)
    left_out = {(row["broadcast"], row["person"]) for row in rows if row["state"] in ("held", "holdout")}
    states = Counter(row["state"] for row in rows)
    unheld = {(each.broadcast, each.person) for each in receiver.accepted if shop.wants_none(each.user)}
    spoken_for = {(row["broadcast"], row["person"]) for row in rows if row["state"] != "held"}
    unwritten = len(SENDERS) * (shop.people - _unwilling(shop)) - len(spoken_for)
    return Found(
        arrived=len(ids),
        lost=abs(unwritten) + sum(pair not in ids for pair in written.keys() - left_out),
        two_ids=sum(len(each) > 1 for each in ids.values()),
        written_twice=sum(times - 1 for times in written.values()),
        against_the_guard=len(ids.keys() & left_out | unheld),
        unsettled=sum(states[state] for state in UNSETTLED),
        unknown=states["unknown"],
        repeats=sum(times - 1 for times in receiver.accepted.values()),
        silent=receiver.silent,
        at_work=at_work,
    )
