"""Ten thousand people at once on the last hundred prizes, and on the last hundred seats of a group: exactly a hundred
get one, each once, and no purse is ever overdrawn.

Prizes are granted a tap a transaction, from many threads. Seats are taken as the public page takes them: by acts on one
effort of a campaign, committed together; who has a seat has a gift from a purse that holds ten less than the seats.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa

from evidence.harness import Evidence, Scale, equal, fresh_home
from siyu.app import load_rooms, open_home
from siyu.growth.campaigns import acting, reading
from siyu.growth.campaigns import keeping as campaigns
from siyu.growth.campaigns.acting import Outcome, Wish
from siyu.growth.campaigns.tables import contributions
from siyu.growth.purses import granting, keeping
from siyu.growth.purses.model import Wanted
from siyu.growth.purses.tables import reward_steps, rewards
from siyu.people.tables import people as people_table
from siyu.settings import Settings
from siyu.storage import Stores, in_chunks
from siyu.storage.together import Together

CLAIM = "fission.oversell"
PEOPLE: Mapping[Scale, int] = {"small": 500, "full": 10_000}
LAST = 100
GIFTS = LAST - 10
WAVE = 2_000
THREADS = 32
TAPS = 2
"""Each person taps twice, at whatever moment: the second tap has the same key."""
SEATS: Mapping[str, int] = {
    "seats_taken": LAST,
    "people_seated": LAST,
    "told_that_they_have_one": LAST,
    "gifts_granted": GIFTS,
    "gifts_left": 0,
    "grants_noted_as_short": LAST - GIFTS + 1,  # with the starter's own
}
"""What the rush on the seats has to come to."""


def measure(scale: Scale) -> Evidence:
    load_rooms()
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
            seats = _seats(stores, people)
        finally:
            stores.close()
    return Evidence(
        CLAIM,
        f"{people:,} people, {TAPS} taps each, {THREADS} threads, the last {LAST} prizes, then seats, SQLite",
        [
            equal("granted", granted, LAST),
            equal("people_who_won", winners, LAST),
            equal("spent", after.spent, LAST),
            equal("steps_add_up", added, LAST),
            equal("purse_below_zero_ever", int(lowest < 0), 0),
            *(equal(name, seats[name], wanted) for name, wanted in SEATS.items()),
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


def _seats(stores: Stores, people: int) -> Counter[str]:
    """Everybody takes a seat, twice; what came of it."""
    now = stores.clock.now()
    everybody = range(1, people + 2)
    with stores.ledger.write() as conn:
        rows = [{"person": each, "kept": each, "created": now, "changed": now, "attributes": {}} for each in everybody]
        for chunk in in_chunks(rows, 1_000):
            conn.execute(sa.insert(people_table), chunk)
    purse = keeping.open_purse(stores, "evidence", "gifts", "pieces", Decimal(GIFTS)).id
    rules = {"helpers": LAST, "title": "the group", "kind": "title", "friend_title": "gift", "hours": 0}
    wanted = campaigns.Wanted(
        name="seats",
        mechanic="help",
        sponsor="evidence",
        text_zh="seats",
        rules=rules,
        purses={"pieces": purse},
        places=["counter"],
        adults=False,
        begins=now,
        ends=now + timedelta(days=1),
    )
    drafted = campaigns.draft(stores, "evidence", wanted)
    keeping.set_total(stores, purse, Decimal(LAST + 1))  # so that it may start
    campaign = campaigns.start(stores, drafted.id).id
    keeping.set_total(stores, purse, Decimal(GIFTS))
    opened = acting.act(stores, [Wish(campaign, people + 1, "open")])[0].effort
    assert opened is not None
    together = Together[Wish, Outcome](lambda wishes: acting.act(stores, wishes), "seats")
    told: set[int] = set()
    for wave in in_chunks(range(1, people + 1), WAVE):
        taps = [
            (person, together.take(Wish(campaign, person, f"seat:{person}", opened.slug)))
            for _ in range(TAPS)
            for person in wave
        ]
        told |= {person for person, answer in taps if answer.result().state in ("counted", "same")}
    together.close()
    effort = reading.effort_at(stores, opened.slug)
    assert effort is not None
    with stores.ledger.read() as conn:
        seated = sa.select(sa.func.count(), sa.func.count(contributions.c.person.distinct()))
        taken, persons = conn.execute(seated.where(contributions.c.stage == "counted")).one()
        gifts = sa.select(sa.func.count()).where(rewards.c.purse == purse)
        granted = conn.execute(gifts).scalar_one()
    return Counter(
        seats_taken=taken,
        people_seated=persons,
        told_that_they_have_one=len(told),
        gifts_granted=granted,
        gifts_left=keeping.get_purse(stores, purse).left,
        grants_noted_as_short=len(effort.short),
    )
