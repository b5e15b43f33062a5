"""Tasks for staff: given by set or by hand, taken, handed on, done, undone, late once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.app import load_rooms
from siyu.channels.wecom.tables import wecom_members
from siyu.people import erasure
from siyu.people.drain import Drain
from siyu.reach.staff_tasks import command, doing, giving, queries
from siyu.reach.staff_tasks.doing import Result
from siyu.reach.staff_tasks.model import EVERYTHING, Origin, Wish
from siyu.reach.staff_tasks.tables import staff_tasks, task_texts
from siyu.staff import actions as staff_actions
from siyu.staff.model import SYSTEM, Actor
from siyu.staff.tables import platform_staff
from siyu.storage import BadInput, Conflict, NotAllowed, NotFound, Stores
from tests.channels.wecom.told import an_account
from tests.passwords import cheap_passwords
from tests.reach.task_team import Team
from tests.reach.world import NOON

__all__ = ["cheap_passwords"]


@pytest.fixture
def team(each_stores: Stores) -> Team:
    return Team(each_stores)


@pytest.fixture
def one(stores: Stores) -> Team:
    """The same on SQLite alone, for what has no SQL of its own."""
    return Team(stores)


# --- whose task it is


def test_a_task_goes_to_the_member_whose_friend_a_person_became_last(team: Team) -> None:
    account, (person,) = an_account(team.stores), team.add(origin_staff="anna")
    team.befriend(account, person, "early", days_ago=300)
    team.befriend(account, person, "lisi", days_ago=2)
    team.befriend(account, person, "removed", days_ago=1, state="removed")
    (number,) = team.give([person])
    assert team.task(number).holder == f"wecom:{account}:lisi"

    ben = team.ben
    with team.stores.ledger.write() as conn:  # lisi, whom we know as Ben, comes to the sidebar for the first time
        conn.execute(sa.insert(platform_staff).values(account=account, userid="lisi", staff=ben.id))
    assert [each.id for each in team.all(team.looks(ben))] == [number]  # what was given before is theirs
    assert team.task(*team.give([person])).holder == ben.tag

    now = team.clock.now()
    with team.stores.ledger.write() as conn:  # and leaves the company: who was a friend before is the adviser
        conn.execute(sa.insert(wecom_members).values(account=account, userid="lisi", follows=True, told=now, gone=now))
    assert team.task(*team.give([person])).holder == f"wecom:{account}:early"


def test_without_a_friendship_it_goes_to_whoever_brought_the_person_else_to_the_pool(team: Team) -> None:
    (by_login,), (by_name,) = team.add(origin_staff="anna"), team.add(origin_staff="Ben")
    (by_nobody,), (by_a_stranger,) = team.add(), team.add(origin_staff="从前的员工")
    numbers = team.give([by_login, by_name, by_nobody, by_a_stranger])
    assert [team.task(each).holder for each in numbers] == [team.anna.tag, team.ben.tag, "", ""]


def test_a_name_that_two_members_have_names_nobody(one: Team) -> None:
    (person,) = one.add(origin_staff="Ben")
    staff_actions.create_member(
        one.stores, SYSTEM, login="ben2", name="Ben", password="correct horse battery", role="agent"
    )
    assert one.task(*one.give([person])).holder == ""


def test_one_sees_own_tasks_the_pool_and_what_was_passed_up_and_no_others(team: Team) -> None:
    mine, theirs, pool = team.add(origin_staff="anna"), team.add(origin_staff="ben"), team.add()
    numbers = team.give([*mine, *theirs, *pool])
    passed_up = team.give(theirs, Wish("答复", minutes=5, escalate_to="anna"))
    assert [each.id for each in team.all(team.looks(team.anna))] == [numbers[0], numbers[2]]
    with pytest.raises(NotFound):
        queries.one_task(team.stores, team.looks(team.anna), numbers[1])
    team.pass_time(minutes=6)
    assert {each.id for each in team.all(team.looks(team.anna))} == {numbers[0], numbers[2], *passed_up}
    assert len(team.all(team.looks(team.chief))) == 4
    assert team.all(team.looks(Actor("key", 1, "a key", "adviser"))) == [team.task(numbers[2])]


# --- giving


def test_a_journeys_step_gives_each_person_one_task_a_run_whatever_is_repeated(team: Team) -> None:
    persons = team.add(5)
    assert team.by_journey(persons[:3]) == 3
    assert team.by_journey(persons) == 2
    assert team.by_journey(persons, Origin(7, 3, "greet")) == 0  # a new version is the same step
    assert team.by_journey(persons, Origin(7, 2, "another")) == 5
    assert team.by_journey(persons[:2], runs=[2, 1]) == 1
    told = team.told("task_given")
    assert len(told) == 11
    assert (told[0]["journey"], told[0]["node"]) == (7, "greet")
    assert sorted({each["run"] for each in told if each["node"] == "greet"}) == [1, 2]
    assert {each.due - each.created for each in team.all()} == {timedelta(hours=1)}


def test_tasks_that_say_the_same_keep_it_once(team: Team) -> None:
    team.by_journey(team.add(30))
    with team.stores.ledger.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(task_texts)).scalar_one() == 1


def test_who_is_erased_gets_no_task_and_what_was_to_do_is_cancelled(one: Team) -> None:
    load_rooms()
    left, gone = one.add(2)
    number, done = one.give([gone]) + one.give([gone])
    doing.finish(one.stores, EVERYTHING, "staff:1", done, Result(note="她说周五来店里"))
    erasure.erase(one.stores, "test", gone)
    assert (one.task(number).state, one.task(done).note) == ("cancelled", "")
    assert one.by_journey([left, gone]) == 1
    with pytest.raises(Conflict):
        one.give([gone])


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish(" "), "title"),
        (Wish("x" * 101), "title"),
        (Wish("问候", minutes=0), "minutes"),
        (Wish("问候", "{{ person.shoe }}"), "script"),
        (Wish("问候", "{% if %}"), "script"),
        (Wish("问候", escalate_to="nobody"), "escalate_to"),
        (Wish("问候", to="nobody"), "to"),
        (Wish("问候", to="staff:999"), "to"),
    ],
)
def test_what_a_task_cant_say_is_refused_at_its_field(one: Team, wish: Wish, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        one.give(one.add(), wish)
    assert refused.value.field == field
    with one.stores.ledger.read() as conn:
        assert conn.execute(sa.select(staff_tasks)).all() == []


def test_a_script_is_written_out_for_the_person_it_is_about(one: Team) -> None:
    (person,) = one.add(name="安娜")
    (nameless,) = one.add()
    tasks = [one.task(each) for each in one.give([person, nameless])]
    assert list(queries.scripts_of(one.stores, tasks, lambda value: value).values()) == ["安娜你好", "您你好"]


def test_a_task_names_the_chat_in_which_the_customer_is_written_to(team: Team) -> None:
    account, (friend, stranger) = an_account(team.stores), team.add(2)
    team.befriend(account, friend, "lisi", days_ago=2)
    tasks = [team.task(each) for each in team.give([friend, stranger])]
    assert [each.customer for each in command.told(team.stores, tasks)] == [f"wm{friend}", ""]


def test_what_a_journey_gave_is_taken_back_but_not_what_is_done(team: Team) -> None:
    persons = team.add(3)
    team.by_journey(persons)
    team.by_journey(persons, Origin(7, 3, "other"))
    (by_hand,) = team.give(persons[:1])
    first = team.all(journey=7)[0]
    doing.finish(team.stores, EVERYTHING, "staff:1", first.id, Result())

    def cancelled(**which: Any) -> int:
        with team.stores.ledger.write() as conn:
            return giving.cancel_tasks(conn, journey=7, now=team.clock.now(), why="stopped", **which)

    assert cancelled(node="other", persons=persons[:1]) == 1
    assert cancelled(up_to=2) == 2  # of what the third version gave, nothing
    assert (cancelled(), cancelled()) == (2, 0)
    assert (team.task(first.id).state, team.task(by_hand).state) == ("done", "open")


# --- doing


def test_who_takes_a_task_of_the_pool_holds_it_and_nobody_else_takes_it(team: Team) -> None:
    (number,) = team.give(team.add())
    anna, ben = team.looks(team.anna), team.looks(team.ben)
    taken = doing.take(team.stores, anna, team.anna.tag, number)
    assert (taken.holder, taken.state, taken.taken) == (team.anna.tag, "taken", NOON)
    assert doing.take(team.stores, anna, team.anna.tag, number) == taken
    with pytest.raises(NotFound):
        doing.take(team.stores, ben, team.ben.tag, number)
    with pytest.raises(Conflict):
        doing.take(team.stores, EVERYTHING, team.chief.tag, number)


def test_a_done_task_keeps_who_how_and_what_and_tells_it_once(team: Team) -> None:
    (number,) = team.give(team.add())
    team.clock.advance(timedelta(minutes=25))
    result = Result("想看新品", "reached", "voice")
    done = doing.finish(team.stores, team.looks(team.anna), team.anna.tag, number, result)
    assert (done.state, done.holder, done.ended_by) == ("done", team.anna.tag, team.anna.tag)
    assert (done.note, done.outcome, done.rung) == ("想看新品", "reached", "voice")
    with pytest.raises(Conflict):
        doing.finish(team.stores, EVERYTHING, team.anna.tag, number, Result())
    (told,) = team.told("task_done")
    assert {key: told[key] for key in ("task", "outcome", "rung", "minutes", "in_time")} == {
        "task": number, "outcome": "reached", "rung": "voice", "minutes": 25, "in_time": True,
    }  # fmt: skip
    assert "note" not in told


def test_a_task_that_was_reopened_is_to_do_again_and_its_second_end_is_told_too(team: Team) -> None:
    (number,) = team.give(team.add())
    for minutes in (5, 5):
        team.clock.advance(timedelta(minutes=minutes))
        doing.finish(team.stores, EVERYTHING, team.anna.tag, number, Result("好", "reached", "text"))
        again = doing.reopen(team.stores, EVERYTHING, number)
        assert (again.state, again.ended, again.outcome, again.note) == ("open", None, "", "好")
    with pytest.raises(Conflict):
        doing.reopen(team.stores, EVERYTHING, number)
    assert len(team.told("task_done")) == 2


def test_a_task_is_handed_to_a_colleague_who_has_not_begun(team: Team) -> None:
    (number,) = team.give(team.add(origin_staff="anna"))
    anna = team.looks(team.anna)
    doing.take(team.stores, anna, team.anna.tag, number)
    handed = doing.hand_over(team.stores, anna, number, "ben")
    assert (handed.holder, handed.state, handed.taken) == (team.ben.tag, "open", None)
    with pytest.raises(NotFound):
        doing.hand_over(team.stores, anna, number, "anna")
    assert doing.hand_over(team.stores, team.looks(team.ben), number, "pool").holder == ""


def test_many_are_handed_on_at_once_and_only_those_one_may_see(team: Team) -> None:
    mine = team.give(team.add(3, origin_staff="anna"))
    theirs = team.give(team.add(2, origin_staff="ben"))
    doing.finish(team.stores, EVERYTHING, "staff:1", mine[2], Result())
    assert doing.hand_some(team.stores, team.looks(team.anna), [*mine, *theirs], "chief") == 2
    assert doing.hand_over_all(team.stores, EVERYTHING, team.chief.tag, "ben") == 2
    assert len(team.all(holders=[team.ben.tag], state="open")) == 4
    with pytest.raises(NotAllowed):
        doing.hand_over_all(team.stores, team.looks(team.anna), team.ben.tag, "anna")


def test_only_who_gave_a_task_and_who_manages_cancel_it(team: Team) -> None:
    (person,) = team.add(origin_staff="anna")
    first, second, third = (team.give([person], by=by)[0] for by in ("staff:9", team.anna.tag, "staff:9"))
    anna = team.looks(team.anna)
    with pytest.raises(NotAllowed):
        doing.cancel(team.stores, anna, team.anna.tag, first)
    assert doing.cancel(team.stores, anna, team.anna.tag, second).state == "cancelled"
    assert doing.cancel(team.stores, team.looks(team.chief), team.chief.tag, third).state == "cancelled"


@pytest.mark.parametrize(
    ("result", "field"),
    [(Result("x" * 1001), "note"), (Result(outcome="great"), "outcome"), (Result(rung="dance"), "rung")],
)
def test_what_a_result_cant_say_is_refused(one: Team, result: Result, field: str) -> None:
    (number,) = one.give(one.add())
    with pytest.raises(BadInput) as refused:
        doing.finish(one.stores, EVERYTHING, "staff:1", number, result)
    assert (refused.value.field, one.task(number).state) == (field, "open")


# --- the clock


def test_a_task_past_its_time_is_late_once_and_passed_up(team: Team) -> None:
    (number,) = team.give(team.add(), Wish("答复", minutes=30, escalate_to="chief"))
    (without,) = team.give(team.add(), Wish("答复", minutes=30))
    assert team.pass_time(minutes=30) == 0  # to the minute is in time
    assert team.pass_time(seconds=1) == 2
    late = team.task(number)
    assert (late.state, late.escalated_to, late.late) == ("late", team.chief.tag, team.clock.now())
    assert team.task(without).escalated_to is None
    assert (team.pass_time(hours=5), len(team.told("task_late"))) == (0, 2)


def test_a_late_task_is_taken_done_and_undone_without_being_told_of_again(team: Team) -> None:
    (number,) = team.give(team.add(), Wish("答复", minutes=30))
    team.pass_time(hours=1)
    taken = doing.take(team.stores, EVERYTHING, team.anna.tag, number)
    assert (taken.state, taken.taken) == ("late", team.clock.now())
    doing.finish(team.stores, EVERYTHING, team.anna.tag, number, Result())
    assert team.told("task_done")[0]["in_time"] is False
    assert doing.reopen(team.stores, EVERYTHING, number).state == "late"
    assert (team.pass_time(hours=1), len(team.told("task_late"))) == (0, 1)


def test_who_was_disabled_is_told_of_nothing(team: Team) -> None:
    (number,) = team.give(team.add(), Wish("答复", minutes=30, escalate_to="anna"))
    assert team.anna.id is not None
    staff_actions.disable_member(team.stores, SYSTEM, team.anna.id)
    team.pass_time(hours=1)
    assert team.task(number).escalated_to is None


def test_the_events_reach_the_event_log(one: Team) -> None:
    (person,) = one.add()
    (number,) = one.give([person], Wish("答复", minutes=30))
    one.pass_time(hours=1)
    doing.finish(one.stores, EVERYTHING, "staff:1", number, Result())
    Drain(one.stores).step()
    rows = one.stores.events.rows(
        "SELECT name, properties.`task`.:Int64 FROM events WHERE startsWith(name, 'task_') ORDER BY time, name"
    )
    assert rows == [("task_given", number), ("task_done", number), ("task_late", number)]
