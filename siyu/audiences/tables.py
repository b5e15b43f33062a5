"""What this room keeps in the ledger. Who is in an audience is kept in the event log, as bitmaps."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

audiences = sa.Table(
    "audiences",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # live, snapshot
    sa.Column("rule", sa.JSON, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # of the rule; grows with each edit
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("archived", Instant),
    sa.Column("state", sa.BigInteger),  # audience_states.version last computed
    sa.Column("size", sa.Integer),
    sa.Column("computed", Instant),
    sa.Column("refresh_minutes", sa.Integer, nullable=False, server_default="60"),
)

audience_versions = sa.Table(
    "audience_versions",
    metadata,
    sa.Column("audience", sa.BigInteger, sa.ForeignKey("audiences.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("rule", sa.JSON, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)

layer_schemes = sa.Table(
    "layer_schemes",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # lifecycle, spending, loyalty, rfm, own ones
    sa.Column("definition", sa.JSON, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("computed", Instant),
)

person_layers = sa.Table(
    "person_layers",
    metadata,
    sa.Column("person", sa.BigInteger, primary_key=True),
    sa.Column("scheme", sa.Text, primary_key=True),
    sa.Column("layer", sa.Text, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sqlite_with_rowid=False,
)
