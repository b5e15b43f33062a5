"""Fifty thousand people redeem one shared code of a thousand at once: exactly a thousand coupons are taken and used,
each answer is true, the budget is spent to the fen, on both ledgers; on PostgreSQL by several processes."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

from evidence.crew import postgresql
from evidence.harness import Evidence, Goal, Scale, Value, equal, fresh_home, seconds_of
from evidence.installation import environment
from siyu.app import open_home
from siyu.loyalty.coupons import kinds, pricing
from siyu.loyalty.coupons.kinds import Wanted
from siyu.loyalty.coupons.pricing import Order
from siyu.loyalty.coupons.redeeming import order_key
from siyu.loyalty.coupons.stacking import Amount, Line, Terms
from siyu.loyalty.coupons.tables import coupon_kinds, coupons
from siyu.people.tables import people
from siyu.settings import Settings
from siyu.storage import Conflict, Ledger, Stores, SystemClock, in_chunks

CLAIM = "coupons.rush"
ASKING = {"small": 400, "full": 50_000}
STOCK = {"small": 20, "full": 1_000}
OFF_CENTS = 5_000
THREADS = 24
PROCESSES = 3
"""Each thread has a connection: in all within the hundred that PostgreSQL gives."""
AGAIN = 0.1
"""Of those who ask, so many ask twice, as after an answer that got lost."""
TRIES_MAX = 5
CODE = "RUSH50"


def measure(scale: Scale) -> Evidence:
    goals: list[Goal] = []
    notes: dict[str, Value] = {}
    for name, opened in (("SQLite", _on_sqlite), ("PostgreSQL", _on_postgresql)):
        with opened() as (stores, ledger):
            _rush(name, stores, ledger, scale, goals, notes)
    size = f"{ASKING[scale]:,} people ask for {STOCK[scale]:,} coupons at once, one in ten twice"
    return Evidence(CLAIM, size, goals, notes)


def _rush(name: str, stores: Stores, ledger: str, scale: Scale, goals: list[Goal], notes: dict[str, Value]) -> None:
    stock = STOCK[scale]
    persons = _founded(stores, ASKING[scale], stock)
    chance = random.Random(5)
    asked = persons + [person for person in persons if chance.random() < AGAIN]
    chance.shuffle(asked)
    told: list[tuple[int, bool]] = []
    if ledger:
        took = seconds_of(lambda: told.extend(_by_processes(ledger, asked)))
    else:
        took = seconds_of(lambda: told.extend(_by_threads(stores.ledger, asked)))
    winners, losers = {person for person, had in told if had}, {person for person, had in told if not had}
    with stores.ledger.read() as conn:
        used = conn.execute(sa.select(coupons.c.person, coupons.c.off_cents).where(coupons.c.stage == "used")).all()
        all_of_them = conn.execute(sa.select(sa.func.count()).select_from(coupons)).scalar_one()
        kind = conn.execute(sa.select(coupon_kinds)).one()
    goals += [
        equal(f"{name}: coupons taken", all_of_them, stock),
        equal(f"{name}: coupons used", len(used), stock),
        equal(f"{name}: people with more than one", len(used) - len({row[0] for row in used}), 0),
        equal(f"{name}: people told yes who have none, or no who have one", len(winners ^ {row[0] for row in used}), 0),
        equal(f"{name}: people told both", len(winners & losers), 0),
        equal(f"{name}: answers", len(told), len(asked)),
        equal(f"{name}: cents spent of the budget", kind.spent_cents, stock * OFF_CENTS),
        equal(f"{name}: cents still promised", kind.promised_cents, 0),
    ]
    notes[f"{name}: answers a second"] = round(len(asked) / took)


def _founded(stores: Stores, many: int, stock: int) -> list[int]:
    """Many people, and a shared code that is good for a few of them."""
    now = stores.clock.now()
    row = {"kept": 0, "created": now, "changed": now, "attributes": {}}
    with stores.ledger.write() as conn:
        for chunk in in_chunks([row] * many, 5_000):
            conn.execute(sa.insert(people), chunk)
        conn.execute(sa.update(people).values(kept=people.c.person))
        persons = list(conn.execute(sa.select(people.c.person)).scalars())
    wanted = Wanted(
        name="满200减50",
        terms=Terms(gives=Amount(OFF_CENTS), threshold=20_000),
        days=30,
        codes="shared",
        code=CODE,
        stock=stock,
        budget_cents=stock * OFF_CENTS,
    )
    kinds.make(stores, "evidence", wanted)
    return persons


def _by_threads(ledger: Ledger, asked: Sequence[int]) -> list[tuple[int, bool]]:
    told: list[tuple[int, bool]] = []

    def work(first: int) -> None:
        told.extend((person, _redeemed(ledger, person)) for person in asked[first::THREADS])

    threads = [threading.Thread(target=work, args=(first,)) for first in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def _redeemed(ledger: Ledger, person: int) -> bool:
    """Whether somebody has their coupon off their one order."""
    now = SystemClock().now()
    order = Order(order_key(f"order {person}"), now, [Line("cream", "", 25_000)], 0, person)
    for _ in range(TRIES_MAX):
        try:
            with ledger.write() as conn:
                return pricing.use(conn, now, "evidence", order, [CODE]).cents == OFF_CENTS
        except Conflict:
            return False
        except (IntegrityError, OperationalError):  # the same key at the same moment: tried again, it is known
            continue
    raise RuntimeError("it could not be decided")


def _by_processes(ledger: str, asked: Sequence[int]) -> list[tuple[int, bool]]:
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "evidence.coupons_rush", ledger],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        for _ in range(PROCESSES)
    ]
    told: list[list[tuple[int, bool]]] = [[] for _ in running]

    def ask(place: int) -> None:
        answer, _ = running[place].communicate(json.dumps(list(asked[place::PROCESSES])))
        told[place] = [(person, had) for person, had in json.loads(answer)]

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(PROCESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [each for some in told for each in some]


@contextmanager
def _on_sqlite() -> Generator[tuple[Stores, str]]:
    with fresh_home() as home, closing(open_home(Settings(home=home))) as stores:
        yield stores, ""


@contextmanager
def _on_postgresql() -> Generator[tuple[Stores, str]]:
    with (
        fresh_home() as folder,
        postgresql(folder / "postgresql") as ledger,
        closing(open_home(Settings(home=folder / "home", ledger=ledger))) as stores,
    ):
        yield stores, ledger


def main() -> None:
    """One of several processes: reads who asks, writes what each was told."""
    with closing(Ledger(sys.argv[1])) as ledger:
        sys.stdout.write(json.dumps(_by_threads(ledger, json.loads(sys.stdin.read()))))


if __name__ == "__main__":
    main()
