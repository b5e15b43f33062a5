"""What collections of users' own content keep in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

ugc_calls = sa.Table(
    "ugc_calls",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),  # of its address: /m/show/<slug>, for ever
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("words_zh", sa.Text, nullable=False, server_default=""),  # what is asked for
    sa.Column("words_en", sa.Text, nullable=False, server_default=""),
    sa.Column("tags", sa.JSON, nullable=False),  # of the pieces that come of it
    sa.Column("text", sa.BigInteger, nullable=False),  # the version of the consent that is shown: ugc_texts
    sa.Column("stage", sa.Text, nullable=False),  # live, ended
    sa.Column("ends", Instant),
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

ugc_texts = sa.Table(
    "ugc_texts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("call", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # from 1, of this collection
    sa.Column("zh", sa.Text, nullable=False),
    sa.Column("en", sa.Text, nullable=False, server_default=""),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.UniqueConstraint("call", "version"),
    sqlite_autoincrement=True,
)
"""Every version of what people were shown and agreed to: never changed, never deleted, the proof."""

ugc_posts = sa.Table(
    "ugc_posts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("mark", sa.Text, nullable=False, unique=True),  # of its own page: /m/show/<slug>/<mark>
    sa.Column("once", sa.Text, nullable=False, unique=True),  # the one-time key of the form it came by
    sa.Column("call", sa.BigInteger, nullable=False),
    sa.Column("text", sa.BigInteger, nullable=False),  # what they agreed to: ugc_texts
    sa.Column("person", sa.BigInteger),  # the node, where the device was somebody's
    sa.Column("device", sa.Text, nullable=False, server_default=""),
    sa.Column("name", sa.Text, nullable=False, server_default=""),  # as they want to be called
    sa.Column("words", sa.Text, nullable=False, server_default=""),
    sa.Column("picture", sa.LargeBinary),  # JPEG, drawn anew: nothing of the file stays but its pixels
    sa.Column("age", sa.Text, nullable=False),  # adult, guardian: who agreed
    sa.Column("stage", sa.Text, nullable=False),  # waiting, accepted, refused, withdrawn
    sa.Column("at", Instant, nullable=False),
    sa.Column("decided", Instant),
    sa.Column("decided_by", sa.Text, nullable=False, server_default=""),
    sa.Column("comment", sa.Text, nullable=False, server_default=""),
    sa.Column("withdrawn", Instant),
    sa.Index("ix_ugc_posts_call", "call", "stage", "id"),
    sa.Index("ix_ugc_posts_person", "person"),
    sa.Index("ix_ugc_posts_device", "device", "at"),
    sqlite_autoincrement=True,
)
