"""What a hold-out shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.insight.lift import lift, wilson

groups = st.integers(1, 5000).flatmap(lambda people: st.tuples(st.integers(0, people), st.just(people)))


def test_newcombes_own_example() -> None:
    """56 of 70 against 48 of 80: .2000 [.0524, .3339] (Newcombe 1998, table II, row a, method 10)."""
    found = lift(56, 70, 48, 80)
    assert (round(found.difference or 0, 4), round(found.low or 0, 4), round(found.high or 0, 4)) == (
        0.2,
        0.0524,
        0.3339,
    )


@given(groups, groups)
def test_the_interval_holds_the_difference_and_stays_possible(
    treated: tuple[int, int], heldout: tuple[int, int]
) -> None:
    found = lift(*treated, *heldout)
    assert found.low is not None
    assert found.high is not None
    assert found.difference is not None
    assert -1.000001 <= found.low <= found.difference + 1e-12
    assert found.difference - 1e-12 <= found.high <= 1.000001


@given(groups, groups)
def test_swapping_the_groups_swaps_the_signs(treated: tuple[int, int], heldout: tuple[int, int]) -> None:
    one, other = lift(*treated, *heldout), lift(*heldout, *treated)
    assert one.low == pytest.approx(-(other.high or 0))


def test_an_empty_hold_out_shows_nothing() -> None:
    found = lift(5, 10, 0, 0)
    assert (found.treated_share, found.difference, found.shows) == (0.5, None, False)


def test_more_successes_than_people_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="successes"):
        wilson(3, 2)
