"""What a hold-out shows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.experiments.lift import Amounts, lift_of_means, lift_of_shares, wilson

groups = st.integers(1, 5000).flatmap(lambda people: st.tuples(st.integers(0, people), st.just(people)))


def test_newcombes_own_example() -> None:
    """56 of 70 against 48 of 80: .2000 [.0524, .3339] (Newcombe 1998, table II, row a, method 10)."""
    found = lift_of_shares(56, 70, 48, 80)
    assert (round(found.difference or 0, 4), round(found.low or 0, 4), round(found.high or 0, 4)) == (
        0.2,
        0.0524,
        0.3339,
    )


@given(groups, groups)
def test_the_interval_holds_the_difference_and_stays_possible(
    treated: tuple[int, int], heldout: tuple[int, int]
) -> None:
    found = lift_of_shares(*treated, *heldout)
    assert found.low is not None
    assert found.high is not None
    assert found.difference is not None
    assert -1.000001 <= found.low <= found.difference + 1e-12
    assert found.difference - 1e-12 <= found.high <= 1.000001


@given(groups, groups)
def test_swapping_the_groups_swaps_the_signs(treated: tuple[int, int], heldout: tuple[int, int]) -> None:
    one, other = lift_of_shares(*treated, *heldout), lift_of_shares(*heldout, *treated)
    assert one.low == pytest.approx(-(other.high or 0))


def test_an_empty_hold_out_shows_nothing() -> None:
    found = lift_of_shares(5, 10, 0, 0)
    assert (found.treated, found.difference, found.shows) == (0.5, None, False)


def test_more_successes_than_people_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="successes"):
        wilson(3, 2)


def test_welchs_interval_of_two_means() -> None:
    """Treated 3, 5, 7, 9 against held out 1, 2, 3: by hand, means 6 and 2, variances 20/3 and 1, so that the standard
    error is √(20/12 + 1/3) = √2, the degrees of freedom 4 ÷ ((5/3)²/3 + (1/3)²/2) = 4.0755, t(.975) = 2.757."""
    found = lift_of_means(Amounts(4, 24, 164), Amounts(3, 6, 14))
    assert found.difference == 4
    assert found.low == pytest.approx(4 - 2.757 * 2**0.5, abs=0.02)
    assert found.high == pytest.approx(4 + 2.757 * 2**0.5, abs=0.02)
    assert found.relative == 2


def test_how_many_would_be_needed() -> None:
    """65% against 80% in equal groups at 80% power: 136 each by the formula of Chow, Shao and Wang (example 4.2.3)."""
    assert lift_of_shares(65, 100, 80, 100).needed_people == 2 * 136


def test_no_difference_needs_no_number() -> None:
    assert lift_of_shares(10, 100, 10, 100).needed_people is None


def test_what_everybody_spends_alike_has_no_spread() -> None:
    found = lift_of_means(Amounts(10, 50, 250), Amounts(10, 30, 90))
    assert (found.low, found.difference, found.high) == (2, 2, 2)


def test_one_person_held_out_shows_nothing_of_means() -> None:
    assert lift_of_means(Amounts(10, 50, 300), Amounts(1, 3, 9)).difference is None


@pytest.mark.parametrize(("treated", "heldout", "people"), [(0.03, 0.03, 2000), (0.06, 0.04, 1000), (0.3, 0.2, 300)])
def test_the_interval_of_shares_covers_the_truth(treated: float, heldout: float, people: int) -> None:
    """Nine tenths treated, one tenth held out, 2,000 times over: the truth lies inside in 95% of them, more or less."""
    chance = np.random.default_rng(7)
    out = people // 10
    covered = 0
    for _ in range(2000):
        did, did_out = int(chance.binomial(people - out, treated)), int(chance.binomial(out, heldout))
        found = lift_of_shares(did, people - out, did_out, out)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= treated - heldout <= found.high
    assert 0.935 <= covered / 2000 <= 0.985


def test_the_interval_of_means_covers_the_truth() -> None:
    """What people spend is mostly nothing and now and then much (log-normal): with 300 held out, 95%, more or less."""
    chance = np.random.default_rng(11)

    def group(people: int, share: float) -> Amounts:
        spent = chance.lognormal(4, 0.6, chance.binomial(people, share))
        return Amounts(people, float(spent.sum()), float((spent * spent).sum()))

    mean = 2.718281828 ** (4 + 0.18)
    covered = 0
    for _ in range(1000):
        found = lift_of_means(group(2700, 0.12), group(300, 0.1))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.02 * mean <= found.high
    assert 0.92 <= covered / 1000 <= 0.97
