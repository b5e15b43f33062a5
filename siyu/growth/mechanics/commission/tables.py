"""Whose orders commission was due for: the rewards alone name only who earns."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import Instant, metadata

commission_sales = sa.Table(
    "commission_sales",
    metadata,
    sa.Column("campaign", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("mark", sa.Text, primary_key=True),  # of the order, in the keys of its rewards
    sa.Column("buyer", sa.BigInteger, nullable=False, index=True),  # a node
    sa.Column("at", Instant, nullable=False),  # when it was paid
)
"""Orders of which somebody's commission was due, once each."""
