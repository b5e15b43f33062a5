"""Tiers: growth value over a window, plans with versions, and rights that are asked for where they are used."""
