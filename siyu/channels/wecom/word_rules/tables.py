"""Rules for sensitive words as they are at the platform."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

wecom_word_rules = sa.Table(
    "wecom_word_rules",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("rule", sa.Text),  # the platform's name for it; null until it is known to be there
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("words", sa.JSON, nullable=False),
    sa.Column("kinds", sa.JSON, nullable=False),  # what else is stopped: phone, email, red_packet
    sa.Column("blocks", sa.Boolean, nullable=False),  # or only warns
    sa.Column("members", sa.JSON, nullable=False),  # userids to whom it applies
    sa.Column("departments", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # calling, there, refused, gone
    sa.Column("called", Instant, nullable=False),  # written before the call that makes it
    sa.Column("created", Instant),  # at the platform
    sa.Column("read", Instant),  # as it is there, then
    sa.Column("by", sa.Text, nullable=False, server_default=""),  # who of us; "" where it was made elsewhere
    sa.UniqueConstraint("account", "rule"),
)
"""A row is written before the call; one without an answer is recognised by its name when the list is read."""
