"""Touchpoints (触点): named places where people come from, what they cost, what leads to them."""
