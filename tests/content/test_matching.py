"""Which piece suits whom, and what the event log tells about people's interests."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.content.matching.choosing import choose, freshness, of_group
from siyu.content.matching.interests import counted
from siyu.content.matching.model import Candidate, Choice, Counted, Settings
from siyu.content.matching.portraits import portraits
from siyu.content.matching.words import told
from siyu.storage import Stores
from siyu.storage.ledger import from_millis
from tests.insight.world import merge

NOW = from_millis(1_700_000_000_000)
STILL = Settings(explore=0.0)
MASK, LIPSTICK = Candidate("1", "面膜怎么敷", ["面膜"]), Candidate("2", "口红怎么选", ["口红"])


def known(*rows: tuple[int, str, float]) -> Counted:
    tags = sorted({tag for _, tag, _ in rows})
    return Counted(
        tags,
        np.array([person for person, _, _ in rows], dtype=np.int64),
        np.array([tags.index(tag) for _, tag, _ in rows], dtype=np.int64),
        np.array([weight for _, _, weight in rows]),
    )


def asked(*persons: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(persons, dtype=np.int64)


def test_everybody_gets_what_they_like() -> None:
    found = portraits(known((1, "面膜", 5.0), (2, "口红", 5.0)), asked(1, 2), STILL)
    assert [each.key for each in choose(found, [MASK, LIPSTICK], NOW, STILL, "s")] == ["1", "2"]


def test_who_did_nothing_is_served_like_the_many() -> None:
    found = portraits(known((1, "面膜", 5.0), (2, "面膜", 5.0), (3, "口红", 1.0)), asked(9), STILL)
    (choice,) = choose(found, [LIPSTICK, MASK], NOW, STILL, "s")
    assert choice.key == "1"
    assert choice.own == 0
    assert "大家的喜好" in told(choice, MASK)[0]


def test_those_who_like_the_same_lend_what_they_like_besides() -> None:
    rows = [(person, tag, 1.0) for person in range(20) for tag in ("面膜", "精华")]
    rows += [(person, "口红", 1.0) for person in range(20, 50)]
    counts = known(*rows, (99, "面膜", 1.0))
    (lent,) = portraits(counts, asked(99), Settings(neighbours=1.0)).shares
    (alike,) = portraits(counts, asked(99), Settings(neighbours=0.0)).shares
    serum = counts.tags.index("精华")
    assert lent[serum] > alike[serum]


@given(
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from("甲乙丙丁"), st.floats(0.01, 50)), min_size=1, max_size=40),
    st.floats(0.01, 5),
    st.floats(0, 1),
)
def test_shares_sum_to_one_and_none_is_nothing(
    rows: list[tuple[int, str, float]], strength: float, neighbours: float
) -> None:
    found = portraits(known(*rows), asked(*range(1, 12)), Settings(strength=strength, neighbours=neighbours))
    assert found.shares.sum(axis=1) == pytest.approx(np.ones(11))
    assert (found.shares >= 0).all()
    assert ((found.own >= 0) & (found.own < 1)).all()


def test_more_of_a_thing_never_lowers_its_share() -> None:
    few = portraits(known((1, "面膜", 1.0), (1, "口红", 1.0)), asked(1), STILL)
    more = portraits(known((1, "面膜", 3.0), (1, "口红", 1.0)), asked(1), STILL)
    place = list(few.tags).index("面膜")
    assert more.shares[0, place] > few.shares[0, place]


def test_what_is_received_better_wins_where_interest_is_equal() -> None:
    found = portraits(known((1, "面膜", 2.0), (1, "口红", 2.0)), asked(1), STILL)
    good = Candidate("1", "", ["面膜"], sent=500, opened=200)
    bad = Candidate("2", "", ["口红"], sent=500, opened=20)
    assert choose(found, [bad, good], NOW, STILL, "s")[0].key == "1"


def test_a_share_is_tried_out_and_the_same_seed_tries_the_same() -> None:
    people = asked(*range(1, 2001))
    found = portraits(known(*((person, "面膜", 3.0) for person in range(1, 2001)), (3000, "口红", 1.0)), people, STILL)
    settings = Settings(explore=0.1)
    choices = choose(found, [MASK, LIPSTICK], NOW, settings, "week 1")
    assert choices == choose(found, [MASK, LIPSTICK], NOW, settings, "week 1")
    tried = sum(each.tried for each in choices)
    assert 130 < tried < 270
    assert all(each.key == "1" for each in choices if not each.tried)


def test_trying_learns_which_piece_is_received_better() -> None:
    people = asked(*range(1, 1001))
    found = portraits(
        known(*((person, tag, 1.0) for person in range(1, 1001) for tag in ("面膜", "口红"))), people, STILL
    )
    truth, chance = {"1": 0.4, "2": 0.1}, np.random.default_rng(3)
    sent, opened, choices = Counter[str](), Counter[str](), list[Choice]()
    for week in range(6):
        pieces = [Candidate(key, "", [tag], sent[key], opened[key]) for key, tag in (("1", "面膜"), ("2", "口红"))]
        choices = choose(found, pieces, NOW, Settings(explore=0.3), f"{week}")
        for each in choices:
            sent[each.key] += 1
            opened[each.key] += int(chance.random() < truth[each.key])
    assert Counter(each.key for each in choices)["1"] > 950


def test_a_topical_piece_fades_and_a_lasting_one_does_not() -> None:
    old = NOW - timedelta(days=60)
    assert freshness(Candidate("1", "", [], since=old, topical=True), NOW, STILL) < 0.65
    assert freshness(Candidate("1", "", [], since=old), NOW, STILL) == 1


def test_a_piece_without_known_tags_can_still_be_chosen() -> None:
    found = portraits(known((1, "面膜", 1.0), (1, "口红", 1.0)), asked(1), STILL)
    (choice,) = choose(found, [Candidate("9", "", ["没见过"])], NOW, STILL, "s")
    assert (choice.key, choice.tag) == ("9", "")
    assert choose(found, [], NOW, STILL, "s") == []


def test_a_group_reads_as_its_members_do() -> None:
    found = portraits(known((1, "面膜", 9.0), (2, "面膜", 4.0), (3, "口红", 1.0)), asked(1, 2, 3), STILL)
    (choice,) = choose(of_group(found, asked(1, 2, 3)), [LIPSTICK, MASK], NOW, STILL, "s")
    assert choice.key == "1"


def test_a_choice_is_told_in_words() -> None:
    found = portraits(known((1, "面膜", 50.0), (2, "口红", 50.0)), asked(1), STILL)
    piece = Candidate("1", "", ["面膜"], sent=100, opened=31)
    (choice,) = choose(found, [piece], NOW, STILL, "s")
    zh, en = told(choice, piece)
    assert "常买常看「面膜」" in zh
    assert "打开 31%" in zh
    assert "often buys" in en


def at(stores: Stores, person: int, name: str, days_ago: float, categories: list[str], **properties: Any) -> None:
    """Something that somebody did, with the lines of an order where it is one."""
    many = len(categories)
    when = stores.clock.now() - timedelta(days=days_ago)
    stores.events.insert(
        "events",
        {
            "person": [person],
            "time": [when],
            "name": [name],
            "message_id": [f"{person}-{name}-{days_ago}"],
            "received": [when],
            "source": ["shop"],
            "batch": [1],
            "record": [1],
            "lines.row": [list(range(many))],
            "lines.sku": [[f"s{number}" for number in range(many)]],
            "lines.title": [[""] * many],
            "lines.category": [categories],
            "lines.quantity": [[Decimal(1)] * many],
            "lines.price": [[Decimal(1)] * many],
            "properties": [json.dumps(properties)],
        },
    )


def weights(stores: Stores, settings: Settings, **more: Any) -> Any:
    found = counted(stores, stores.clock.now(), settings, **more)
    rows = zip(found.persons.tolist(), found.places.tolist(), found.weights.tolist(), strict=True)
    return {(person, found.tags[place]): weight for person, place, weight in rows}


def test_the_event_log_tells_interests_that_decay_by_half_lives(stores: Stores) -> None:
    at(stores, 1, "order_paid", 0, ["面膜", "面膜"])
    at(stores, 1, "order_paid", 10, ["面膜", "口红"])
    at(stores, 2, "product_viewed", 0, [], category="口红")
    at(stores, 2, "message_clicked", 0, [], tags=["口红", "香水"])
    at(stores, 2, "message_opened", 0, [], category="礼盒")
    assert weights(stores, Settings(half_life_days=10)) == {
        (1, "口红"): pytest.approx(0.5),
        (1, "面膜"): pytest.approx(1.5),
        (2, "口红"): pytest.approx(0.15 + 0.3),
        (2, "香水"): pytest.approx(0.3),
    }


def test_what_merged_people_did_is_of_one_and_who_is_not_asked_for_is_left_out(stores: Stores) -> None:
    at(stores, 1, "order_paid", 0, ["面膜"])
    at(stores, 2, "order_paid", 0, ["口红"])
    at(stores, 3, "order_paid", 0, ["香水"])
    merge(stores.events, [(2, 1)])
    try:
        assert set(weights(stores, Settings(), persons=[1])) == {(1, "面膜"), (1, "口红")}
    finally:
        merge(stores.events, [])


def test_what_lies_ahead_or_long_ago_does_not_count(stores: Stores) -> None:
    at(stores, 1, "order_paid", -1, ["面膜"])
    at(stores, 1, "order_paid", 900, ["口红"])
    assert weights(stores, Settings()) == {}
