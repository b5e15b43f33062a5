"""What a spreadsheet would compute is shown to it as text."""

from __future__ import annotations

import polars as pl
import pytest

from siyu.people.exporting.cells import harmless


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+cmd", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_formula_gets_an_apostrophe(cell: str) -> None:
    assert harmless(pl.Series("name", [cell])).to_list() == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["王小雨", "", None, "-12.5", "+8613800138000", "3=1+2", "-5%"])
def test_what_is_no_formula_stays_as_it_is(cell: str | None) -> None:
    assert harmless(pl.Series("name", [cell, "=1"], pl.String)).to_list() == [cell, "'=1"]
