"""What the platform counted, a row a member (or an owner of groups) and day. Days are the platform's: Beijing's."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import Instant, metadata

wecom_member_days = sa.Table(
    "wecom_member_days",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("who", sa.Text, primary_key=True),  # userid
    sa.Column("day", sa.Text, primary_key=True),  # 2026-11-22
    sa.Column("chats", sa.BigInteger, nullable=False),  # conversations in which the member wrote
    sa.Column("messages", sa.BigInteger, nullable=False),  # that the member wrote
    sa.Column("reply_share", sa.Float),  # of conversations that customers began, in percent; null: none
    sa.Column("reply_minutes", sa.Float),  # to the first answer, on average; null: none answered
    sa.Column("applied", sa.BigInteger, nullable=False),  # people who asked to be friends, or were asked
    sa.Column("added", sa.BigInteger, nullable=False),
    sa.Column("lost", sa.BigInteger, nullable=False),  # customers who deleted or blocked the member
    sa.Column("read", Instant, nullable=False),
    sa.Index("ix_wecom_member_days_day", "account", "day"),
    sqlite_with_rowid=False,
)

wecom_group_days = sa.Table(
    "wecom_group_days",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("who", sa.Text, primary_key=True),  # the groups' owner
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("groups_new", sa.BigInteger, nullable=False),
    sa.Column("groups", sa.BigInteger, nullable=False),  # by the end of the day
    sa.Column("groups_active", sa.BigInteger, nullable=False),  # in which somebody wrote
    sa.Column("members_new", sa.BigInteger, nullable=False),
    sa.Column("members", sa.BigInteger, nullable=False),  # by the end of the day
    sa.Column("members_active", sa.BigInteger, nullable=False),  # who wrote
    sa.Column("messages", sa.BigInteger, nullable=False),
    sa.Column("read", Instant, nullable=False),
    sa.Index("ix_wecom_group_days_day", "account", "day"),
    sqlite_with_rowid=False,
)

wecom_statistic_reads = sa.Table(
    "wecom_statistic_reads",
    metadata,
    sa.Column("job", sa.BigInteger, primary_key=True),
    sa.Column("part", sa.Text, primary_key=True),  # what one step of a reading reads
    sqlite_with_rowid=False,
)
"""What a reading has read already, so that one that was cut off goes on; empty between readings."""
