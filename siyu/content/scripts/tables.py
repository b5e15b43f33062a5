"""What scripts keep in the ledger, beside the pieces that they are."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

content_favourites = sa.Table(
    "content_favourites",
    metadata,
    sa.Column("holder", sa.Text, primary_key=True),  # staff:3
    sa.Column("piece", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
)
"""Which scripts somebody has marked as their favourites."""

content_sayings = sa.Table(
    "content_sayings",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("piece", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),  # who said it
    sa.Column("person", sa.BigInteger),  # to whom (the node); null: forgotten
    sa.Column("how", sa.Text, nullable=False),  # copied, sent
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_content_sayings_piece", "piece", "at"),
    sa.Index("ix_content_sayings_person", "person"),
    sqlite_autoincrement=True,
)
"""Each time that a script was used."""
