"""What this room keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

cold_lists = sa.Table(
    "cold_lists",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # core, staff_friends, koc
    sa.Column("code", sa.BigInteger, nullable=False),  # the live code that links lead to
    sa.Column("ask", sa.Text, nullable=False),  # add, join, order
    sa.Column("reward", sa.Text, nullable=False, server_default=""),  # a giver's kind; "": none
    sa.Column("amount", sa.BigInteger, nullable=False, server_default="0"),  # in the smallest unit
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("purse", sa.BigInteger),
    sa.Column("stage", sa.Text, nullable=False),  # draft, live, ended
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

cold_invites = sa.Table(
    "cold_invites",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("list", sa.BigInteger, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False, index=True),  # a node
    sa.Column("invited", Instant),  # from when they have their link
    sa.Column("done", Instant),  # did what was asked, after that
    sa.Column("granted", sa.BigInteger),  # the reward; null: none, or the purse is too short
    sa.UniqueConstraint("list", "person"),
    sqlite_autoincrement=True,
)
"""Who is on which list, once."""
