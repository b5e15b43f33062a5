"""What posters keep in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

posters = sa.Table(
    "posters",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("size", sa.Text, nullable=False),  # see model.SIZES
    sa.Column("background", sa.Text, nullable=False, server_default=""),  # sha-256 among the media
    sa.Column("paper", sa.Text, nullable=False),
    sa.Column("colours", sa.Text, nullable=False),  # of the code
    sa.Column("logo", sa.Text, nullable=False, server_default=""),  # sha-256 among the media
    sa.Column("layout", sa.JSON, nullable=False),  # of model.Layout
    sa.Column("ground", sa.LargeBinary),  # the background as it is printed: a poster outlives the medium
    sa.Column("mark", sa.LargeBinary),  # the logo, small
    sa.Column("archived", Instant),
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

campaign_posters = sa.Table(
    "campaign_posters",
    metadata,
    sa.Column("campaign", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("poster", sa.BigInteger, nullable=False, index=True),
)
"""Which poster people may save in a campaign."""

poster_faces = sa.Table(
    "poster_faces",
    metadata,
    sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),  # the node
    sa.Column("name", sa.Text, nullable=False, server_default=""),  # "" : as the profile says
    sa.Column("picture", sa.LargeBinary),  # a square JPEG, small
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),  # "self": by themselves, on their page
)
"""How people are shown on their posters."""
