"""Messages from the outbox to a receiver without limits: in lists, and one a call beside a bare loop of the same calls.

From claim to settled, with the guard's second word, each person's own text, attempts on disk before the calls, and the
events of what was accepted.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import sqlalchemy as sa

from evidence.broadcast_world import REFUSED_EVERY, add_people
from evidence.counting_receiver import CountingReceiver
from evidence.harness import Evidence, Scale, at_least, equal, fresh_home, ratio
from siyu.channels import channels_of
from siyu.channels.accounts import open_account
from siyu.channels.webhook.channel import BATCH_MAX
from siyu.people.tables import own_events
from siyu.reach.broadcasts import draft_broadcast
from siyu.reach.delivery import Deliverer
from siyu.reach.guard import set_rule
from siyu.reach.model import Draft
from siyu.reach.sending import CALLS_AT_ONCE
from siyu.reach.tables import attempts, broadcasts, outbox
from siyu.storage import in_chunks, open_stores, sent

CLAIM = "delivery.speed"
ROUNDS = {"small": 1, "full": 5}
TEXT = "{{ person.name }}好，新品已经到店，给经常买面膜的您留了一份小样：https://shop.example/new"


def measure(scale: Scale) -> Evidence:
    in_lists, one_a_call = (200_000, 20_000) if scale == "full" else (4_000, 400)
    with fresh_home() as home, CountingReceiver() as receiver:
        bench = Bench(home, receiver, in_lists)
        lists = ratio(bench.ours(BATCH_MAX), bench.bare(BATCH_MAX), rounds=ROUNDS[scale], before=bench.filled(in_lists))
        ones = ratio(bench.ours(1), bench.bare(1), rounds=ROUNDS[scale], before=bench.filled(one_a_call))
        bench.close()
    return Evidence(
        CLAIM,
        f"{in_lists:,} people in lists of {BATCH_MAX}, {one_a_call:,} one a call, {CALLS_AT_ONCE} connections, SQLite",
        [
            equal("messages that did not arrive or that nobody wrote down as accepted", bench.amiss, 0),
            at_least("people a second in lists", round(in_lists / lists.ours_seconds), 20_000),
            at_least("of a bare loop, one a call", round(1 / ones.times, 3), 0.6),
        ],
        {
            "bare, people a second in lists": round(in_lists / lists.bare_seconds),
            "people a second, one a call": round(one_a_call / ones.ours_seconds),
            "bare, people a second, one a call": round(one_a_call / ones.bare_seconds),
            **lists.notes("lists_"),
            **ones.notes("one_a_call_"),
        },
    )


class Bench:
    """A home with people, accounts of the receiver's, and an outbox that is filled anew for each run."""

    def __init__(self, home: Path, receiver: CountingReceiver, people: int) -> None:
        self._receiver = receiver
        self._stores = open_stores(home)
        self._channels = channels_of(self._stores)
        self._people = people + people // (REFUSED_EVERY - 1) + 1
        add_people(self._stores.ledger, self._people, datetime.now(UTC))
        for rule in ("quiet_hours", "cap", "cap_channel"):
            set_rule(self._stores, "evidence", rule, {}, enabled=False)
        self._deliverer = Deliverer(self._stores, self._channels, address="https://shop.example")
        self._senders = {size: self._sender(size) for size in (BATCH_MAX, 1)}
        self._waiting = 0
        self.amiss = 0

    def _sender(self, size: int) -> tuple[int, int]:
        """A broadcast by lists of that size, and its account."""
        settings = {"url": self._receiver.address, "batch": size}
        account, _ = open_account(
            self._stores, self._channels, channel="webhook", name=f"lists of {size}", settings=settings
        )
        draft = Draft("speed", 1, [account], {"webhook": {"text": TEXT}}, holdout_percent=0)
        return draft_broadcast(self._stores, self._channels, "evidence", draft), account

    def filled(self, messages: int):
        """So many messages wait for each sender, and nothing is left of a run before."""

        def fill() -> None:
            for table in (outbox, attempts, own_events):
                with self._stores.ledger.write() as conn:
                    conn.execute(sa.delete(table))
            willing = [n for n in range(1, self._people + 1) if n % REFUSED_EVERY][:messages]
            for broadcast, account in self._senders.values():
                self._wait(broadcast, account, willing)
            self._waiting = messages
            self._receiver.counted()

        return fill

    def _wait(self, broadcast: int, account: int, persons: list[int]) -> None:
        now = self._stores.clock.now()
        moment = sa.literal(now, outbox.c.due.type)
        for chunk in in_chunks(persons):
            with self._stores.ledger.write() as conn:
                given = sent(conn, person=(sa.BigInteger, list(chunk)))
                values = {
                    "broadcast": sa.literal(broadcast),
                    "person": given.c.person,
                    "channel": sa.literal("webhook"),
                    "account": sa.literal(account),
                    "kind": sa.literal("marketing"),
                    "tone": sa.literal("useful"),
                    "state": sa.literal("due"),
                    "priority": sa.literal(0),
                    "due": moment,
                    "decided": moment,
                    "counted": moment,
                }
                conn.execute(sa.insert(outbox).from_select(list(values), sa.select(*values.values())))

    def ours(self, size: int):
        """All that waits for the sender of lists of that size, from claim to settled."""
        broadcast, _ = self._senders[size]

        def run() -> None:
            self._only(broadcast)
            while self._deliverer.tick():
                pass
            with self._stores.ledger.read() as conn:
                accepted = conn.execute(
                    sa.select(sa.func.count())
                    .select_from(outbox)
                    .where(outbox.c.broadcast == broadcast, outbox.c.state == "accepted")
                ).scalar_one()
            counted = self._receiver.counted()
            self.amiss += abs(self._waiting - accepted) + abs(self._waiting - counted["messages"])

        return run

    def _only(self, broadcast: int) -> None:
        with self._stores.ledger.write() as conn:
            conn.execute(sa.update(broadcasts).values(state="draft"))
            conn.execute(sa.update(broadcasts).where(broadcasts.c.id == broadcast).values(state="sending"))

    def bare(self, size: int):
        """The same bodies, written before, posted by as many threads as connections: nothing known afterwards."""

        def run() -> None:
            bodies = [_body(list(numbers)) for numbers in in_chunks(range(self._waiting), size)]
            with (
                httpx.Client(trust_env=False, limits=httpx.Limits(max_connections=CALLS_AT_ONCE)) as client,
                ThreadPoolExecutor(CALLS_AT_ONCE) as pool,
            ):

                def post(body: bytes) -> int:
                    return client.post(
                        self._receiver.address, content=body, headers={"content-type": "application/json"}
                    ).status_code

                done = sum(status == 204 for status in pool.map(post, bodies))
            self.amiss += abs(len(bodies) - done)

        return run

    def close(self) -> None:
        self._deliverer.stop()
        self._channels.close()
        self._stores.close()


def _body(numbers: list[int]) -> bytes:
    """A call as it goes out."""
    messages = [
        {
            "delivery_id": f"m-0a1b2c3d-{number}",
            "person": number,
            "identifiers": {"user_id": f"u{number}"},
            "kind": "marketing",
            "broadcast": 1,
            "sent_at": "2026-11-22T04:00:00+00:00",
            "unsubscribe": f"https://shop.example/u/{number:040d}",
            "title": "",
            "text": f"顾客{number}好，新品已经到店，给经常买面膜的您留了一份小样：https://shop.example/l/{number:040d}",
            "link": "",
        }
        for number in numbers
    ]
    return json.dumps({"type": "messages", "messages": messages}, ensure_ascii=False, separators=(",", ":")).encode()
