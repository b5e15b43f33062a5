"""Group welcomes as they were made here: the platform lists none."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

wecom_group_welcomes = sa.Table(
    "wecom_group_welcomes",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),  # for colleagues
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("attachment", sa.JSON, nullable=False),  # {} for none
    sa.Column("template", sa.Text),  # the platform's name for it
    sa.Column("state", sa.Text, nullable=False),  # calling, there, refused, unknown, gone
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)
"""A row is written before the call that makes it."""
