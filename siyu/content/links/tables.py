"""What content links keep in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

content_links = sa.Table(
    "content_links",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False, server_default=""),  # paragraphs, shown on our own page
    sa.Column("picture", sa.Text, nullable=False, server_default=""),
    sa.Column("url", sa.Text, nullable=False, server_default=""),  # where it goes on
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("alert", sa.Boolean, nullable=False, server_default=sa.false()),  # tell the adviser who opens it
    sa.Column("stage", sa.Text, nullable=False),  # on, off
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

content_hops = sa.Table(
    "content_hops",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("link", sa.BigInteger, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False, index=True),  # a node
    sa.Column("parent", sa.BigInteger),  # whose page they opened: a hop; null: ours
    sa.Column("depth", sa.Integer, nullable=False),  # how often it was passed on before
    sa.Column("message", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("at", Instant),  # first opened; null: only passed on by somebody who was not seen
    sa.Column("opened", Instant),  # last opened
    sa.Column("opens", sa.Integer, nullable=False, server_default="0"),
    sa.Column("alerted", Instant),  # when the adviser was told
    sa.UniqueConstraint("link", "person"),
    sa.Index("ix_content_hops_parent", "parent"),
    sqlite_autoincrement=True,
)
"""Who has which link from whom: a tree a link."""

content_reads = sa.Table(
    "content_reads",
    metadata,
    sa.Column("once", sa.Text, primary_key=True),  # the one-time key of the page as it was shown
    sa.Column("hop", sa.BigInteger, nullable=False, index=True),
    sa.Column("seconds", sa.Integer, nullable=False),  # it stood before their eyes
    sa.Column("far", sa.Integer, nullable=False),  # percent
    sa.Column("at", Instant, nullable=False),
)
"""How long and how far each showing was read."""

content_objections = sa.Table(
    "content_objections",
    metadata,
    sa.Column("device", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False),
)
"""Devices on which somebody said that they don't want to be followed."""
