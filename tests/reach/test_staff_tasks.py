"""Tasks for staff: given by set or by hand, taken, handed on, done, undone, late once; figures and the ladder."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from siyu.app import load_rooms
from siyu.channels.wecom.tables import wecom_contacts, wecom_members
from siyu.people import erasure
from siyu.people.drain import Drain
from siyu.people.merges import merge
from siyu.people.tables import identifiers, own_events
from siyu.reach.staff_tasks import doing, giving, holders, queries, templates
from siyu.reach.staff_tasks.doing import Result
from siyu.reach.staff_tasks.figures import figures
from siyu.reach.staff_tasks.ladder import RECENT, REST, Try, next_rung, rungs_of
from siyu.reach.staff_tasks.lateness import Lateness
from siyu.reach.staff_tasks.model import EVERYTHING, RUNGS, Looker, Origin, Task, Wish
from siyu.reach.staff_tasks.queries import Asked
from siyu.reach.staff_tasks.tables import staff_tasks, task_texts
from siyu.staff import actions as staff_actions
from siyu.staff.model import SYSTEM, Actor
from siyu.staff.tables import platform_staff
from siyu.storage import BadInput, Conflict, NotAllowed, NotFound, Stores, insert_into
from tests.channels.wecom.told import an_account
from tests.passwords import cheap_passwords
from tests.reach.world import NOON, World

__all__ = ["cheap_passwords"]

GREET = Wish("问候新好友", "{{ person.name }}你好", 60)
STEP = Origin(7, 2, "greet")


class Team(World):
    """A shop with members of staff; ``anna`` and ``ben`` are advisers, ``chief`` manages."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.anna, self.ben = self.member("anna", "adviser"), self.member("ben", "adviser")
        self.chief = self.member("chief", "operator")

    def member(self, login: str, role: str) -> Actor:
        number = staff_actions.create_member(
            self.stores, SYSTEM, login=login, name=login.title(), password="correct horse battery", role=role
        )
        return Actor("staff", number, login.title(), role)

    def looks(self, actor: Actor) -> Looker:
        with self.stores.ledger.read() as conn:
            return holders.looker_of(conn, actor)

    def give(self, persons: list[int], wish: Wish = GREET, by: str = "staff:9") -> list[int]:
        return giving.give(self.stores, by, persons, wish)

    def by_journey(self, persons: list[int], origin: Origin = STEP, **more: Any) -> int:
        said: dict[str, Any] = {"script": "你好", "title": "问候", "minutes": 60, "escalate_to": ""}
        with self.stores.ledger.write() as conn:
            return giving.give_tasks(conn, origin=origin, persons=persons, now=self.clock.now(), **(said | more))

    def task(self, number: int) -> Task:
        return queries.one_task(self.stores, EVERYTHING, number)

    def all(self, looker: Looker = EVERYTHING, **asked: Any) -> list[Task]:
        return queries.tasks_page(self.stores, looker, Asked(**asked))

    def told(self, name: str) -> list[dict[str, Any]]:
        with self.stores.ledger.read() as conn:
            rows = conn.execute(sa.select(own_events).where(own_events.c.name == name).order_by(own_events.c.id))
            return [{"person": row.person, **row.properties} for row in rows]

    def befriend(self, account: int, person: int, userid: str, *, days_ago: int, state: str = "friend") -> None:
        """Somebody became a friend of a member of WeCom's."""
        now = self.clock.now()
        row = {"external_userid": f"wm{person}", "state": state, "told": now, "since": now - timedelta(days=days_ago)}
        with self.stores.ledger.write() as conn:
            known = {"kind": "external_userid", "value": f"wm{person}", "person": person, "since": now, "source": "t"}
            conn.execute(insert_into(conn, identifiers).values(**known).on_conflict_do_nothing())
            conn.execute(sa.insert(wecom_contacts).values(account=account, userid=userid, **row))

    def pass_time(self, **delta: float) -> int:
        """Let time pass, and late tasks be found; how many."""
        self.clock.advance(timedelta(**delta))
        return Lateness(self.stores).tick()


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
    assert list(queries.scripts_of(one.stores, tasks).values()) == ["安娜你好", "您你好"]


def test_what_a_journey_gave_is_taken_back_but_not_what_is_done(team: Team) -> None:
    persons = team.add(3)
    team.by_journey(persons)
    team.by_journey(persons, Origin(7, 2, "other"))
    (by_hand,) = team.give(persons[:1])
    first = team.all(journey=7)[0]
    doing.finish(team.stores, EVERYTHING, "staff:1", first.id, Result())

    def cancelled(**which: Any) -> int:
        with team.stores.ledger.write() as conn:
            return giving.cancel_tasks(conn, journey=7, now=team.clock.now(), by="system", **which)

    assert cancelled(node="other", persons=persons[:1]) == 1
    assert (cancelled(), cancelled()) == (4, 0)
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
    assert len(team.all(holder=team.ben.tag, state="open")) == 4
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


# --- lists and figures


def test_a_board_is_read_page_by_page_with_nothing_twice_and_nothing_lost(team: Team) -> None:
    persons = team.add(7)
    for place in range(7):
        team.give([persons[place]], Wish("问候" if place % 2 else "答复", minutes=10 * (place // 3 + 1)))
    seen: list[int] = []
    after: tuple[int, int] | None = None
    while page := queries.tasks_page(team.stores, EVERYTHING, Asked(state="open"), after=after, rows_max=2):
        seen += [each.id for each in page]
        after = queries.place(page[-1])
    assert seen == [each.id for each in sorted(team.all(), key=lambda each: (each.due, each.id))]
    assert (len(seen), len(set(seen))) == (7, 7)
    assert len(team.all(words="问候")) == 3
    assert queries.counts(team.stores, EVERYTHING, Asked(words="答复"))["open"] == 4


def test_what_is_done_is_read_from_the_latest_on(team: Team) -> None:
    numbers = team.give(team.add(4))
    for each in numbers:
        team.clock.advance(timedelta(minutes=1))
        doing.finish(team.stores, EVERYTHING, "staff:1", each, Result())
    first = queries.tasks_page(team.stores, EVERYTHING, Asked(state="done"), rows_max=3)
    rest = queries.tasks_page(team.stores, EVERYTHING, Asked(state="done"), after=queries.place(first[-1]))
    assert [each.id for each in (*first, *rest)] == numbers[::-1]
    lately = Asked(state="done", since=team.clock.now() - timedelta(seconds=90))
    assert len(queries.tasks_page(team.stores, EVERYTHING, lately)) == 2


def test_a_merged_person_has_the_tasks_of_both(one: Team) -> None:
    first, second = one.add(2)
    one.give([first]), one.give([second])
    merge(one.stores, "test", first, second)
    with one.stores.ledger.read() as conn:
        found = queries.tasks_of_person(conn, EVERYTHING, queries.nodes_of(conn, [first]))
    assert [each.person for each in found] == [first, first]


def test_figures_say_what_waits_what_is_late_and_how_quickly_it_was_done(team: Team) -> None:
    numbers = team.give(team.add(4, origin_staff="anna"))
    team.give(team.add(2))
    for minutes, number in zip((10, 20, 60), numbers, strict=False):  # after 10, 30 and 90 minutes
        team.clock.advance(timedelta(minutes=minutes))
        doing.finish(team.stores, EVERYTHING, team.anna.tag, number, Result())
    whole, lines = figures(team.stores, EVERYTHING)
    assert (whole.undone, whole.late, whole.done, whole.minutes) == (3, 3, 3, 30.0)
    assert whole.in_time == pytest.approx(2 / 3)
    by = {each.holder: each for each in lines}
    assert (by[team.anna.tag].name, by[team.anna.tag].undone, by[team.anna.tag].done) == ("Anna", 1, 3)
    assert (by[""].undone, by[""].done, by[""].in_time, by[""].minutes) == (2, 0, None, None)
    assert figures(team.stores, team.looks(team.ben))[0].undone == 2
    team.clock.advance(timedelta(days=31))
    assert figures(team.stores, EVERYTHING)[0].done == 0


def test_a_member_known_by_two_names_counts_once(team: Team) -> None:
    (person,) = team.add()
    (mine,) = team.give([person], Wish("问候", to="anna"))
    (there,) = team.give([person])
    with team.stores.ledger.write() as conn:
        conn.execute(sa.update(staff_tasks).where(staff_tasks.c.id == there).values(holder="wecom:1:anna"))
        conn.execute(sa.insert(platform_staff).values(account=1, userid="anna", staff=team.anna.id))
    _, (line,) = figures(team.stores, EVERYTHING)
    assert (line.holder, line.undone) == (team.anna.tag, 2)
    assert {each.id for each in team.all(team.looks(team.anna))} == {mine, there}


# --- the ladder of closeness


def ago(days: float, rung: str, outcome: str = "reached") -> Try:
    return Try(NOON - timedelta(days=days), rung, outcome)


@pytest.mark.parametrize(
    ("tries", "stands", "following"),
    [
        ([], "", "text"),
        ([ago(1, "text", "no_answer")], "", "text"),
        ([ago(1, "text")], "text", "voice"),
        ([ago(3, "text"), ago(1, "voice", "declined")], "text", "text"),
        ([ago(20, "text"), ago(15, "voice", "declined")], "text", "voice"),
        ([ago(2, "voice"), ago(1, "text")], "voice", "video"),
        ([ago(200, "video"), ago(1, "text")], "text", "voice"),
        ([ago(5, "meeting")], "meeting", "meeting"),
        ([ago(5, "text", "")], "", "text"),
    ],
)
def test_the_next_rung(tries: list[Try], stands: str, following: str) -> None:
    found = next_rung(tries, NOON)
    assert (found.stands, found.next) == (stands, following)


@given(
    st.lists(
        st.builds(
            ago, st.floats(0, 400), st.sampled_from([*RUNGS, ""]), st.sampled_from(["reached", "no_answer", "declined"])
        )
    )
)
def test_nobody_is_asked_up_more_than_one_rung(tries: list[Try]) -> None:
    order = ["", *RUNGS]
    found = next_rung(tries, NOON)
    assert 0 <= order.index(found.next) - order.index(found.stands) <= 1
    assert found == next_rung(reversed(tries), NOON)
    assert RECENT > REST


def test_the_rung_of_a_person_is_read_from_what_was_done(team: Team) -> None:
    first, second = team.add(2)
    (number,) = team.give([first])
    doing.finish(team.stores, EVERYTHING, "staff:1", number, Result("", "reached", "voice"))
    with team.stores.ledger.read() as conn:
        found = rungs_of(conn, [first, second], team.clock.now() + timedelta(days=1))
    assert {person: rung.next for person, rung in found.items()} == {first: "video", second: "text"}


# --- templates


def test_what_one_does_well_becomes_everybodys_template(one: Team) -> None:
    (number,) = one.give(one.add(), Wish("问候", "{{ person.name }}你好", 45))
    doing.finish(one.stores, EVERYTHING, "staff:1", number, Result("先夸头像，{{再}}问肤质", "reached", "text"))
    draft = templates.from_task(one.stores, EVERYTHING, number)
    key = templates.add_template(one.stores, "staff:1", draft)
    kept = templates.template_named(one.stores, key).draft
    assert (kept.title, kept.minutes, kept.made_of) == ("问候", 45, number)
    assert kept.script == "{{ person.name }}你好\n\n先夸头像，{ {再}}问肤质"
    one.give(one.add(), Wish(kept.title, kept.script, kept.minutes, template=key))
    assert templates.used(one.stores) == {key: 1}


def test_ready_templates_are_the_clocks_of_greeting_and_answering_and_stay_as_they_are(one: Team) -> None:
    greet, answer = templates.all_templates(one.stores)
    assert (greet.draft.minutes, answer.draft.minutes) == (60, 30)
    for each in (greet, answer):
        one.give(one.add(), Wish(each.draft.title, each.draft.script, each.draft.minutes, template=each.key))
    with pytest.raises(BadInput):
        templates.remove_template(one.stores, "greet")


def test_a_template_is_changed_and_removed(one: Team) -> None:
    key = templates.add_template(one.stores, "t", templates.Draft("甲", "问候", "你好", 5))
    templates.change_template(one.stores, "t", key, templates.Draft("乙", "问候", "您好", 6, "pool"))
    found = templates.template_named(one.stores, key).draft
    assert (found.name, found.script, found.minutes, found.who) == ("乙", "您好", 6, "pool")
    templates.remove_template(one.stores, key)
    with pytest.raises(NotFound):
        templates.template_named(one.stores, key)
    with pytest.raises(BadInput):
        templates.add_template(one.stores, "t", templates.Draft("", "问候"))
