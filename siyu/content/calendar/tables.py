"""What the calendar keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

content_plans = sa.Table(
    "content_plans",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("day", sa.Date, nullable=False),  # on the shop's own clock
    sa.Column("channel", sa.Text, nullable=False),  # see model.CHANNELS
    sa.Column("piece", sa.BigInteger),  # of the library; null: a brief only
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("brief", sa.Text, nullable=False, server_default=""),
    sa.Column("tone", sa.Text, nullable=False),
    sa.Column("pillar", sa.Text, nullable=False),
    sa.Column("lasting", sa.Text, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("done", sa.Text, nullable=False, server_default=""),  # broadcast:12: what became of it
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("removed", Instant),  # taken out; it can be put back
    sa.Column("by", sa.Text, nullable=False),
    sa.Index("ix_content_plans_day", "day"),
)

content_days = sa.Table(
    "content_days",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("yearly", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.UniqueConstraint("day", "name"),
)
"""The shop's own days: its birthday, a fair, a delivery."""
