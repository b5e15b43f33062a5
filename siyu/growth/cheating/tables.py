"""What this room keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

campaign_limits = sa.Table(
    "campaign_limits",
    metadata,
    sa.Column("campaign", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("limits", sa.JSON, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)
"""Of campaigns that don't have them as they come."""

limit_counts = sa.Table(
    "limit_counts",
    metadata,
    sa.Column("campaign", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("sort", sa.Text, primary_key=True),  # device, address, account, person
    sa.Column("mark", sa.Text, primary_key=True),  # which; addresses and accounts as keyed fingerprints
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),  # days since year 1, UTC; 0: of all
    sa.Column("taken", sa.BigInteger, nullable=False),
    sa.Column("most", sa.BigInteger, nullable=False),  # when the last was taken
)
"""How many seats of a mark are taken."""

limit_seats = sa.Table(
    "limit_seats",
    metadata,
    sa.Column("campaign", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("sort", sa.Text, primary_key=True),
    sa.Column("mark", sa.Text, primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seat", sa.BigInteger, primary_key=True, autoincrement=False),  # the person; of a person: the effort
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_limit_seats_seat", "campaign", "sort", "seat"),
    sa.Index("ix_limit_seats_old", "sort", "at"),
)
"""Who took which."""

suspicions = sa.Table(
    "suspicions",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("campaign", sa.BigInteger, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False, index=True),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),  # watched, open, released, dropped
    sa.Column("at", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("decided", Instant),
    sa.Column("by", sa.Text, nullable=False, server_default=""),
    sa.Column("why", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("campaign", "person", name="uq_suspicions_person"),
    sa.Index("ix_suspicions_stage", "stage", "id"),
    sqlite_autoincrement=True,
)
"""What speaks against a person in a campaign."""

reward_reviews = sa.Table(
    "reward_reviews",
    metadata,
    sa.Column("reward", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("suspicion", sa.BigInteger, nullable=False, index=True),
    sa.Column("campaign", sa.BigInteger, nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("then", sa.Text, nullable=False),  # once released: grant, due (it waits until due), wait (for its effort)
    sa.Column("due", Instant),
    sa.Column("outcome", sa.Text, nullable=False, server_default=""),  # "" while it waits, released, dropped
    sa.Column("ended", Instant),
    sa.Column("by", sa.Text, nullable=False, server_default=""),
)
"""Rewards that were held for a person's decision, and what became of each."""
