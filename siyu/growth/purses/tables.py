"""What purses and rewards keep in the ledger. Amounts are whole numbers of the smallest unit: cents (分),
points, pieces."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

purses = sa.Table(
    "purses",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),  # yuan, points, pieces
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("held", sa.BigInteger, nullable=False, server_default="0"),  # of rewards that wait
    sa.Column("spent", sa.BigInteger, nullable=False, server_default="0"),  # of rewards that were granted or paid
    sa.Column("closed", Instant),  # nothing is taken from it any more
    sa.Column("created", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.CheckConstraint("held >= 0 AND spent >= 0 AND held + spent <= total", name="never_oversold"),
    sqlite_autoincrement=True,
)

rewards = sa.Table(
    "rewards",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),  # the reason: campaign:effort:rung
    sa.Column("purse", sa.BigInteger, sa.ForeignKey("purses.id"), nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False, index=True),  # the node
    sa.Column("campaign", sa.Text, nullable=False),  # "" where it is of none
    sa.Column("kind", sa.Text, nullable=False),  # who gives it: see givers.py
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("title", sa.Text, nullable=False),  # what it is, in the shop's words
    sa.Column("stage", sa.Text, nullable=False),  # held, granted, paid, dropped, taken_back
    sa.Column("at", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("due", Instant),  # when what is held is let go by itself
    sa.Index("ix_rewards_purse", "purse", "id"),
    sa.Index("ix_rewards_stage", "stage", "id"),
    sa.CheckConstraint("amount > 0", name="some"),
    sqlite_autoincrement=True,
)

_HELD = rewards.c.stage == "held"
sa.Index("ix_rewards_due", rewards.c.due, sqlite_where=_HELD, postgresql_where=_HELD)

purse_coupons = sa.Table(
    "purse_coupons",
    metadata,
    sa.Column("purse", sa.BigInteger, sa.ForeignKey("purses.id"), primary_key=True),
    sa.Column("kind", sa.BigInteger, sa.ForeignKey("coupon_kinds.id"), nullable=False),
)
"""The coupon kind that a purse's rewards are, where they are coupons."""

reward_steps = sa.Table(
    "reward_steps",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("reward", sa.BigInteger, sa.ForeignKey("rewards.id"), nullable=False, index=True),
    sa.Column("purse", sa.BigInteger, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("held", sa.BigInteger, nullable=False),  # what it added to the purse's counters
    sa.Column("spent", sa.BigInteger, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
