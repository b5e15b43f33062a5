"""Delivery: claims a batch, records the attempt, calls the platform, records the answer. Never twice, never lost.

A message's number is its delivery id for ever. The attempt is on disk before the call, so that after a crash every
message that may have gone out is known as such: it is sent again with the same id where the receiver drops repeats,
and marked *unknown* where it doesn't. Several workers may run on one PostgreSQL ledger.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from siyu.channels import About, Channel, Channels, Message, Outcome
from siyu.channels.accounts import usable_account
from siyu.channels.protocol import Account
from siyu.jobs import preferences
from siyu.jobs.turns import keep_doing
from siyu.reach.broadcasts import get_broadcast, get_sender, read_sender
from siyu.reach.claiming import Claim, Lane, claim, hold, lanes
from siyu.reach.composing import Composed, compose
from siyu.reach.content import write
from siyu.reach.fields import ROOTS, load
from siyu.reach.guard import Guard, Way, load_guard
from siyu.reach.intending import close_out, finish_if_done
from siyu.reach.links import installation_name, links_of
from siyu.reach.model import ACTIVE
from siyu.reach.settling import Tried, give_back, settle, settle_abandoned
from siyu.reach.tables import attempts, broadcasts, outbox
from siyu.storage import Clock, Stores, SystemClock, in_chunks, sent

log = logging.getLogger(__name__)

THREADS = 4
CLAIM_ROWS_MAX = 10_000
IDLE_SECONDS = 0.5
TURNS_KNOWN = 100_000


@dataclass(frozen=True, slots=True)
class _Batch:
    """A claim whose messages are written and on disk as attempted."""

    claim: Claim
    account: Account
    messages: Sequence[Message]
    about: About
    numbers: Sequence[int]
    tries: Sequence[int]
    attempts: Sequence[int]


class Deliverer:
    """Sends what waits in the outbox. ``address`` is how customers reach this installation (for links), or ''."""

    def __init__(
        self, stores: Stores, channels: Channels, *, address: str = "", machine_clock: Clock | None = None
    ) -> None:
        self._stores = stores
        self._channels = channels
        self._machine = machine_clock or SystemClock()
        self._links = links_of(stores.home, address)
        self._installation = installation_name(stores.home)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="deliver")
        self._served: dict[tuple[int, int], int] = {}
        """When each lane had its last turn, by a count of turns."""
        self._turns = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own. A process alone with its home takes up at once what a crash left behind."""
        if self._stores.alone:
            self.recover(all_of_them=True)
        self._thread.start()

    def stop(self, seconds_max: float = 30.0) -> None:
        """Stop after the calls that are under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(seconds_max)
        self._pool.shutdown(wait=True)

    def recover(self, *, all_of_them: bool = False) -> int:
        """Settle what a worker that went away left behind; how many messages."""
        with self._stores.ledger.read() as conn:
            left = conn.execute(
                sa.select(outbox.c.id)
                .where(outbox.c.leased_until.is_not(None))
                .where(sa.true() if all_of_them else outbox.c.leased_until < self._machine.now())
                .limit(1)
            ).scalar()
        if left is None:
            return 0
        with self._stores.ledger.write() as conn:
            return settle_abandoned(
                conn,
                self._channels,
                self._stores.clock.now(),
                self._machine.now(),
                self._installation,
                all_of_them=all_of_them,
            )

    def tick(self) -> int:
        """One round: a batch of every lane, broadcasts that ran out of time or work closed. How many were tried."""
        self.recover()
        now = self._stores.clock.now()
        self._close_expired(now)
        with self._stores.ledger.read() as conn:
            open_lanes = lanes(conn, now, self._served)
            guard = load_guard(conn, preferences.timezone(conn))
        self._served = {pair: turn for pair, turn in self._served.items() if self._turns - turn < TURNS_KNOWN}
        tried = sum(self._deliver_safely(lane, guard) for lane in open_lanes)
        self._close_finished()
        return tried

    def _run(self) -> None:
        keep_doing(lambda: 0.0 if self.tick() else IDLE_SECONDS, self._stop, "delivery")

    def _deliver_safely(self, lane: Lane, guard: Guard) -> int:
        try:
            return self._deliver(lane, guard)
        except Exception:  # one broadcast's fault must not hold up the others; its messages come back by their lease
            log.exception("a batch of broadcast %d failed", lane.broadcast)
            return 0

    def _deliver(self, lane: Lane, guard: Guard) -> int:
        now = self._stores.clock.now()
        batch = self._prepared(lane, guard, now)
        if batch is None:
            return 0
        self._turns += 1
        self._served[lane.broadcast, lane.account] = self._turns
        channel = self._channels[lane.channel]
        outcomes = self._called(channel, batch)
        tried = [
            Tried(number, tries, attempt, outcome)
            for number, tries, attempt, outcome in zip(
                batch.numbers, batch.tries, batch.attempts, outcomes, strict=True
            )
        ]
        with self._stores.ledger.write() as conn:
            settle(
                conn,
                lane,
                batch.claim.lease,
                tried,
                now=self._stores.clock.now(),
                drops_repeats=batch.about.drops_repeats,
                installation=self._installation,
            )
        return len(tried)

    def _prepared(self, lane: Lane, guard: Guard, now: datetime) -> _Batch | None:
        """Claimed, written for each person, and on disk as attempted; None where nothing is to be sent."""
        channel = self._channels[lane.channel]
        account = usable_account(self._stores, lane.account)
        about = channel.speaking(account.id, account.settings, self._content(lane))
        list_max = _list_max(channel, account, about)
        with self._stores.ledger.write() as conn:
            taken = claim(
                conn,
                guard,
                lane,
                Way(lane.account, about),
                lease=secrets.token_hex(8),
                now=now,
                machine_now=self._machine.now(),
                # Where a repeat would reach the person twice, no more is under way at once than one call carries.
                rows_max=min(list_max * THREADS, CLAIM_ROWS_MAX) if about.drops_repeats else list_max,
                installation=self._installation,
            )
        if not taken.messages:
            return None
        composed = compose(self._stores, channel, account, lane, taken, self._links, self._installation, now)
        return self._attempted(taken, account, about, composed, now)

    def _content(self, lane: Lane) -> Mapping[str, str]:
        return get_sender(self._stores, lane.broadcast).draft.content.get(lane.channel, {})

    def _attempted(
        self, taken: Claim, account: Account, about: About, composed: Composed, now: datetime
    ) -> _Batch | None:
        with self._stores.ledger.write() as conn:
            if read_sender(conn, taken.lane.broadcast).state not in ACTIVE:
                give_back(conn, taken.lease, taken.messages)  # paused or cancelled while it was being written
                return None
            if composed.failed:
                hold(conn, taken.lane.broadcast, dict.fromkeys(composed.failed, "template"), now, self._installation)
            if not composed.messages:
                return None
            numbers = list(composed.messages)
            ids = sent(conn, id=(sa.BigInteger, numbers))
            mine = {
                row.id: row.attempts
                for row in conn.execute(
                    sa.update(outbox)
                    .where(
                        outbox.c.id.in_(sa.select(ids.c.id)),
                        outbox.c.lease == taken.lease,
                        outbox.c.state == "claimed",
                    )
                    .values(state="attempted")
                    .returning(outbox.c.id, outbox.c.attempts)
                )
            }
            numbers = [number for number in numbers if number in mine]
            if not numbers:
                return None
            rows = [{"message": number, "at": now, "content": composed.kept[number]} for number in numbers]
            written = conn.execute(
                sa.insert(attempts).returning(attempts.c.id, sort_by_parameter_order=True), rows
            ).scalars()
            return _Batch(
                taken,
                account,
                [composed.messages[number] for number in numbers],
                about,
                numbers,
                [mine[number] for number in numbers],
                list(written),
            )

    def _called(self, channel: Channel, batch: _Batch) -> list[Outcome]:
        """Call the platform for each list of the batch, side by side; one outcome a message, in order."""
        size = _list_max(channel, batch.account, batch.about)
        lists = in_chunks(batch.messages, size)
        answers = self._pool.map(lambda messages: _safely(channel, batch.account, messages), lists)
        return [outcome for answer in answers for outcome in answer]

    def _close_expired(self, now: datetime) -> None:
        with self._stores.ledger.read() as conn:
            expired = conn.execute(
                sa.select(broadcasts.c.id).where(broadcasts.c.state.in_(ACTIVE), broadcasts.c.expires <= now)
            ).scalars()
            numbers = list(expired)
        for number in numbers:
            close_out(self._stores, number, "expired")

    def _close_finished(self) -> None:
        with self._stores.ledger.read() as conn:
            numbers = list(conn.execute(sa.select(broadcasts.c.id).where(broadcasts.c.state == "sending")).scalars())
        for number in numbers:
            finish_if_done(self._stores, number)


def _list_max(channel: Channel, account: Account, about: About) -> int:
    """Messages a call: what the form takes, where the channel has forms; else what the account's settings say."""
    return about.list_max if about.forms else channel.list_max(account)


def _safely(channel: Channel, account: Account, messages: Sequence[Message]) -> list[Outcome]:
    """A channel should raise nothing; where one does, nothing is known of its messages."""
    try:
        outcomes = channel.send(account, messages)
    except Exception:
        log.exception("the channel %s failed", channel.about.name)
        outcomes = []
    if len(outcomes) != len(messages):
        return [Outcome("unknown", "no_answer")] * len(messages)
    return outcomes


def send_test(stores: Stores, channels: Channels, broadcast: int, account: int, person: int, address: str) -> Outcome:
    """Send a broadcast's content to oneself, written for ``person``: outside of the outbox, without tracked links.

    ``address`` is where it goes on channels that need one. Raises :class:`BadInput` where it can't be written or sent.
    """
    ready = usable_account(stores, account)
    channel = channels[ready.channel]
    found = get_broadcast(stores, broadcast)
    fields = load(stores, [person], ROOTS)[person]
    content = found.draft.content.get(ready.channel, {})
    about = channel.speaking(ready.id, ready.settings, content)
    written = write(about.parts, content, fields, str(preferences.get(stores, "language")))
    message = Message(
        f"test-{secrets.token_hex(8)}",
        person,
        address,
        written.parts,
        kind="test",
        broadcast=broadcast,
        sent_at=stores.clock.now().isoformat(),
    )
    (outcome,) = _safely(channel, ready, [message])
    return outcome
