"""What personas keep in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

personas = sa.Table(
    "personas",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),  # a friendly one, not the brand's
    sa.Column("kind", sa.Text, nullable=False),  # adviser, friend, expert, butler
    sa.Column("portrait", sa.Text, nullable=False, server_default=""),  # sha-256 among the media: a real face, no logo
    sa.Column("signature", sa.Text, nullable=False, server_default=""),  # a beauty adviser with 3 saving tips a day
    sa.Column("tone", sa.Text, nullable=False, server_default=""),  # how they speak, in words
    sa.Column("address", sa.Text, nullable=False, server_default=""),  # how they address people: 您, 你; "": either
    sa.Column("calls", sa.JSON, nullable=False),  # what else they may call people: 姐妹, 亲
    sa.Column("never", sa.JSON, nullable=False),  # words that they never say
    sa.Column("emoji_most", sa.Integer, nullable=False),  # in one text
    sa.Column("stories", sa.JSON, nullable=False),  # what they tell of themselves
    sa.Column("moments", sa.JSON, nullable=False),  # of daily life, for their moments
    sa.Column("archived", Instant),
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

persona_speakers = sa.Table(
    "persona_speakers",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("member", sa.Text, primary_key=True),  # userid at WeCom
    sa.Column("persona", sa.BigInteger, nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)
"""As whom a member of staff speaks."""
