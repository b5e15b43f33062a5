"""What this room keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

entry_paths = sa.Table(
    "entry_paths",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("touchpoint", sa.BigInteger),  # only who came by it
    sa.Column("code", sa.BigInteger),  # only who came by this live code
    sa.Column("entry", sa.Text, nullable=False),  # the event that a scan leads to; see model.ENTRIES
    sa.Column("steps", sa.JSON, nullable=False),  # [{event, where}, …], after the entry
    sa.Column("days", sa.Integer, nullable=False),  # from the entry to the last step
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
