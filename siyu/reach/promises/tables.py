"""What promises keep in the ledger; the clock and who holds one are those of its task."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

promises = sa.Table(
    "promises",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("task", sa.BigInteger, nullable=False, unique=True),
    sa.Column("person", sa.BigInteger, nullable=False, index=True),  # a node
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("order", sa.Text, nullable=False, server_default=""),  # the shop's number, where it is about one
    sa.Column("due", Instant, nullable=False),  # as it was promised, whatever becomes of the task
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
