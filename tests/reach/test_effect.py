"""What a broadcast really added: by the assignment, in one time for both sides, with intervals and in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from siyu.experiments import held_out
from siyu.experiments.lift import Amounts, lift_of_means, lift_of_shares
from siyu.reach.broadcasts import cancel_broadcast, get_broadcast
from siyu.reach.command import effect as effect_command
from siyu.reach.effect import Effect, Side, effect_of
from siyu.reach.effect_words import rounded, told
from siyu.reach.results import message_rows
from siyu.storage import BadInput, Conflict, Stores
from tests.reach.world import NOON, World, log, log_own_events

HOUR = timedelta(hours=1)


def sides(stores: Stores, broadcast: int, persons: list[int]) -> tuple[list[int], list[int]]:
    """Who is drawn to get it and who to stay out."""
    found = get_broadcast(stores, broadcast)
    out = held_out(found.salt, persons, found.draft.holdout_percent)
    return (
        [person for person, stays in zip(persons, out, strict=True) if not stays],
        [person for person, stays in zip(persons, out, strict=True) if stays],
    )


def sent(stores: Stores, people: int = 200) -> tuple[World, int, list[int], list[int]]:
    world = World(stores)
    persons = world.add(people)
    broadcast = world.started(holdout_percent=50)
    world.deliver()
    log_own_events(stores)
    return world, broadcast, *sides(stores, broadcast, persons)


def effect(stores: Stores, broadcast: int, days: int = 7) -> Effect:
    return effect_of(stores, get_broadcast(stores, broadcast), days)


def test_both_sides_are_counted_in_the_same_time(each_stores: Stores) -> None:
    world, broadcast, treated, control = sent(each_stores)
    began = world.clock.now()
    log(each_stores, "order_paid", treated[:30] + control[:10], began + 3 * HOUR, amount=100)
    log(each_stores, "order_paid", treated[:5] + control[:7], began - 3 * HOUR, amount=100)
    log(each_stores, "order_paid", treated[:5] + control[:7], began + timedelta(days=7, hours=1), amount=100)
    log(each_stores, "message_clicked", treated[:5], began + HOUR, broadcast=broadcast)
    log(each_stores, "message_clicked", treated[:9], began + HOUR * 2, broadcast=broadcast + 1)
    found = effect(each_stores, broadcast)
    assert (found.sent.people, found.sent.bought, found.sent.clicked) == (len(treated), 30, 5)
    assert (found.heldout.people, found.heldout.bought) == (len(control), 10)
    assert found.heldout.spent == Amounts(len(control), 1000.0, 100_000.0)
    assert found.bought == lift_of_shares(30, len(treated), 10, len(control))
    assert found.spent == lift_of_means(found.sent.spent, found.heldout.spent)


def test_another_number_of_days_counts_other_purchases(stores: Stores) -> None:
    world, broadcast, treated, _ = sent(stores)
    log(stores, "order_paid", treated[:4], world.clock.now() + timedelta(days=10))
    assert [effect(stores, broadcast, days).sent.bought for days in (7, 14)] == [0, 4]


def test_who_opened_makes_no_difference_to_the_sides(stores: Stores) -> None:
    world, broadcast, treated, control = sent(stores)
    log(stores, "message_opened", treated[:3], world.clock.now() + HOUR, broadcast=broadcast)
    found = effect(stores, broadcast)
    assert (found.sent.opened, found.sent.people, found.heldout.people) == (3, len(treated), len(control))


def test_what_was_cancelled_still_counts_as_meant(stores: Stores) -> None:
    world = World(stores)
    persons = world.add(50)
    broadcast = world.started(holdout_percent=50)
    cancel_broadcast(stores, broadcast)
    log_own_events(stores)
    treated, control = sides(stores, broadcast, persons)
    found = effect(stores, broadcast)
    assert (found.sent.people, found.heldout.people) == (len(treated), len(control))


def test_whom_the_guard_held_at_the_start_is_on_neither_side(stores: Stores) -> None:
    world = World(stores)
    persons = world.add(60)
    refused = world.add(40, consent=False)
    broadcast = world.started(holdout_percent=50)
    log_own_events(stores)
    treated, control = sides(stores, broadcast, persons)
    log(stores, "order_paid", refused, world.clock.now() + HOUR)
    found = effect(stores, broadcast)
    assert (found.sent.people, found.heldout.people) == (len(treated), len(control))
    assert (found.sent.bought, found.heldout.bought) == (0, 0)


def test_whoever_was_merged_across_the_sides_is_on_neither(stores: Stores) -> None:
    world, broadcast, treated, control = sent(stores)
    stores.events.insert("aliases", {"member": [control[0], treated[2]], "kept": [treated[0], treated[1]]})
    stores.events.command("SYSTEM RELOAD DICTIONARY person_of")
    log(stores, "order_paid", [control[0], treated[1], treated[2]], world.clock.now() + HOUR)
    found = effect(stores, broadcast)
    assert (found.sent.people, found.heldout.people) == (len(treated) - 2, len(control) - 1)
    assert (found.sent.bought, found.heldout.bought) == (1, 0)


def test_the_assignment_is_the_one_that_messages_were_written_by(stores: Stores) -> None:
    _, broadcast, treated, control = sent(stores)
    rows = message_rows(stores, broadcast=broadcast, state="holdout", rows_max=500)
    assert sorted(row.person for row in rows) == control
    rows = message_rows(stores, broadcast=broadcast, state="accepted", rows_max=500)
    assert sorted(row.person for row in rows) == treated


def test_before_it_begins_there_is_no_effect(stores: Stores) -> None:
    world = World(stores)
    world.add()
    with pytest.raises(Conflict) as refused:
        effect(stores, world.begun())
    assert refused.value.code == "broadcast_not_begun"


@pytest.mark.parametrize("days", [0, -3, 91])
def test_a_number_of_days_that_can_not_be_is_refused(stores: Stores, days: int) -> None:
    _, broadcast, *_ = sent(stores, 2)
    with pytest.raises(BadInput) as refused:
        effect(stores, broadcast, days)
    assert refused.value.field == "days"


def test_the_command_answers_the_whole_comparison(stores: Stores) -> None:
    _, broadcast, treated, _ = sent(stores)
    answer = effect_command(stores, broadcast, 7)
    assert (answer["sent"]["people"], answer["over"]) == (len(treated), False)
    assert "还没结束" in answer["zh"]


# -- in words -----------------------------------------------------------------------------------------------


def made(bought: int, people: int, out_bought: int, out_people: int, percent: int = 10) -> Effect:
    """An effect as counted; every purchase is of 100."""

    def side(bought: int, people: int) -> Side:
        return Side(people, 0, 0, bought, Amounts(people, bought * 100, bought * 10_000), 0, 0)

    one, other = side(bought, people), side(out_bought, out_people)
    shares = lift_of_shares(bought, people, out_bought, out_people)
    return Effect(7, NOON, NOON, True, percent, one, other, shares, lift_of_means(one.spent, other.spent))


def test_a_difference_that_is_hardly_chance_is_said_in_buyers() -> None:
    """By hand: Wilson 9.40–10.64% and 3.81–6.53%, so Newcombe 3.36–6.35 points of 9,000 people."""
    zh, en = told(made(900, 9000, 50, 1000))
    assert "10.0% 下单，对照组 1,000 人中 5.0%，相差 +5.0 个百分点" in zh
    assert "不像是碰巧：群发大约多带来 450 位买家（302 到 571 位）" in zh
    assert "about 450 more buyers (302 to 571)" in en


def test_a_difference_that_may_be_chance_says_how_many_people_it_would_take() -> None:
    zh, en = told(made(52, 900, 5, 100))
    assert "和 0 分不清" in zh
    assert "两组共需约 70,000 人（现在 1,000 人" in zh
    assert "about 70,000 people" in en


def test_a_message_that_cost_purchases_is_said_plainly() -> None:
    assert "收到的人反而买得更少" in told(made(300, 9000, 100, 1000))[0]


def test_two_sides_alike_show_nothing() -> None:
    assert "看不出群发带来了购买" in told(made(90, 900, 10, 100))[0]


def test_without_a_hold_out_the_next_step_is_said() -> None:
    assert "下次请留出 10%" in told(made(10, 100, 0, 0, 0))[0]
    assert "人数太少" in told(made(1, 3, 0, 0))[0]


@pytest.mark.parametrize(("people", "said"), [(7, 7), (99, 99), (101, 110), (76_543, 77_000)])
def test_a_number_of_people_needed_is_rounded_up_to_two_figures(people: int, said: int) -> None:
    assert rounded(people) == said
