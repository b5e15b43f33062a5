"""Loyalty: the points ledger, tiers, coupons, care."""
