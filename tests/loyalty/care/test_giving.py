"""Care: whose day it is gets something, once a year, within the budget, and some are held out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from siyu.jobs.turns import run_until_empty
from siyu.loyalty.care import keeping
from siyu.loyalty.care.effect import effect_of
from siyu.loyalty.care.giving import care_today
from siyu.loyalty.care.model import Care, Gift, Kind
from siyu.loyalty.care.tables import care_gifts, care_programs
from siyu.loyalty.points.queries import balances
from siyu.people.drain import Drain
from siyu.people.tables import people
from siyu.storage import BadInput, Conflict, ManualClock, Stores
from tests.people.calls import stored

NOW = datetime(2026, 9, 25, 1, tzinfo=UTC)
"""Nine in the morning of the Mid-Autumn Festival, in Shanghai."""


def persons(stores: Stores, many: int, birthday: str | None, **attributes: str) -> None:
    """So many people, first known two years ago today."""
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(NOW - stores.clock.now())
    with stores.ledger.write() as conn:
        first = (conn.execute(sa.select(sa.func.max(people.c.person))).scalar() or 0) + 1
        row = {"created": datetime(2024, 9, 25, 3, tzinfo=UTC), "changed": NOW, "birthday": birthday}
        row["attributes"] = attributes
        rows = [{**row, "person": number, "kept": number} for number in range(first, first + many)]
        conn.execute(sa.insert(people), rows)


def started(
    stores: Stores, kind: Kind, budget: int, *, gift: Gift = "points", much: int = 50, hold_out: int = 0
) -> int:
    much = much if gift == "points" else 0
    care = Care(name="礼", kind=kind, gift=gift, much=much, budget=budget, hold_out=hold_out)
    number = keeping.add(stores, "staff:1", care)
    keeping.set_stage(stores, number, "live")
    return number


def stages(stores: Stores) -> dict[str, int]:
    with stores.ledger.read() as conn:
        query = sa.select(care_gifts.c.stage, sa.func.count()).group_by(care_gifts.c.stage)
        return dict(conn.execute(query).tuples().all())


def test_birthdays_by_both_calendars_get_points_once_a_year(each_stores: Stores) -> None:
    stores = each_stores
    persons(stores, 1, "1990-09-25")
    persons(stores, 1, "1990-08-15", birthday_calendar="lunar")
    persons(stores, 1, "1990-08-15")
    number = started(stores, "birthday", 1_000)
    care_today(stores)
    care_today(stores)
    with stores.ledger.write() as conn:  # even where a day is gone through again
        conn.execute(sa.update(care_programs).values(day=care_programs.c.day - 1))
    care_today(stores)
    with stores.ledger.read() as conn:
        found = balances(conn, stores.clock.now(), [1, 2, 3])
        program = keeping.get(conn, number)
    assert [found[person].available for person in (1, 2, 3)] == [50, 50, 0]
    assert (program.given, program.left) == (100, 900)
    run_until_empty(Drain(stores).step)
    assert stored(stores) == ["care_given", "care_given"]


def test_the_budget_is_never_passed(each_stores: Stores) -> None:
    stores = each_stores
    persons(stores, 20, "1990-09-25")
    number = started(stores, "birthday", 330)
    care_today(stores)
    assert stages(stores) == {"given": 6, "empty": 14}
    with stores.ledger.read() as conn:
        assert keeping.get(conn, number).left == 30


def test_some_are_held_out_for_ever_and_get_nothing(each_stores: Stores) -> None:
    stores = each_stores
    persons(stores, 200, "1990-09-25")
    number = started(stores, "birthday", 1_000, gift="message", hold_out=20)
    care_today(stores)
    found = stages(stores)
    assert found["given"] + found["held_out"] == 200
    assert 20 <= found["held_out"] <= 60
    run_until_empty(Drain(stores).step)
    assert len(stored(stores)) == found["given"], "who is held out hears nothing"
    effect = effect_of(stores, number)
    assert (effect.waits, effect.given.people) == (200, 0)
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(days=31))
    effect = effect_of(stores, number)
    assert (effect.given.people, effect.held_out.people) == (found["given"], found["held_out"])


def test_the_day_they_joined(each_stores: Stores) -> None:
    stores = each_stores
    persons(stores, 3, None)
    started(stores, "anniversary", 100, gift="message")
    assert care_today(stores) == {"礼": 3}


def test_what_was_missed_is_made_up_but_not_what_was_before_the_start(each_stores: Stores) -> None:
    stores = each_stores
    persons(stores, 1, "1990-09-25")
    persons(stores, 1, "1990-09-27")
    persons(stores, 1, "1990-09-24")
    started(stores, "birthday", 100, gift="message")
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(days=3))
    assert care_today(stores) == {"礼": 2}


def test_a_programme_that_was_used_keeps_its_gift_and_its_budget_covers_what_was_given(each_stores: Stores) -> None:
    stores = each_stores
    persons(stores, 3, "1990-09-25")
    number = started(stores, "birthday", 1_000)
    care_today(stores)
    with pytest.raises(Conflict):
        keeping.change(stores, number, Care(name="礼", kind="birthday", gift="message", budget=1_000, hold_out=0))
    with pytest.raises(BadInput):
        keeping.change(stores, number, Care(name="礼", kind="birthday", gift="points", much=50, budget=100, hold_out=0))
