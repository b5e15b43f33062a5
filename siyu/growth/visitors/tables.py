"""What this room keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import Instant, metadata

visitor_devices = sa.Table(
    "visitor_devices",
    metadata,
    sa.Column("device", sa.Text, primary_key=True),
    sa.Column("person", sa.BigInteger, nullable=False, index=True),  # a node
    sa.Column("at", Instant, nullable=False),
    sa.Column("link", sa.Text, unique=True),  # the mark of the link that bound it: good for one device
    sa.Column("sure", sa.Boolean, nullable=False, server_default=sa.false()),  # by the word of a platform
)
"""Whose a device is, from when somebody was known on it."""

visitor_posts = sa.Table(
    "visitor_posts",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # one-time, of the form
    sa.Column("device", sa.Text, nullable=False, index=True),
    sa.Column("location", sa.Text, nullable=False),  # where the first sending led
    sa.Column("at", Instant, nullable=False, index=True),
)
"""Forms that were sent; see ``posts.py``."""
