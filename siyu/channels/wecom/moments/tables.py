"""Moments: recorded before the call, with who published them and whom they reached."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

wecom_moments = sa.Table(
    "wecom_moments",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("attachments", sa.JSON, nullable=False),
    sa.Column("members", sa.JSON, nullable=False),  # userids who are to publish; empty, with departments: everybody
    sa.Column("departments", sa.JSON, nullable=False),
    sa.Column("tags", sa.JSON, nullable=False),  # ids of WeCom's tags; empty: every customer
    sa.Column(
        "state", sa.Text, nullable=False
    ),  # recorded, calling, making, waiting, done, refused, unsettled, cancelled
    sa.Column("reason", sa.JSON),  # {code, zh, en} where it was refused
    sa.Column("invalid", sa.JSON, nullable=False),  # members, departments, tags that the platform left out
    sa.Column("jobid", sa.Text),
    sa.Column("moment_id", sa.Text),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("called", Instant),
    sa.Column("next", Instant),  # when to look again; null: never
    sa.Index("ix_wecom_moments_next", "account", "next"),
)

wecom_moment_parts = sa.Table(
    "wecom_moment_parts",
    metadata,
    sa.Column("moment", sa.BigInteger, primary_key=True),
    sa.Column("userid", sa.Text, primary_key=True),
    sa.Column("published", sa.Boolean, nullable=False),
    sqlite_with_rowid=False,
)
"""What each member has to publish."""

wecom_moment_people = sa.Table(
    "wecom_moment_people",
    metadata,
    sa.Column("moment", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),  # reached, like, comment
    sa.Column("external_userid", sa.Text, primary_key=True),
    sa.Column("userid", sa.Text, primary_key=True),
    sa.Column("at", Instant),  # the last time, of likes and comments
    sa.Index("ix_wecom_moment_people_person", "external_userid"),
    sqlite_with_rowid=False,
)
