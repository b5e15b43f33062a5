"""What this room keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

touchpoints = sa.Table(
    "touchpoints",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),  # see model.KINDS
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("archived", Instant),
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

touchpoint_marks = sa.Table(
    "touchpoint_marks",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),  # see model.MARKS
    sa.Column("value", sa.Text, primary_key=True),  # a number or a text: of one touchpoint alone
    sa.Column("touchpoint", sa.BigInteger, nullable=False, index=True),
)
"""What belongs to which touchpoint."""

touchpoint_costs = sa.Table(
    "touchpoint_costs",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("touchpoint", sa.BigInteger, nullable=False, index=True),
    sa.Column("first", sa.Date, nullable=False),  # days of the installation's zone, both counted
    sa.Column("last", sa.Date, nullable=False),
    sa.Column("cents", sa.BigInteger, nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.CheckConstraint("cents > 0", name="cents"),
    sqlite_autoincrement=True,
)
