"""Purses, and the rewards that are taken from them."""
