"""What the library keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

content_pieces = sa.Table(
    "content_pieces",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),  # see model.KINDS
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("suits", sa.Text, nullable=False, server_default=""),  # in words: for whom, when
    sa.Column("tags", sa.JSON, nullable=False),  # names, in order
    sa.Column("tone", sa.Text, nullable=False),  # useful, promotional
    sa.Column("pillar", sa.Text, nullable=False),  # brand, ugc, interactive
    sa.Column("lasting", sa.Text, nullable=False),  # evergreen, topical
    sa.Column("question", sa.Text, nullable=False),  # why_kind, why_this, what_i_get
    sa.Column("value", sa.Text, nullable=False),  # knowledge, benefit, feeling
    sa.Column("stage", sa.Text, nullable=False, server_default=""),  # layer of the lifecycle scheme; "": everybody
    sa.Column("audience", sa.BigInteger),  # whom it suits best; null: everybody
    sa.Column("persona", sa.BigInteger),  # who speaks
    sa.Column("holder", sa.Text, nullable=False, server_default=""),  # of a script of one's own; "": the team's
    sa.Column("post", sa.BigInteger),  # of a person's own: ugc_posts
    sa.Column("version", sa.Integer),  # the one that is published; null: none yet
    sa.Column("begins", Instant),
    sa.Column("ends", Instant),  # not offered and not sent from then on
    sa.Column("withdrawn", Instant),  # its author took the consent back: never offered, never sent
    sa.Column("archived", Instant),
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Index("ix_content_pieces_kind", "kind", "id"),
    sa.Index("ix_content_pieces_post", "post"),
    sqlite_autoincrement=True,
)

content_versions = sa.Table(
    "content_versions",
    metadata,
    sa.Column("piece", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # from 1
    sa.Column("body", sa.JSON, nullable=False),  # by the fields of its kind; texts are Liquid
    sa.Column("stage", sa.Text, nullable=False),  # draft, submitted, returned, approved
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),  # who wrote it last
    sa.Column("submitted", Instant),
    sa.Column("submitted_by", sa.Text, nullable=False, server_default=""),
    sa.Column("decided", Instant),
    sa.Column("decided_by", sa.Text, nullable=False, server_default=""),
    sa.Column("comment", sa.Text, nullable=False, server_default=""),  # of who decided
    sa.Index("ix_content_versions_stage", "stage", "piece"),
)
"""What a piece says. An approved version is never changed: the next change is the next version."""

content_uses = sa.Table(
    "content_uses",
    metadata,
    sa.Column("place", sa.Text, primary_key=True),  # broadcast, journey, group_post, moment, task
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),  # which; of a journey's message: sender
    sa.Column("slot", sa.Text, primary_key=True, server_default=""),  # which part of it: the channel
    sa.Column("piece", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("altered", sa.Boolean, nullable=False, server_default=sa.false()),  # the words were changed in the place
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_content_uses_piece", "piece", "version"),
)
"""Which place says which version of which piece. What came of it is the place's own figures."""
