"""What the wording check keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

wording_words = sa.Table(
    "wording_words",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("list", sa.Text, nullable=False),  # forbidden, jargon, allowed
    sa.Column("word", sa.Text, nullable=False),  # as it was given
    sa.Column("folded", sa.Text, nullable=False),  # as it is looked for
    sa.Column("why", sa.Text, nullable=False, server_default=""),
    sa.Column("instead", sa.JSON, nullable=False),  # friendlier words
    sa.Column("created", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.UniqueConstraint("list", "folded"),
)
"""A shop's own words, beside those that come with the product."""
