"""What a posting costs beside a bare transaction that inserts two rows, and how long a million lots take to expire."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import count

import sqlalchemy as sa

from evidence.harness import Evidence, Scale, at_least, at_most, equal, fresh_home, ratio, seconds_of
from siyu.app import open_home
from siyu.loyalty.points.auditing import audit
from siyu.loyalty.points.desk import Desk
from siyu.loyalty.points.expiring import LOTS_A_WRITE, expire
from siyu.loyalty.points.model import Earn, Spend
from siyu.loyalty.points.posting import post
from siyu.people.tables import people
from siyu.settings import Settings
from siyu.storage import Ledger, Stores, in_chunks, insert_into, put_rows

CLAIM = "points.speed"
PEOPLE = {"small": 200, "full": 100_000}
LOTS = {"small": 1_000, "full": 1_000_000}
SPENDS = {"small": 50, "full": 2_000}
"""A round."""
THREADS = 32
SHARE_MIN = 0.4
EXPIRY_SECONDS_MAX = 30.0
_numbers = count()


def measure(scale: Scale) -> Evidence:
    with fresh_home() as home, closing(open_home(Settings(home=home))) as stores:
        persons = _found(stores, PEOPLE[scale])
        _earn(stores, persons, 1_000_000, ends=None)
        bare = Bare(stores.ledger)
        spends = SPENDS[scale]
        alone = ratio(lambda: _alone(stores, persons, spends), lambda: bare.alone(spends))
        with closing(Desk(stores)) as desk:
            together = ratio(lambda: _at_once(desk, persons, spends), lambda: bare.at_once(spends))
        lots = LOTS[scale]
        for first in range(0, lots, len(persons)):
            _earn(stores, persons[: lots - first], 10, ends=timedelta(seconds=1))
        time.sleep(1.1)
        expired = 0

        def nightly() -> None:
            nonlocal expired
            while done := expire(stores):
                expired += done

        took = seconds_of(nightly)
        faults: list[object] = []
        proof = seconds_of(lambda: faults.extend(audit(stores)))
    goals = [
        at_least("postings a second beside bare transactions, one after another", round(1 / alone.times, 3), SHARE_MIN),
        at_least(f"the same, {THREADS} at once", round(1 / together.times, 3), SHARE_MIN),
        equal("lots expired", expired, lots),
        at_most("seconds to expire them", round(took, 2), EXPIRY_SECONDS_MAX, "s"),
        equal("faults that the audit finds", len(faults), 0),
    ]
    notes = {
        **alone.notes("alone_"),
        **together.notes("at_once_"),
        "postings_a_second_alone": round(spends / alone.ours_seconds),
        "postings_a_second_at_once": round(spends / together.ours_seconds),
        "lots_a_write": LOTS_A_WRITE,
        "audit_seconds": round(proof, 2),
    }
    return Evidence(
        CLAIM, f"{len(persons):,} people, {spends:,} spendings a round, {lots:,} lots; SQLite", goals, notes
    )


class Bare:
    """What a ledger without a house around it would do at least: two rows, one transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._insert = sa.text("INSERT INTO bare_entries (account, points) VALUES (:one, -1), (:other, 1)")
        with ledger.write() as conn:
            conn.execute(sa.text("CREATE TABLE bare_entries (id INTEGER PRIMARY KEY, account INTEGER, points INTEGER)"))

    def alone(self, many: int) -> None:
        for number in range(many):
            self._insert_two(number)

    def at_once(self, many: int) -> None:
        _by_threads(many, self._insert_two)

    def _insert_two(self, number: int) -> None:
        with self._ledger.write() as conn:
            conn.execute(self._insert, {"one": number, "other": -number})


def _alone(stores: Stores, persons: list[int], many: int) -> None:
    for wish in _spends(persons, many):
        with stores.ledger.write() as conn:
            (done,) = post(conn, stores.clock.now(), [wish])
        assert done.new


def _at_once(desk: Desk, persons: list[int], many: int) -> None:
    wishes = list(_spends(persons, many))

    def spend(number: int) -> None:
        assert desk.take(wishes[number]).result().new

    _by_threads(many, spend)


def _by_threads(many: int, act: Callable[[int], None]) -> None:
    def work(first: int) -> None:
        for number in range(first, many, THREADS):
            act(number)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _spends(persons: list[int], many: int) -> Iterator[Spend]:
    for _ in range(many):
        number = next(_numbers)
        yield Spend(key=f"spend{number}", why="兑换", person=persons[number * 7_919 % len(persons)], points=3)


def _earn(stores: Stores, persons: list[int], points: int, ends: timedelta | None) -> None:
    for chunk in in_chunks(persons, 10_000):
        now = stores.clock.now()
        until = None if ends is None else now + ends
        wishes = [
            Earn(key=f"earn{next(_numbers)}", why="消费", person=each, points=points, expires=until) for each in chunk
        ]
        with stores.ledger.write() as conn:
            post(conn, now, wishes)


def _found(stores: Stores, many: int) -> list[int]:
    now = stores.clock.now()
    for chunk in in_chunks(range(1, many + 1), 10_000):
        columns = {
            "person": (sa.BigInteger, list(chunk)),
            "kept": (sa.BigInteger, list(chunk)),
            "created": (sa.BigInteger, [int(now.timestamp() * 1000)] * len(chunk)),
            "changed": (sa.BigInteger, [int(now.timestamp() * 1000)] * len(chunk)),
            "attributes": (sa.Text, ["{}"] * len(chunk)),
        }
        with stores.ledger.write() as conn:
            put_rows(conn, insert_into(conn, people), columns)
    return list(range(1, many + 1))
