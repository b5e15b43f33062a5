"""What was paid, and kept, for each line of an order."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from siyu.people.bought import Item, kept, paid, spread
from tests.examples import examples

worths = st.lists(st.decimals(0, 1_000, places=2), min_size=1, max_size=6)


@examples(60)
@given(cents=st.integers(0, 1_000_000), parts=worths)
def test_an_order_is_shared_by_its_lines_to_the_cent(cents: int, parts: list[Decimal]) -> None:
    assert sum(spread(cents, parts)) == cents
    assert min(spread(cents, parts)) >= 0
    assert sum(paid(cents, [Item("a", worth) for worth in parts]).values()) == cents


@examples(60)
@given(cents=st.integers(0, 100_000), parts=worths, back=st.lists(st.integers(0, 60_000), max_size=4))
def test_what_comes_back_is_never_more_than_was_paid(cents: int, parts: list[Decimal], back: list[int]) -> None:
    items = [Item(f"sku{place % 2}", worth) for place, worth in enumerate(parts)]
    left = kept(paid(cents, items), [(each, items[:1]) for each in back])
    assert min(left.values()) >= 0
    assert sum(left.values()) == max(0, cents - sum(back))
