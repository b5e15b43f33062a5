"""Ten thousand people at once on the last hundred: exactly a hundred get one, and no purse is ever overdrawn."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from decimal import Decimal

import sqlalchemy as sa

from evidence.harness import Evidence, Scale, equal, fresh_home
from siyu.app import open_home
from siyu.growth.purses import granting, keeping
from siyu.growth.purses.model import Wanted
from siyu.growth.purses.tables import reward_steps, rewards
from siyu.settings import Settings
from siyu.storage import Stores

CLAIM = "fission.oversell"
PEOPLE: Mapping[Scale, int] = {"small": 1_000, "full": 10_000}
LAST = 100
THREADS = 32
TAPS = 2
"""Each person taps twice, at whatever moment: the second tap has the same key."""


def measure(scale: Scale) -> Evidence:
    people = PEOPLE[scale]
    with fresh_home() as home:
        stores = open_home(Settings(home=home))
        try:
            purse = keeping.open_purse(stores, "evidence", "prizes", "pieces", Decimal(LAST)).id
            lowest = _rush(stores, purse, people)
            after = keeping.get_purse(stores, purse)
            with stores.ledger.read() as conn:
                granted = conn.execute(sa.select(sa.func.count()).select_from(rewards)).scalar_one()
                winners = conn.execute(sa.select(sa.func.count(rewards.c.person.distinct()))).scalar_one()
                added = int(conn.execute(sa.select(sa.func.sum(reward_steps.c.spent))).scalar_one())
        finally:
            stores.close()
    return Evidence(
        CLAIM,
        f"{people:,} people, {TAPS} taps each, {THREADS} threads, the last {LAST}, SQLite",
        [
            equal("granted", granted, LAST),
            equal("people_who_won", winners, LAST),
            equal("spent", after.spent, LAST),
            equal("steps_add_up", added, LAST),
            equal("purse_below_zero_ever", int(lowest < 0), 0),
        ],
    )


def _rush(stores: Stores, purse: int, people: int) -> int:
    """Everybody taps; the least that was ever left, as each tap saw it."""
    begin, lowest = threading.Barrier(THREADS), [LAST] * THREADS

    def taps(thread: int) -> None:
        begin.wait()
        for tap in range(TAPS * people // THREADS + 1):
            person = (tap * THREADS + thread) % people + 1
            wish = Wanted(f"rush:{person}", purse, person, "goods", 1, "prize")
            with stores.ledger.write() as conn:
                granting.grant(conn, stores.clock.now(), "evidence", [wish])
            if tap % 16 == 0:
                lowest[thread] = min(lowest[thread], keeping.get_purse(stores, purse).left)

    threads = [threading.Thread(target=taps, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return min(lowest)
