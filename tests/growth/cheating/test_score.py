"""What speaks against somebody, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.growth.cheating.model import REASONS, Limits, Signs, as_they_come, beyond, score, words_of

MARK = Limits().review_from


@pytest.mark.parametrize(
    "signs",
    [
        Signs(),
        Signs(device_people=4, own_helpers=3),  # a household of four helps one of them on the one tablet
        Signs(partners=3, closed=1.0, helpers=3),  # and each other
        Signs(partners=4, closed=1.0, helpers=4),  # a family of five
        Signs(helpers=80, hollow=0.6, together=0.9, burst=0.3),  # the hostess in a hall
        Signs(helpers=200, hollow=0.7, beyond=1.9, together=0.1, burst=0.7),  # a well-liked inviter, just posted
        Signs(helpers=12, hollow=0.5, together=1.0, burst=1.0, left=0.25),  # a dormitory, one evening
        Signs(device_people=5, own_helpers=4),  # of five
        Signs(device_people=5, gone=True),
        Signs(gone=True),  # changed their mind
        Signs(hasty=6),  # a kind soul in a busy group
    ],
)
def test_no_habit_of_honest_people_reaches_the_mark(signs: Signs) -> None:
    assert score(signs)[0] < MARK


@pytest.mark.parametrize(
    ("signs", "first"),
    [
        (Signs(device_people=6), "shared_device"),
        (Signs(device_people=4, device_idle=1.0), "shared_device"),  # a few on each of some devices
        (Signs(account_people=3), "shared_account"),
        (Signs(doubled=2), "doubled"),
        (Signs(partners=6, closed=1.0, helpers=6), "ring"),
        (Signs(helpers=24, hollow=1.0, beyond=4.2), "hollow"),  # behind borrowed addresses, slowly
        (Signs(helpers=8, hollow=1.0, beyond=1.4, together=0.9), "one_address"),
        (Signs(helpers=8, left=0.75), "left_at_once"),
        (Signs(patron=65), "patron"),
        (Signs(partners=4, closed=0.67, helpers=6), "ring"),  # slowly, with a few outsiders
        (Signs(ringed=3), "ringed"),
        (Signs(hasty=15), "hasty"),
    ],
)
def test_each_way_of_cheating_reaches_it_and_says_why(signs: Signs, first: str) -> None:
    points, reasons = score(signs)
    assert points >= MARK
    assert reasons[0].key == first


SHARES = st.floats(0, 1)


@given(
    st.builds(
        Signs,
        *(st.integers(0, 40),),
        *(SHARES,),
        *(st.integers(0, 40),) * 4,
        *(SHARES,),
        *(st.integers(0, 300),),
        *(SHARES,),
        *(st.floats(0, 50),),
        *(SHARES,) * 3,
        *(st.booleans(),),
        *(st.integers(0, 100),) * 3,
    )
)
def test_a_score_is_within_bounds_and_its_reasons_add_up_to_it(signs: Signs) -> None:
    points, reasons = score(signs)
    assert 0 <= points <= 100
    assert points == min(100, sum(reason.points for reason in reasons))
    for reason in reasons:
        zh, en = words_of(reason)
        assert reason.key in REASONS
        assert "{" not in zh + en


@given(st.integers(1, 10_000), SHARES, SHARES)
def test_how_unusual_a_crowd_is_grows_with_it_and_shrinks_with_what_is_usual(
    many: int, share: float, usual: float
) -> None:
    found = beyond(many, share, usual)
    assert found >= 0
    assert beyond(many + 1, share, usual) >= found
    assert beyond(many, share, min(1.0, usual + 0.1)) <= found


def test_a_crowd_as_usual_is_never_unusual_however_large() -> None:
    assert beyond(100_000, 0.8, 0.8) == 0.0
    assert beyond(12, 1.0, 0.5) == pytest.approx(2.11, abs=0.01)  # two thirds, twelve times in a row
    assert beyond(12, 1.0, 1.0) < 1  # in a campaign in which all helpers are hollow


def test_a_campaign_at_a_counter_comes_with_room_for_a_tablet_that_many_use() -> None:
    assert as_they_come(["counter", "group"])["device_people"] > Limits().device_people
    assert as_they_come(["group"]) == {}
