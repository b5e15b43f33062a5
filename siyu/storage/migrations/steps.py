"""The changes that tables have gone through since the first release, in order; see docs/decisions/0005.

A step is written for the tables as they were then: it names columns by text and imports nothing of the rooms. Once
released it never changes. For SQLite use ``op.batch_alter_table``, which PostgreSQL runs as plain ``ALTER TABLE``:

    def add_nickname(op: Operations) -> None:
        with op.batch_alter_table("people") as table:
            table.add_column(sa.Column("nickname", sa.Text))

    STEPS = (Step(1, "nickname of people", add_nickname),)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alembic.operations import Operations


@dataclass(frozen=True)
class Step:
    """One change. Numbers only grow."""

    number: int
    name: str
    run: Callable[[Operations], None]


STEPS: tuple[Step, ...] = ()
