"""Amounts as a page says them. Pure."""

from __future__ import annotations


def yuan(cents: int) -> str:
    """Cents as a price is written: ¥1,234.50."""
    return f"¥{cents / 100:,.2f}"
