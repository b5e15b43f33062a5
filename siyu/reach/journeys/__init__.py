"""Journeys 旅程: one typed document each, published in versions, along which the engine moves people by set."""
