"""What is posted to groups: recorded before the call, group by group, until it is settled."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

wecom_group_posts = sa.Table(
    "wecom_group_posts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),  # of wecom_texts
    sa.Column("state", sa.Text, nullable=False),  # recorded, open, done, cancelled
    sa.Column("starts", Instant, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("finished", Instant),
    sa.Column("next", Instant),  # when there is something to hand over; null: never
    sa.Index("ix_wecom_group_posts_next", "account", "next"),
)

wecom_group_post_items = sa.Table(
    "wecom_group_post_items",
    metadata,
    sa.Column("post", sa.BigInteger, primary_key=True),
    sa.Column("chat_id", sa.Text, primary_key=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("sender", sa.Text, nullable=False, server_default=""),  # the group's owner when it was opened
    sa.Column("task", sa.BigInteger, index=True),
    sa.Column("at", Instant, nullable=False),  # recorded, opened, handed over, sent: the last of them
    sa.Column("state", sa.Text, nullable=False),  # recorded, gathered, handed, sent; held, refused, withdrawn
    sa.Column("reason", sa.Text, nullable=False, server_default=""),  # of those that were not sent
    sa.Index("ix_wecom_group_post_items_group", "account", "chat_id", "at"),
    sqlite_with_rowid=False,
)

wecom_group_tasks = sa.Table(
    "wecom_group_tasks",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("post", sa.BigInteger, nullable=False, index=True),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # calling, asking, waiting, sending, withdrawing, done
    sa.Column("called", Instant, nullable=False),  # written before the call
    sa.Column("calling_until", Instant),  # machine time
    sa.Column("msgid", sa.Text),
    sa.Column("confirmed", Instant),
    sa.Column("next", Instant),  # when to look at it again; null: never
    sa.Column("looks", sa.Integer, nullable=False, server_default="0"),
    sa.Column("withdrawn", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("reminded", sa.JSON, nullable=False),  # when, as milliseconds
    sa.Index("ix_wecom_group_tasks_next", "account", "next"),
)
"""Tasks at the platform, as ``wecom_tasks`` has them of customers; ``size``: groups of it."""
