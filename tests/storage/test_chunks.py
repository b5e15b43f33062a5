"""What is too many for one statement goes in chunks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from siyu.storage import CHUNK_ROWS, in_chunks


@given(st.lists(st.integers()), st.integers(1, 5))
def test_chunks_are_the_values_in_order_and_only_the_last_may_be_short(values: list[int], size: int) -> None:
    chunks = list(in_chunks(values, size))
    assert [value for chunk in chunks for value in chunk] == values
    assert all(len(chunk) == size for chunk in chunks[:-1])
    assert all(0 < len(chunk) <= size for chunk in chunks)


def test_a_chunk_is_what_one_statement_takes() -> None:
    assert [len(chunk) for chunk in in_chunks(range(CHUNK_ROWS + 1))] == [CHUNK_ROWS, 1]
