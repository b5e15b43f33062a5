"""Greeting: newcomers are welcomed within seconds, whatever else is queued. Once each, whatever crashes when.

A row per welcome code is on disk before the call; the platform takes a code once, so after a crash the call is simply
made again: *welcomed already* is then as good as done. One thread writes (what came, what became of it: a transaction
a round), a few make the calls.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.channels import Channels, welcomers_of
from siyu.channels.accounts import list_accounts, usable_account
from siyu.channels.attachments import media_in
from siyu.channels.platform.news import News, tell
from siyu.channels.platform.welcoming import Greeting, Newcomer, Welcomed, Welcomer
from siyu.channels.protocol import Account
from siyu.content.fields import with_told
from siyu.jobs import preferences
from siyu.jobs.turns import keep_doing
from siyu.people.tables import identifiers, people
from siyu.reach.fields import load
from siyu.reach.tables import welcome_rules, welcomes
from siyu.reach.welcomes import WelcomeRule, all_welcomes, choose, roots_of, written
from siyu.storage import (
    Clock,
    InboxRow,
    SiyuError,
    Stores,
    SystemClock,
    after_commit,
    at_machine_speed,
    insert_into,
)

log = logging.getLogger(__name__)

THREADS = 8
WAITING_MAX = 10_000
ROUND_ROWS_MAX = 200
UNDER_WAY_MAX = 400
LOOK_SECONDS = 0.5
RULES_SECONDS = 1.0
ACCOUNT_SECONDS = 5.0
GRACE_SECONDS = 5.0
"""The platform's clock decides what is too late; past its time and this, it is not even asked."""
LEASE = timedelta(seconds=60)
"""Longer than a welcome is worth calling for, so no two ever call at once."""
NOBODY = 0


@dataclass(frozen=True, slots=True)
class _Guest:
    """Somebody to be welcomed, as the row in the ledger says."""

    platform: str
    account: int
    code: str
    newcomer: Newcomer
    received: datetime


@dataclass(frozen=True, slots=True)
class _Greeted:
    guest: _Guest
    state: str
    rule: WelcomeRule | None = None
    source: str = ""
    answer: Mapping[str, Any] | None = None


class Greeter:
    """See :class:`~siyu.channels.platform.callbacks.Hurry`. One a process; several do not get into each other's way."""

    def __init__(self, stores: Stores, channels: Channels, *, machine_clock: Clock | None = None) -> None:
        self._stores = stores
        self._welcomers = welcomers_of(channels)
        self._machine = machine_clock or SystemClock()
        self._lease = secrets.token_hex(8)
        self._taken: queue.Queue[InboxRow] = queue.Queue(WAITING_MAX)
        self._done: queue.Queue[_Greeted] = queue.Queue()
        self._under_way = 0
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="greet")
        self._thread = threading.Thread(target=self._run, name="greeting", daemon=True)
        self._rules: tuple[Sequence[WelcomeRule], float] = ((), -RULES_SECONDS)
        self._accounts: dict[int, tuple[Account, float]] = {}
        self._looked = 0.0

    def start(self) -> None:
        """Begin in a thread of its own. A process alone with its home takes up at once what a crash left behind."""
        if self._stores.alone:
            self._let_go(welcomes.c.newcomer.is_not(None))
        self._thread.start()

    def stop(self, seconds_max: float = 30.0) -> None:
        """Stop after the calls that are under way; what waits is on disk, for the next one who looks."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(seconds_max)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._settle_all()
        self._let_go(welcomes.c.lease == self._lease)

    def take(self, row: InboxRow) -> None:
        try:
            self._taken.put_nowait(row)
        except queue.Full:
            return  # the applier finds it
        self._wake.set()

    def note(self, conn: Connection, rows: Sequence[InboxRow]) -> None:
        if rows and self._anybody_speaks(conn):
            self._write_down(conn, self._guests(rows), due=True)
            after_commit(conn, self._wake.set)

    # --- the loop

    def _run(self) -> None:
        keep_doing(self._woken, self._stop, "greeting")

    def _woken(self) -> float:
        self._wake.wait(LOOK_SECONDS)
        self._wake.clear()
        with self._stores.ledger.hurry():
            self.round()
        return 0.0

    def round(self) -> int:
        """Write down what came and what became of the calls, and make the next ones; how many were begun."""
        came, done = self._came(), _drained(self._done, ROUND_ROWS_MAX)
        try:
            guests = self._written_down(came, done)
        except BaseException:
            for greeted in done:
                self._done.put(greeted)
            for row in came:
                self.take(row)
            raise
        self._under_way += len(guests) - len(done)
        for guest in guests:
            self._pool.submit(self._greet_safely, guest)
        if not self._taken.empty():
            self._wake.set()
        return len(guests)

    def _written_down(self, came: Sequence[InboxRow], done: Sequence[_Greeted]) -> list[_Guest]:
        """One transaction; whom this process is to welcome now."""
        self._told(done)
        guests: list[_Guest] = []
        if came or done or self._something_is_open():
            with self._stores.ledger.write() as conn:
                self._settle(conn, done)
                if came and self._anybody_speaks(conn):
                    guests += self._write_down(conn, self._guests(came), due=False)
                guests += self._take_up(conn, UNDER_WAY_MAX - self._under_way + len(done) - len(guests))
        return guests

    def _came(self) -> list[InboxRow]:
        return _drained(self._taken, min(ROUND_ROWS_MAX, max(UNDER_WAY_MAX - self._under_way, 0)))

    def _something_is_open(self) -> bool:
        """Whether there are rows that nobody is on; asked at most twice a second, without a write."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return False
        self._looked = time.monotonic()
        with self._stores.ledger.read() as conn:
            return conn.execute(sa.select(welcomes.c.code).where(self._nobody_is_on_it()).limit(1)).first() is not None

    def _nobody_is_on_it(self) -> sa.ColumnElement[bool]:
        free = welcomes.c.leased_until.is_(None) | (welcomes.c.leased_until < self._machine.now())
        return sa.and_(welcomes.c.newcomer.is_not(None), free)

    # --- rows

    def _anybody_speaks(self, conn: Connection) -> bool:
        """Without a rule there is nothing to say, and nothing is written."""
        found = conn.execute(sa.select(welcome_rules.c.id).where(welcome_rules.c.enabled).limit(1))
        return found.first() is not None

    def _guests(self, rows: Sequence[InboxRow]) -> list[_Guest]:
        found: dict[tuple[int, str], _Guest] = {}
        for row in rows:
            welcomer = self._welcomers.get(row.kind)
            newcomer = welcomer.newcomer(row.body) if welcomer is not None else None
            if newcomer is not None:
                code = hashlib.sha256(newcomer.code.encode()).hexdigest()
                found.setdefault(
                    (int(row.source), code), _Guest(row.kind, int(row.source), code, newcomer, row.received)
                )
        return list(found.values())

    def _write_down(self, conn: Connection, guests: Sequence[_Guest], *, due: bool) -> list[_Guest]:
        """One row each, unless there is one; those that are new."""
        if not guests:
            return []
        rows = [self._row(guest, due=due) for guest in guests]
        noted = insert_into(conn, welcomes).on_conflict_do_nothing().returning(welcomes.c.account, welcomes.c.code)
        new = {(row.account, row.code) for row in conn.execute(noted, rows)}
        return [guest for guest in guests if (guest.account, guest.code) in new]

    def _row(self, guest: _Guest, *, due: bool) -> dict[str, Any]:
        return {
            "account": guest.account,
            "code": guest.code,
            "platform": guest.platform,
            "newcomer": {"code": guest.newcomer.code, "identifier": list(guest.newcomer.identifier)},
            "adviser": guest.newcomer.adviser,
            "channel": guest.newcomer.channel,
            "received": guest.received,
            "state": "due" if due else "sending",
            "lease": None if due else self._lease,
            "leased_until": None if due else self._machine.now() + LEASE,
        }

    def _take_up(self, conn: Connection, rows_max: int) -> list[_Guest]:
        """Rows that nobody is on: noted by the applier, or left by a process that went away."""
        if rows_max <= 0:
            return []
        free = (
            sa.select(welcomes.c.account, welcomes.c.code)
            .where(self._nobody_is_on_it())
            .order_by(welcomes.c.received.desc())  # those with time left first
            .limit(min(rows_max, ROUND_ROWS_MAX))
            .with_for_update(skip_locked=True)
            .cte("free")
        )
        taken = (
            sa.update(welcomes)
            .where(
                sa.tuple_(welcomes.c.account, welcomes.c.code).in_(sa.select(free.c.account, free.c.code)),
                self._nobody_is_on_it(),
            )
            .values(state="sending", lease=self._lease, leased_until=self._machine.now() + LEASE)
            .returning(welcomes)
        )
        return [_guest(row) for row in conn.execute(taken)]

    def _settle(self, conn: Connection, done: Sequence[_Greeted]) -> None:
        """What became of them, where this process is still the one that is on it."""
        now = self._stores.clock.now()
        for each in done:
            conn.execute(
                sa.update(welcomes)
                .where(
                    welcomes.c.account == each.guest.account,
                    welcomes.c.code == each.guest.code,
                    welcomes.c.lease == self._lease,
                )
                .values(
                    state=each.state,
                    rule=None if each.rule is None else each.rule.id,
                    settled=now,
                    answer=None if each.answer is None else dict(each.answer),
                    newcomer=None,
                    lease=None,
                    leased_until=None,
                )
            )

    def _settle_all(self) -> None:
        done = _drained(self._done, WAITING_MAX)
        if done:
            self._told(done)
            with self._stores.ledger.write() as conn:
                self._settle(conn, done)

    def _let_go(self, which: sa.ColumnElement[bool]) -> None:
        """Nobody is on these: the next one who looks takes them up."""
        with self._stores.ledger.read() as conn:
            if conn.execute(sa.select(welcomes.c.code).where(which).limit(1)).first() is None:
                return
        with self._stores.ledger.write() as conn:
            conn.execute(sa.update(welcomes).where(which).values(lease=None, leased_until=None))

    def _told(self, done: Sequence[_Greeted]) -> None:
        """The people's own lives hear of it, before it is settled: told twice, it is stored once."""
        by_source: dict[str, list[News]] = {}
        for each in done:
            if each.state == "sent" and each.rule is not None:
                by_source.setdefault(each.source, []).append(self._news(each, each.rule))
        for source, news in by_source.items():
            tell(self._stores, source, news)

    def _news(self, greeted: _Greeted, rule: WelcomeRule) -> News:
        guest = greeted.guest
        properties = {"welcome": rule.draft.name, "staff": guest.newcomer.adviser}
        key = f"welcome:{guest.account}:{guest.code}"
        return News("welcome_sent", self._stores.clock.now(), (guest.newcomer.identifier,), key, properties)

    # --- one welcome, in a thread of the pool

    def _greet_safely(self, guest: _Guest) -> None:
        try:
            with self._stores.ledger.hurry():  # also the permits that a call needs
                greeted = self._greet(guest)
        except Exception as error:  # nothing may keep a row open for ever
            log.exception("a welcome failed")
            greeted = _Greeted(guest, "failed", answer=_words(error))
        self._done.put(greeted)
        self._wake.set()

    def _greet(self, guest: _Guest) -> _Greeted:
        rule = choose(self._speaking(), guest.account, guest.newcomer.channel, guest.newcomer.adviser)
        if rule is None:
            return _Greeted(guest, "unruled")
        welcomer = self._welcomers[guest.platform]
        left = self._left(guest, welcomer)
        if left < -at_machine_speed(self._stores.clock, GRACE_SECONDS):
            return _Greeted(guest, "late", rule)
        account = self._account(guest.account)
        text = self._written(rule, guest, account, welcomer)
        greeting = Greeting(text, rule.draft.attachments)
        found = welcomer.welcome(account, guest.newcomer, greeting, max(self._left(guest, welcomer), 0.0))
        return _Greeted(guest, found.kind, rule, f"{guest.platform}:{account.name}", _answer(found))

    def _left(self, guest: _Guest, welcomer: Welcomer) -> float:
        """Seconds (of the clock) until the platform takes it no more."""
        clock = self._stores.clock
        passed = (clock.now() - guest.received).total_seconds()
        return at_machine_speed(clock, welcomer.seconds_max) - passed

    def _written(self, rule: WelcomeRule, guest: _Guest, account: Account, welcomer: Welcomer) -> str:
        roots = roots_of(rule.draft)
        language = str(preferences.get(self._stores, "language"))
        person = self._person(guest.newcomer.identifier)
        asked = roots if person is not None else roots & {"person", "shop"}
        fields = load(self._stores, [person or NOBODY], asked)[person or NOBODY]
        if "person" in roots and not fields.get("person", {}).get("name"):
            told = welcomer.profile(account, guest.newcomer, self._left(guest, welcomer) / 4)
            fields = with_told(fields, told, language)
        return written(rule.draft, fields, language)

    def _person(self, identifier: tuple[str, str]) -> int | None:
        """Who speaks for them, where they are known."""
        kind, value = identifier
        with self._stores.ledger.read() as conn:
            query = sa.select(people.c.kept).join(identifiers, identifiers.c.person == people.c.person)
            query = query.where(identifiers.c.kind == kind, identifiers.c.value == value)
            return conn.execute(query).scalar_one_or_none()

    def _speaking(self) -> Sequence[WelcomeRule]:
        """The rules; what an operator changes holds within a second."""
        rules, until = self._rules
        if time.monotonic() >= until:
            rules = all_welcomes(self._stores)
            self._rules = rules, time.monotonic() + RULES_SECONDS
        return rules

    def _account(self, number: int) -> Account:
        known = self._accounts.get(number)
        if known is None or known[1] < time.monotonic():
            known = usable_account(self._stores, number), time.monotonic() + ACCOUNT_SECONDS
            self._accounts[number] = known
        return known[0]


def ready_media(stores: Stores, channels: Channels) -> int:
    """Have what the welcomes that are on name at the platforms, for hours to come; how many media were looked at.
    What can't be had now is tried again at the next time, and left out of a welcome meanwhile."""
    welcomers, looked = welcomers_of(channels), 0
    for rule in all_welcomes(stores):
        named = [sha256 for sha256, _ in media_in(rule.draft.attachments).values()]
        if not rule.draft.enabled or not named:
            continue
        for view in list_accounts(stores):
            if view.channel in welcomers and view.disabled is None and rule.draft.account in (None, view.id):
                welcomers[view.channel].ready(usable_account(stores, view.id), named)
                looked += len(named)
    return looked


def _guest(row: Row[Any]) -> _Guest:
    kind, value = row.newcomer["identifier"]
    newcomer = Newcomer(row.newcomer["code"], row.adviser, row.channel, (kind, value))
    return _Guest(row.platform, row.account, row.code, newcomer, row.received)


def _answer(found: Welcomed) -> Mapping[str, Any] | None:
    return None if found.kind == "sent" else {**found.answer, "zh": found.zh, "en": found.en}


def _words(error: Exception) -> Mapping[str, Any]:
    """Only errors that are meant for users are quoted: others' words may hold a person's data."""
    if isinstance(error, SiyuError):
        return {"code": error.code, "zh": error.zh, "en": error.en}
    return {"code": "fault", "zh": "内部错误", "en": "A fault of our own"}


def _drained(waiting: queue.Queue[Any], rows_max: int) -> list[Any]:
    found: list[Any] = []
    while len(found) < rows_max:
        try:
            found.append(waiting.get_nowait())
        except queue.Empty:
            break
    return found
