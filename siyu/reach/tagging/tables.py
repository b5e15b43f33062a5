"""What is kept of tags that WeCom knows too."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import Instant, metadata

tag_links = sa.Table(
    "tag_links",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("outside", sa.Text, primary_key=True),  # the platform's tag
    sa.Column("tag", sa.BigInteger, nullable=False),  # ours
    sa.Column("since", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    # Who has the tag on one side already gets it on the other, in steps: up to whom; null when all have it.
    sa.Column("inward", sa.Text),
    sa.Column("outward", sa.BigInteger),
    sa.UniqueConstraint("account", "tag"),
    sqlite_with_rowid=False,
)

tag_choices = sa.Table(
    "tag_choices",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("here", sa.Boolean, nullable=False),  # a tag of theirs that is missing here is made here
    sa.Column("there", sa.Boolean, nullable=False),  # and the other way round
    sqlite_with_rowid=False,
)

tag_acts = sa.Table(
    "tag_acts",
    metadata,
    sa.Column("person", sa.BigInteger, primary_key=True),
    sa.Column("tag", sa.BigInteger, primary_key=True),
    sa.Column("wanted", sa.Boolean, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)
"""What was last done here to a linked tag of a person: what WeCom did before that does not count."""
