"""Ten thousand spendings of one balance at once: exactly as many go through as it allows, each told once, on both
ledgers; on PostgreSQL by several desks side by side, as several processes would have them, and by whoever waits for
none."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing, contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from evidence.crew import postgresql
from evidence.harness import Evidence, Goal, Scale, Value, equal, fresh_home, seconds_of
from siyu.app import open_home
from siyu.loyalty.points.auditing import audit
from siyu.loyalty.points.desk import Desk
from siyu.loyalty.points.model import Earn, Spend
from siyu.loyalty.points.posting import Outcome, post
from siyu.loyalty.points.queries import balances
from siyu.people.tables import people
from siyu.settings import Settings
from siyu.storage import Stores

CLAIM = "points.rush"
SPENDS = {"small": 200, "full": 10_000}
PRICE = 7
LOTS = 13
THREADS = 64
DESKS = 3
AGAIN = 0.1
"""Of the spendings, so many are asked for twice, as after an answer that got lost."""


def measure(scale: Scale) -> Evidence:
    goals: list[Goal] = []
    notes: dict[str, Value] = {}
    for name, opened in (("SQLite", _on_sqlite), ("PostgreSQL", _on_postgresql)):
        with opened() as stores:
            _rush(name, stores, SPENDS[scale], goals, notes)
    return Evidence(CLAIM, f"{SPENDS[scale]:,} spendings of {PRICE} points by {THREADS} threads", goals, notes)


def _rush(name: str, stores: Stores, spends: int, goals: list[Goal], notes: dict[str, Value]) -> None:
    person, had = _rich(stores, spends)
    allowed = had // PRICE
    chance = random.Random(7)
    wishes = [Spend(key=f"spend {number}", why="兑换", person=person, points=PRICE) for number in range(spends)]
    wishes += [wish for wish in wishes if chance.random() < AGAIN]
    chance.shuffle(wishes)
    told: list[Outcome] = []
    with ExitStack() as stack:
        count = 1 if name == "SQLite" else DESKS
        desks = [stack.enter_context(closing(Desk(stores))) for _ in range(count)]
        ways: list[Callable[[Spend], Outcome]] = [lambda wish, desk=desk: desk.take(wish).result() for desk in desks]
        ways.append(lambda wish: _by_itself(stores, wish))
        took = seconds_of(lambda: told.extend(_by_threads(wishes, ways)))
    through = Counter(each.key for each in told if each.new)
    with stores.ledger.read() as conn:
        left = balances(conn, stores.clock.now(), [person])[person].available
    goals += [
        equal(f"{name}: spendings that went through", len(through), allowed),
        equal(f"{name}: spendings that went through twice", sum(many - 1 for many in through.values()), 0),
        equal(f"{name}: points left", left, had - allowed * PRICE),
        equal(f"{name}: faults that the audit finds", len(audit(stores)), 0),
    ]
    notes[f"{name}: spendings a second"] = round(len(wishes) / took)


def _by_itself(stores: Stores, wish: Spend) -> Outcome:
    with stores.ledger.write() as conn:
        return post(conn, stores.clock.now(), [wish])[0]


def _by_threads(wishes: Sequence[Spend], ways: Sequence[Callable[[Spend], Outcome]]) -> list[Outcome]:
    told: list[Outcome] = []

    def work(first: int) -> None:
        mine = range(first, len(wishes), THREADS)
        told.extend(_tried(ways[place % len(ways)], wishes[place]) for place in mine)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def _tried(way: Callable[[Spend], Outcome], wish: Spend) -> Outcome:
    """Once more where the same key was written by another at the same moment: then it is known."""
    try:
        return way(wish)
    except IntegrityError:
        return way(wish)


def _rich(stores: Stores, spends: int) -> tuple[int, int]:
    """Somebody who has enough for four spendings of ten, in several lots."""
    now = stores.clock.now()
    row = {"kept": 1, "created": now, "changed": now, "attributes": {}}
    each = spends * PRICE * 4 // 10 // LOTS + 1
    with stores.ledger.write() as conn:
        person = int(conn.execute(sa.insert(people).returning(people.c.person), row).scalar_one())
        conn.execute(sa.update(people).values(kept=people.c.person))
        post(conn, now, [Earn(key=f"earn {lot}", why="消费", person=person, points=each) for lot in range(LOTS)])
    return person, each * LOTS


@contextmanager
def _on_sqlite() -> Generator[Stores]:
    with fresh_home() as home, closing(open_home(Settings(home=home))) as stores:
        yield stores


@contextmanager
def _on_postgresql() -> Generator[Stores]:
    with (
        fresh_home() as folder,
        postgresql(folder / "postgresql") as ledger,
        closing(open_home(Settings(home=folder / "home", ledger=ledger))) as stores,
    ):
        yield stores
