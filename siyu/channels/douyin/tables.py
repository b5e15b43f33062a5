"""With whom the account may speak now, as the platform's windows say."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import Instant, metadata

douyin_windows = sa.Table(
    "douyin_windows",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("open_id", sa.Text, primary_key=True),
    sa.Column("scene", sa.Text, primary_key=True),  # wrote, entered, authorised
    sa.Column("opened", Instant, nullable=False),  # by the platform's clock: a later one opens it anew
    sa.Column("until", Instant, nullable=False),
    sa.Column("used", sa.Integer, nullable=False, server_default="0"),
    sa.Column("message", sa.Text, nullable=False, server_default=""),  # the one that is answered
    sa.Column("conversation", sa.Text, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)
