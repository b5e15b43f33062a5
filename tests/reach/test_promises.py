"""Promises: a task with its day, kept where that is done in time and reaches the person."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from siyu.people import erasure
from siyu.reach.promises import forgetting, keeping
from siyu.reach.promises.keeping import Figures
from siyu.reach.staff_tasks.model import EVERYTHING, Looker
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.storage import BadInput, ManualClock, NotFound, Stores
from tests.people.calls import drained, track


def ended(stores: Stores, task: int, at: datetime, outcome: str = "reached", state: str = "done") -> None:
    values = {"state": state, "ended": at, "ended_by": "staff:1", "outcome": outcome}
    with stores.ledger.write() as conn:
        conn.execute(sa.update(staff_tasks).where(staff_tasks.c.id == task).values(values))


def test_a_promise_is_what_becomes_of_its_task_by_its_day(each_stores: Stores) -> None:
    stores = each_stores
    drained(stores, track("u1", "page_viewed"))
    now = stores.clock.now()
    due = now + timedelta(days=2)
    made = [keeping.promise(stores, "staff:1", 1, f"事 {n}", due, order="A1") for n in range(6)]
    assert {each.state for each in made} == {"open"}
    ended(stores, made[0].task, due)
    ended(stores, made[1].task, due + timedelta(hours=1))
    ended(stores, made[2].task, now, outcome="no_answer")
    ended(stores, made[3].task, now, state="cancelled", outcome="")
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(days=3))
    states = {each.words: each.state for each in keeping.list_promises(stores, EVERYTHING)}
    assert [states[f"事 {n}"] for n in range(6)] == ["kept", "late", "broken", "withdrawn", "overdue", "overdue"]
    assert keeping.figures(stores, EVERYTHING) == Figures(5, 1, 1, 3)
    assert [each.words for each in keeping.list_promises(stores, EVERYTHING, state="kept", person=1)] == ["事 0"]


def test_nobody_sees_promises_of_others_holders(stores: Stores) -> None:
    drained(stores, track("u1", "page_viewed"))
    made = keeping.promise(stores, "staff:1", 1, "事", stores.clock.now() + timedelta(days=1))
    with stores.ledger.write() as conn:
        conn.execute(sa.update(staff_tasks).where(staff_tasks.c.id == made.task).values(holder="staff:9"))
    assert keeping.list_promises(stores, Looker(False, ("staff:8",))) == []
    assert len(keeping.list_promises(stores, Looker(False, ("staff:9",)))) == 1


def test_what_is_wrong_is_refused(stores: Stores) -> None:
    drained(stores, track("u1", "page_viewed"))
    now = stores.clock.now()
    for words, due, field in (
        ("", now + timedelta(1), "words"),
        ("事", now, "due"),
        ("事", now + timedelta(400), "due"),
    ):
        with pytest.raises(BadInput) as refused:
            keeping.promise(stores, "staff:1", 1, words, due)
        assert refused.value.field == field
    with pytest.raises(NotFound):
        keeping.promise(stores, "staff:1", 99, "事", now + timedelta(1))


def test_who_is_erased_leaves_no_words(stores: Stores) -> None:
    erasure.also_forget_nodes(forgetting.forget_people)
    drained(stores, track("u1", "page_viewed"))
    keeping.promise(stores, "staff:1", 1, "补寄小样", stores.clock.now() + timedelta(1), order="A1")
    erasure.erase(stores, "staff:1", 1)
    (left,) = keeping.list_promises(stores, EVERYTHING)
    assert (left.words, left.order) == ("—", "")
