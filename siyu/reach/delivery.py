"""Delivery: claims a batch, records the attempt, calls the platform, records the answer. Never twice, never lost.

A message's number is its delivery id for ever. The attempt is on disk before the call, so that after a crash every
message that may have gone out is known as such: it is sent again with the same id where the receiver drops repeats,
and marked *unknown* where it doesn't. Several workers may run on one PostgreSQL ledger.
"""

from __future__ import annotations

import logging
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import sqlalchemy as sa

from siyu.channels import About, Channel, Channels, Message, Outcome
from siyu.channels.accounts import usable_account
from siyu.channels.protocol import Account
from siyu.content.fields import ROOTS
from siyu.jobs import preferences
from siyu.jobs.turns import keep_doing
from siyu.reach.broadcasts import get_broadcast, get_sender
from siyu.reach.claiming import Lane, claim, lanes
from siyu.reach.composing import Composer
from siyu.reach.content import write
from siyu.reach.fields import load
from siyu.reach.guard import Guard, Way, load_guard
from siyu.reach.intending import close_out, finish_if_done
from siyu.reach.links import installation_name, links_of
from siyu.reach.model import ACTIVE
from siyu.reach.sending import CALLS_AT_ONCE, Paces, Turn, Work, safely
from siyu.reach.settling import settle_abandoned
from siyu.reach.tables import broadcasts, outbox
from siyu.storage import Clock, Stores, SystemClock

log = logging.getLogger(__name__)

ROUND_SECONDS = 1.0
"""What the turns of all lanes take together, as far as it is known how quick their accounts are."""
SLICE_SECONDS = 0.25
SLICE_ROWS_MAX = 4_000
"""Written while those before are on their way: more would be written before anything is called."""
CLAIM_ROWS_MAX = 10_000
IDLE_SECONDS = 0.5
TURNS_KNOWN = 100_000


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
        self._pool = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="deliver")
        self._paces = Paces()
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
        seconds = ROUND_SECONDS / max(len(open_lanes), 1)  # so that who comes first in the next round need not wait
        tried = sum(self._deliver_safely(lane, guard, seconds) for lane in open_lanes)
        self._close_finished()
        return tried

    def _run(self) -> None:
        keep_doing(lambda: 0.0 if self.tick() else IDLE_SECONDS, self._stop, "delivery")

    def _deliver_safely(self, lane: Lane, guard: Guard, seconds: float) -> int:
        try:
            return self._deliver(lane, guard, seconds)
        except Exception:  # one broadcast's fault must not hold up the others; its messages come back by their lease
            log.exception("a batch of broadcast %d failed", lane.broadcast)
            return 0

    def _deliver(self, lane: Lane, guard: Guard, seconds: float) -> int:
        """One turn of a lane: as many messages as its account takes in about so many seconds."""
        now = self._stores.clock.now()
        channel = self._channels[lane.channel]
        account = usable_account(self._stores, lane.account)
        sender = get_sender(self._stores, lane.broadcast)
        about = channel.speaking(account.id, account.settings, sender.draft.content.get(lane.channel, {}))
        list_max = _list_max(channel, account, about)
        # Where a repeat would reach the person twice, no more is under way at once than one call carries.
        at_once = list_max * CALLS_AT_ONCE if about.drops_repeats else list_max
        with self._stores.ledger.write() as conn:
            claimed = claim(
                conn,
                guard,
                lane,
                Way(lane.account, about),
                lease=secrets.token_hex(8),
                now=now,
                machine_now=self._machine.now(),
                rows_max=min(max(self._paces.within(lane.account, seconds), at_once), CLAIM_ROWS_MAX),
                installation=self._installation,
            )
        if not claimed.messages:
            return 0
        self._turns += 1
        self._served[lane.broadcast, lane.account] = self._turns
        composer = Composer(self._stores, account, about, lane, sender, self._links, self._installation, now)
        work = Work(
            self._stores, channel, account, about, list_max, self._installation, self._pool, stopping=self._stop
        )
        slice_rows = min(self._paces.within(lane.account, SLICE_SECONDS), SLICE_ROWS_MAX)
        turn = Turn(work, composer, claimed, max(slice_rows, at_once))
        try:
            return turn.run()
        finally:
            self._paces.note(lane.account, turn.tried, turn.seconds)

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
    (outcome,) = safely(channel, ready, [message])
    return outcome
