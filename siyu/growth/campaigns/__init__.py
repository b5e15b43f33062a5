"""Campaigns: one run of a mechanic, what people start in it, and what their friends do for them."""
