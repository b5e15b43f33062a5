"""The engine: brings people in, hears what they do, and moves all who are due at a step at once."""

from siyu.reach.journeys.engine.loop import Engine

__all__ = ["Engine"]
