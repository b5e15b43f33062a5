"""What came of the arms of a random split."""

from __future__ import annotations

from typing import Any

import pytest

from siyu.people import families, projection
from siyu.reach.journeys.arms import compare
from siyu.storage import BadInput, NotFound, Stores
from tests.reach.journeys.world import DAY, HOUR, MINUTE, Road

ARMS = [{"share": 50, "to": "hello", "title": "B"}, {"share": 50, "to": "stay", "title": "A"}]
SPLIT: dict[str, Any] = {"type": "split", "id": "lot", "arms": ARMS}
STAY: dict[str, Any] = {"type": "wait", "id": "stay", "minutes": 60 * 24 * 30}


@pytest.fixture
def road(stores: Stores) -> Road:
    return Road(stores)


def begun(road: Road, many: int = 12) -> tuple[int, list[list[int]]]:
    """The journey, and the people of each arm as the engine's own books have them."""
    persons = road.people(many)
    number = road.publish(
        [SPLIT, road.saying("hello", "stay"), STAY], goal={"match": {"event": "won"}, "leaves": False}
    )
    road.happens("come", *persons)
    road.passes(MINUTE)
    first = {person for person, _ in road.outbox(number)}
    return number, [[each for each in persons if (each in first) == wanted] for wanted in (True, False)]


def test_each_arm_counts_whom_the_lot_put_there_once_their_days_are_over(road: Road) -> None:
    number, arms = begun(road)
    road.drain()
    early = compare(road.stores, number, 1)
    assert [(each.people, each.over) for each in early.arms] == [(len(each), 0) for each in arms]
    assert [each.title for each in early.arms] == ["B", "A"]
    road.passes(8 * DAY)
    road.drain()
    late = compare(road.stores, number, 1, "lot")
    assert [(each.people, each.over) for each in late.arms] == [(len(each), len(each)) for each in arms]
    assert not late.uneven


def test_only_what_happened_within_the_days_counts(road: Road) -> None:
    number, (first, second) = begun(road)
    road.happens("page_viewed", *first)  # day 0: that they came is no coming back
    road.passes(2 * DAY)
    road.happens("page_viewed", *second[:2])
    road.happens("won", second[0])
    road.passes(6 * DAY + HOUR)
    road.happens("page_viewed", *first)
    road.happens("won", *first)
    road.passes(DAY)
    road.drain()
    one, other = compare(road.stores, number, 1).arms
    assert (one.figures["back"].part, one.figures["goal"].part) == (0, 0)
    assert (other.figures["back"].part, other.figures["goal"].part) == (2, 1)
    assert other.figures["back"].whole == len(second)
    apart = other.figures["back"].difference
    assert one.figures["back"].difference is None
    assert apart is not None
    assert apart.difference == pytest.approx(2 / len(second))
    assert apart.low < apart.difference < apart.high


def test_who_left_every_adviser_is_no_friend_any_more(road: Road) -> None:
    number, (first, second) = begun(road)
    for staff in ("lin", "he"):
        road.happens("friend_added", first[0], second[0], staff=staff)
    road.passes(HOUR)
    road.happens("friend_lost", first[0], staff="lin")
    for staff in ("lin", "he"):
        road.happens("friend_lost", second[0], staff=staff)
    road.passes(8 * DAY)
    road.drain()
    found = [each.figures["friends"] for each in compare(road.stores, number, 1).arms]
    assert [(each.part, each.whole) for each in found] == [(1, 1), (0, 1)]


def test_opens_are_of_this_journeys_messages(road: Road) -> None:
    number, (first, second) = begun(road)
    road.deliver()
    road.drain()
    rows = road.stores.events.rows(
        "SELECT person, properties.delivery_id.:String, properties.channel.:String FROM events "
        "WHERE name = 'message_accepted'"
    )
    deliveries = {person: (delivery, channel) for person, delivery, channel in rows}
    assert set(deliveries) == set(first)
    delivery, channel = deliveries[first[0]]
    for _ in range(2):
        road.happens("message_opened", first[0], delivery_id=delivery, channel=channel)
    road.happens("message_opened", second[0], delivery_id="of another sender", channel=channel)
    road.passes(8 * DAY)
    road.drain()
    one, other = (each.figures["opened"] for each in compare(road.stores, number, 1).arms)
    assert (one.part, one.whole) == (1, len(first))
    assert (other.part, other.whole, other.difference) == (0, 0, None)


def test_who_became_one_person_in_both_arms_is_left_out(road: Road) -> None:
    number, (first, second) = begun(road)
    road.passes(8 * DAY)
    road.drain()
    road.merge(first[0], second[0])
    with road.stores.ledger.write() as conn:
        families.mark_changed(conn, road.clock.now(), [first[0]])
    projection.project_all(road.stores)
    found = compare(road.stores, number, 1)
    assert [each.people for each in found.arms] == [len(first) - 1, len(second) - 1]


def test_what_can_not_be_compared_is_said(road: Road) -> None:
    number, _ = begun(road)
    with pytest.raises(NotFound):
        compare(road.stores, number, 1, "hello")
    with pytest.raises(BadInput):
        compare(road.stores, number, 1, days=91)
