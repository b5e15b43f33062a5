"""Targets given out one after another are those that a look at all of them would give each time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from siyu.growth.codes.choosing import Choosing
from siyu.growth.codes.model import Mode, Moment, Target, choose

AT = Moment(datetime(2026, 3, 2, 4, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))
CAPS = st.none() | st.integers(1, 3)
ONE = st.builds(
    Target,
    id=st.just(0),
    weight=st.integers(1, 3),
    day_cap=CAPS,
    seats=CAPS,
    regions=st.sampled_from([(), ("杭州",), ("北京",)]),
    backup=st.booleans(),
    off=st.booleans(),
)


@given(
    st.lists(ONE, min_size=1, max_size=8),
    st.sampled_from(["turn", "capacity", "weight"]),
    st.lists(st.sampled_from(["杭州", "北京", ""]), max_size=20),
)
def test_the_quick_way_gives_what_the_slow_one_does(drafts: Sequence[Target], mode: Mode, cities: list[str]) -> None:
    targets = {n: replace(each, id=n, place=n) for n, each in enumerate(drafts, 1)}
    quick = {city: Choosing(targets.values(), mode, AT, city) for city in set(cities)}
    for number, city in enumerate(cities):
        expected = choose(list(targets.values()), mode, 7, f"d{number}", AT, city)
        assert quick[city].choose(7, f"d{number}") == expected
        if expected is not None:
            after = targets[expected.id] = expected.taken(AT.day)
            for each in quick.values():
                each.taken(after)
