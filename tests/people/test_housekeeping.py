"""What happens every night."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from siyu.jobs.model import Job
from siyu.people.housekeeping import come_of_age, forget_old_bodies
from siyu.people.projection import project_all
from siyu.people.tables import batches, people
from siyu.storage import ManualClock, Stores
from tests.people.calls import drained, send, track


def wait(stores: Stores, days: int) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(days=days))


def test_bodies_go_when_their_days_are_over(each_stores: Stores) -> None:
    drained(each_stores, track("u1", "x"))
    wait(each_stores, 31)
    drained(each_stores, track("u1", "y"))
    assert forget_old_bodies(each_stores, Job(1, "forget_old_bodies", {})) == {"gone": 1}
    assert len(each_stores.inbox.after(0, 10)) == 1


def test_a_body_that_is_not_stored_yet_stays(each_stores: Stores) -> None:
    send(each_stores, track("u1", "x"))
    wait(each_stores, 31)
    assert forget_old_bodies(each_stores, Job(1, "forget_old_bodies", {})) == {"gone": 0}


def test_a_body_of_an_open_batch_stays(each_stores: Stores) -> None:
    drained(each_stores, track("u1", "x"))
    wait(each_stores, 31)
    with each_stores.ledger.write() as conn:
        conn.execute(sa.update(batches).values(stored=None))
    assert forget_old_bodies(each_stores, Job(1, "forget_old_bodies", {})) == {"gone": 0}


def test_a_minor_comes_of_age_on_the_eighteenth_birthday(stores: Stores) -> None:
    drained(stores, track("u1", "x"))
    with stores.ledger.write() as conn:
        conn.execute(sa.update(people).values(birthday="2008-01-03"))  # the clock begins on 2026-01-01
    come_of_age(stores, Job(1, "come_of_age", {}))
    project_all(stores)
    minor = "SELECT minor FROM people FINAL"
    assert stores.events.row(minor) == (1,)
    wait(stores, 2)
    come_of_age(stores, Job(2, "come_of_age", {}))
    project_all(stores)
    assert stores.events.row(minor) == (0,)
