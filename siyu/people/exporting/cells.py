"""Cells that a spreadsheet opens without computing anything."""

from __future__ import annotations

import re

import polars as pl

_DANGEROUS = r"^\s*[=+\-@\t\r]"
_NUMBER = r"^[+\-]?\d+([.,]\d+)*%?$"
_DANGEROUS_RE = re.compile(_DANGEROUS)
_NUMBER_RE = re.compile(_NUMBER)


def harmless(cell: pl.Expr) -> pl.Expr:
    """A text column whose formulas are shown and not computed (an apostrophe stands before them); numbers, also
    negative ones and phones (+86…), stay as they are. Source: OWASP, CSV injection."""
    return pl.when(cell.str.contains(_DANGEROUS) & ~cell.str.contains(_NUMBER)).then("'" + cell).otherwise(cell)


def harmless_text(text: str) -> str:
    """The same for one text."""
    return f"'{text}" if _DANGEROUS_RE.match(text) and not _NUMBER_RE.match(text) else text
