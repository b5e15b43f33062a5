"""Assignment: GrowthBook's published formula, one person at a time and a million at once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.experiments import bucket, bucket_ranges, buckets, choose, fnv1a_32, held_out, position

GOLDEN = Path(os.environ.get("SIYU_REAL_DATA", "../shared/data")) / "golden/growthbook/cases.json"

persons = st.integers(0, 2**32 - 1)


def test_the_hash_is_fnv1a_of_32_bits() -> None:
    # Vectors of the algorithm's authors (isthe.com/chongo/tech/comp/fnv, "fnv1a_32").
    assert [fnv1a_32(text) for text in ("", "a", "foobar")] == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]


@pytest.mark.parametrize(
    ("salt", "value", "place"),
    [("broadcast-1", "1", 0.4392), ("broadcast-1", "1000000", 0.2013), ("", "42", 0.6443), ("盐", "7", 0.3646)],
)
def test_an_assignment_never_changes(salt: str, value: str, place: float) -> None:
    assert position(salt, value) == place


@pytest.mark.real_data
@pytest.mark.skipif(not GOLDEN.exists(), reason="SIYU_REAL_DATA does not name the folder with GrowthBook's cases")
def test_the_hash_agrees_with_growthbook() -> None:
    for salt, value, version, expected in json.loads(GOLDEN.read_text())["hash"]:
        if expected is None:
            with pytest.raises(ValueError):
                position(salt, value, version)
        else:
            assert position(salt, value, version) == expected


@pytest.mark.real_data
@pytest.mark.skipif(not GOLDEN.exists(), reason="SIYU_REAL_DATA does not name the folder with GrowthBook's cases")
def test_arms_agree_with_growthbook() -> None:
    for _, place, ranges, expected in json.loads(GOLDEN.read_text())["chooseVariation"]:
        assert choose(place, ranges) == (None if expected < 0 else expected)


@given(st.text(max_size=20), st.lists(persons, min_size=1, max_size=50))
def test_many_at_once_are_as_one_by_one(salt: str, numbers: list[int]) -> None:
    assert buckets(salt, numbers).tolist() == [bucket(salt, number) for number in numbers]


@given(st.text(max_size=8), st.integers(0, 100), st.integers(0, 100))
def test_a_larger_hold_out_keeps_whom_the_smaller_held(salt: str, small: int, large: int) -> None:
    low, high = sorted((small, large))
    numbers = np.arange(1, 500)
    assert not (held_out(salt, numbers, low) & ~held_out(salt, numbers, high)).any()


def test_ten_percent_are_a_tenth() -> None:
    share = held_out("a salt", np.arange(1, 100_001), 10).mean()
    assert 0.097 < share < 0.103


def test_two_salts_hold_out_different_people() -> None:
    numbers = np.arange(1, 100_001)
    both = held_out("one", numbers, 10) & held_out("two", numbers, 10)
    assert 0.008 < both.mean() < 0.012


@given(persons, st.floats(0, 1), st.floats(0, 1))
def test_widening_the_coverage_moves_nobody(person: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    place = position("x", person)
    arm = choose(place, bucket_ranges([0.5, 0.3, 0.2], low))
    assert arm is None or arm == choose(place, bucket_ranges([0.5, 0.3, 0.2], high))


def test_a_percentage_beyond_a_hundred_is_refused() -> None:
    with pytest.raises(ValueError):
        held_out("x", [1], 101)
