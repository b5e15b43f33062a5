"""Lists of tasks, figures of a team, the ladder of closeness, templates."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from siyu.people.merges import merge
from siyu.reach.staff_tasks import doing, queries, templates
from siyu.reach.staff_tasks.doing import Result
from siyu.reach.staff_tasks.figures import figures
from siyu.reach.staff_tasks.ladder import RECENT, REST, Try, next_rung, rungs_of
from siyu.reach.staff_tasks.model import EVERYTHING, RUNGS, Wish
from siyu.reach.staff_tasks.queries import Asked
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.staff.tables import platform_staff
from siyu.storage import BadInput, NotFound, Stores
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
