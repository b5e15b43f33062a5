"""What is kept of leads: which came, how far reading has come, and what is told back. Nothing personal."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import Instant, metadata

ocean_clues = sa.Table(
    "ocean_clues",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("clue", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),  # ads, life
    sa.Column("owner", sa.Text, nullable=False),  # advertiser, or the local account
    sa.Column("created", Instant, nullable=False),  # by the platform's clock
    sqlite_with_rowid=False,
)

ocean_reads = sa.Table(
    "ocean_reads",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("since", Instant, nullable=False),  # the window that is being read, or the next
    sa.Column("until", Instant),  # null: no window is open
    sa.Column("page", sa.Integer, nullable=False),  # next one of the window
    sa.Column("read", Instant),  # when a window was last read to its end
    sa.Column("failed", sa.Text),  # the platform's code, where the last try came to nothing
    sqlite_with_rowid=False,
)

ocean_conversions = sa.Table(
    "ocean_conversions",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("clue", sa.Text, primary_key=True),
    sa.Column("conversion", sa.Text, primary_key=True),  # added (on WeCom), bought
    sa.Column("at", Instant, nullable=False),
    sa.Column("amount", sa.Text, nullable=False),  # yuan, exact; "" for none
    sa.Column("state", sa.Text, nullable=False),  # waiting, sending, sent, failed, unknown
    sa.Column("due", Instant, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("tried", Instant),  # written before the call
    sa.Column("code", sa.Text, nullable=False, server_default=""),  # the platform's, of the last answer
    sqlite_with_rowid=False,
)
sa.Index("ix_ocean_conversions_due", ocean_conversions.c.state, ocean_conversions.c.due)
