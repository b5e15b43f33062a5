"""Audiences: kept, edited, brought up to date; who joined and left, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from siyu.audiences import actions, queries, states
from siyu.audiences.command import count, explain, person_number
from siyu.audiences.model import parse
from siyu.jobs import run_due
from siyu.storage import BadInput, Conflict, ManualClock, NotFound, Stores
from tests.audiences.shop import add_people, happened, settle

BOUGHT = parse({"type": "did", "event": "order_paid", "window": {"type": "last", "n": 30}})


def members(stores: Stores, number: int) -> list[int]:
    return queries.members(stores, number).tolist()


def moved(stores: Stores, number: int) -> list[tuple[int, bool, list[tuple[str, bool | None]]]]:
    settle(stores)
    return [
        (each["person"], each["joined"], [(cause["path"], cause["holds"]) for cause in each["causes"]])
        for each in queries.history(stores, number)
    ]


def test_a_live_audience_follows_its_rule(each_stores: Stores) -> None:
    one, _two = add_people(each_stores, 2)
    number = actions.create(each_stores, "staff:1", "买过的", BOUGHT)
    assert members(each_stores, number) == []

    happened(each_stores, one)

    assert members(each_stores, number) == [one]


def test_joining_and_leaving_become_events_with_the_condition_that_changed(each_stores: Stores) -> None:
    clock = each_stores.clock
    assert isinstance(clock, ManualClock)
    one, two = add_people(each_stores, 2)
    happened(each_stores, one, days_ago=20)
    number = actions.create(each_stores, "staff:1", "买过的", BOUGHT)
    actions.refresh(each_stores, number)

    clock.advance(timedelta(days=15))
    happened(each_stores, two)
    told = actions.refresh(each_stores, number)

    assert told == {"size": 1, "joined": 1, "left": 1}
    assert sorted(moved(each_stores, number)) == [(one, False, [("$", False)]), (two, True, [("$", True)])]


def test_the_cause_names_only_the_conditions_that_changed(stores: Stores) -> None:
    (one,) = add_people(stores, 1)
    happened(stores, one, "page_viewed")
    rule = {"type": "all", "rules": [{"type": "did", "event": "page_viewed"}, {"type": "did", "event": "order_paid"}]}
    number = actions.create(stores, "staff:1", "两样", parse(rule))
    actions.refresh(stores, number)

    happened(stores, one)
    actions.refresh(stores, number)

    assert moved(stores, number) == [(one, True, [("$.rules[1]", True)])]


def test_being_there_from_the_start_is_not_joining(stores: Stores) -> None:
    (one,) = add_people(stores, 1)
    happened(stores, one)
    number = actions.create(stores, "staff:1", "买过的", BOUGHT)

    assert actions.refresh(stores, number) == {"size": 1, "joined": 0, "left": 0}
    assert moved(stores, number) == []


def test_an_edited_rule_is_itself_the_cause(stores: Stores) -> None:
    clock = stores.clock
    assert isinstance(clock, ManualClock)
    (one,) = add_people(stores, 1)
    number = actions.create(stores, "staff:1", "买过的", BOUGHT)
    actions.refresh(stores, number)
    clock.advance(timedelta(minutes=1))

    actions.edit(stores, "staff:1", number, name="所有人", rule=parse({"type": "all", "rules": []}))
    actions.refresh(stores, number)

    settle(stores)
    (change,) = queries.history(stores, number)
    assert (change["person"], change["causes"][0]["en"]) == (one, "the rule was edited")


def test_a_refresh_that_died_halfway_counts_nobody_twice(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = add_people(stores, 2)
    number = actions.create(stores, "staff:1", "买过的", BOUGHT)
    actions.refresh(stores, number)
    happened(stores, one)
    happened(stores, two)

    with monkeypatch.context() as broken:
        broken.setattr(states, "size_of_state", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            actions.refresh(stores, number)
    actions.refresh(stores, number)

    assert [person for person, joined, _ in moved(stores, number) if joined] == [one, two]


def test_a_snapshot_stays_as_it_was(each_stores: Stores) -> None:
    one, two = add_people(each_stores, 2)
    happened(each_stores, one)
    number = actions.create(each_stores, "staff:1", "快照", BOUGHT, "snapshot")

    happened(each_stores, two)

    assert members(each_stores, number) == [one]
    assert queries.get(each_stores, number).size == 1


def test_an_audience_in_an_audience(stores: Stores) -> None:
    one, two = add_people(stores, 2)
    happened(stores, one)
    inner = actions.create(stores, "staff:1", "买过的", BOUGHT)
    outer = parse({"type": "none", "rules": [{"type": "audience", "audience": inner}]})

    assert queries.page(stores, outer) == (1, [two])


def test_audiences_can_not_refer_to_each_other_in_a_circle(stores: Stores) -> None:
    inner = actions.create(stores, "staff:1", "内", BOUGHT)
    outer = actions.create(stores, "staff:1", "外", parse({"type": "audience", "audience": inner}))

    with pytest.raises(BadInput, match="circle"):
        actions.edit(stores, "staff:1", inner, name="内", rule=parse({"type": "audience", "audience": outer}))


def test_an_audience_that_is_not_there_can_not_be_referred_to(stores: Stores) -> None:
    with pytest.raises(BadInput, match="no audience 99"):
        actions.create(stores, "staff:1", "空", parse({"type": "audience", "audience": 99}))


def test_the_slower_of_two_editors_is_told(stores: Stores) -> None:
    number = actions.create(stores, "staff:1", "买过的", BOUGHT)
    everybody = parse({"type": "all", "rules": []})
    actions.edit(stores, "staff:1", number, name="所有人", rule=everybody, seen=1)

    with pytest.raises(Conflict):
        actions.edit(stores, "staff:2", number, name="另一个", rule=BOUGHT, seen=1)


def test_every_version_of_a_rule_is_kept(stores: Stores) -> None:
    number = actions.create(stores, "staff:1", "买过的", BOUGHT)
    actions.edit(stores, "staff:1", number, name="所有人", rule=parse({"type": "all", "rules": []}))

    assert [each["version"] for each in queries.versions(stores, number)] == [2, 1]
    assert queries.rule_of_version(stores, number, 1) == BOUGHT


def test_what_is_due_is_brought_up_to_date_by_itself(stores: Stores) -> None:
    import siyu.audiences.tasks  # noqa: F401  registers the handlers

    (one,) = add_people(stores, 1)
    happened(stores, one)
    number = actions.create(stores, "staff:1", "买过的", BOUGHT)

    run_due(stores)

    assert queries.get(stores, number).size == 1


def test_an_explanation_shows_what_was_found(stores: Stores) -> None:
    (one,) = add_people(stores, 1)
    happened(stores, one, amount=12)

    told = explain(stores, '{"type": "did", "event": "order_paid"}', str(one))

    assert told["holds"] is True
    assert told["zh"] == "做过下单付款"
    assert told["found"]["matching"] == 1
    assert told["found"]["events"][0]["amount"] == "12"


def test_nobody_by_that_number(stores: Stores) -> None:
    with pytest.raises(NotFound):
        explain(stores, '{"type": "all", "rules": []}', "12345")


@pytest.mark.parametrize("text", ["", "-1", "x", "1.5", "9" * 30])
def test_what_is_no_person_is_refused(stores: Stores, text: str) -> None:
    with pytest.raises(BadInput):
        person_number(stores, text)


def test_a_count_says_what_was_counted(stores: Stores) -> None:
    add_people(stores, 3)

    told = count(stores, '{"type": "all", "rules": []}')

    assert (told["people"], told["zh"], told["en"]) == (3, "全部客户", "everybody")
