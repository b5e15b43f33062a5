"""Arms of a split beside the first."""

from __future__ import annotations

import numpy as np
import pytest

from siyu.experiments.arms import Rate, mismatch, rates_apart, shares_apart


def rate(part: list[int], whole: list[int]) -> Rate:
    one, other = np.array(part), np.array(whole)
    return Rate(len(one), one.sum(), other.sum(), (one * one).sum(), (other * other).sum(), (one * other).sum())


def test_newcombes_own_example_with_its_chance() -> None:
    """56 of 70 against 48 of 80 (Newcombe 1998, II a); z = .2 / √(104/150 · 46/150 · (1/70 + 1/80)) = 2.651."""
    found = shares_apart(56, 70, 48, 80)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4), round(found.p, 3)) == (0.0524, 0.3339, 0.008)
    assert found.shows


def test_more_arms_make_each_comparison_stricter() -> None:
    two, four = shares_apart(56, 70, 48, 80), shares_apart(56, 70, 48, 80, arms=4)
    assert two is not None
    assert four is not None
    assert four.low < two.low
    assert four.p == pytest.approx(3 * two.p)


def test_one_message_each_is_a_share() -> None:
    found = rates_apart(rate([1] * 30 + [0] * 70, [1] * 100), rate([1] * 20 + [0] * 80, [1] * 100))
    assert found is not None
    reach = 1.959964 * ((0.3 * 0.7 + 0.2 * 0.8) / 99) ** 0.5
    assert (found.low, found.high) == (pytest.approx(0.1 - reach), pytest.approx(0.1 + reach))


def test_alike_messages_of_one_person_are_one_draw() -> None:
    """Everybody opens all four or none: as sure as 100 messages, not as 400."""
    once = rates_apart(rate([1] * 30 + [0] * 70, [1] * 100), rate([1] * 20 + [0] * 80, [1] * 100))
    often = rates_apart(rate([4] * 30 + [0] * 70, [4] * 100), rate([4] * 20 + [0] * 80, [4] * 100))
    assert once is not None
    assert often is not None
    assert often.low == pytest.approx(once.low)


def test_the_interval_of_rates_holds_what_is_true_as_often_as_it_says() -> None:
    chance = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        own = chance.beta(1, 4, (2, 300))  # people differ, so their messages are alike
        whole = chance.integers(0, 6, (2, 300))
        part = chance.binomial(whole, own)
        found = rates_apart(*(rate(list(p), list(w)) for p, w in zip(part, whole, strict=True)))
        assert found is not None
        held += found.low <= 0 <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_nothing_can_be_told_of_nobody() -> None:
    assert shares_apart(0, 0, 1, 2) is None
    assert rates_apart(rate([0], [0]), rate([1, 0], [1, 1])) is None


def test_arms_that_are_not_as_large_as_their_shares() -> None:
    """490 : 510 is χ² = .4 with one degree: p = .527; 12, 20, 28 of thirds is 6.4 with two: p = exp(−3.2) = .0408."""
    assert mismatch([490, 510], [50, 50]) == pytest.approx(0.527, abs=0.001)
    assert mismatch([12, 20, 28], [1, 1, 1]) == pytest.approx(0.0408, abs=0.002)
    assert mismatch([400, 600], [50, 50]) < 1e-9
    assert mismatch([0, 0], [50, 50]) == 1.0
