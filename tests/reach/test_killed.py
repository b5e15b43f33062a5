"""A sender that is killed again and again: nobody is missed, nobody has two ids."""

from __future__ import annotations

from evidence.broadcast_once import measure


def test_kill_9_while_writing_and_sending_loses_and_doubles_nothing() -> None:
    found = measure("small")
    assert {goal.name: goal.measured for goal in found.goals if not goal.holds} == {}
