"""Every evidence program runs, and what it counts is right; how fast it is, is judged by ``make evidence`` alone."""

from __future__ import annotations

import pytest

from evidence.__main__ import programs, run_apart


@pytest.mark.parametrize("name", programs())
def test_the_claim_holds_at_small_scale(name: str) -> None:
    line = run_apart(name, "small")
    if line["holds"] is None:
        pytest.skip(line["missing"])
    assert line["holds"], line
