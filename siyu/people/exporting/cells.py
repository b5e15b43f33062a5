"""Cells that a spreadsheet opens without computing anything."""

from __future__ import annotations

import polars as pl

_SIGNED = r"^[=+\-@\t\r\n]"
_NUMBER = r"^[+\-]?\d+([.,]\d+)*%?$"


def harmless(cells: pl.Series) -> pl.Series:
    """A text column whose formulas are shown and not computed (an apostrophe stands before them); numbers, also
    negative ones and phones (+86…), stay as they are. Source: OWASP, CSV injection."""
    signed = cells.str.contains(_SIGNED).fill_null(False)
    if not signed.any():
        return cells
    dangerous = signed & ~cells.set(~signed, None).str.contains(_NUMBER).fill_null(True)
    return ("'" + cells).zip_with(dangerous, cells).alias(cells.name)
