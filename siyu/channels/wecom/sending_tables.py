"""What is sent through WeCom: kept before it goes, until it is settled."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

wecom_texts = sa.Table(
    "wecom_texts",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),  # sha-256 of the rest
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("attachments", sa.JSON, nullable=False),
)
"""What is said to many, once each."""

wecom_sends = sa.Table(
    "wecom_sends",
    metadata,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("broadcast", sa.BigInteger),
    sa.Column("external_userid", sa.Text, nullable=False),
    sa.Column("sender", sa.Text, nullable=False),  # the member of staff who is to confirm it
    sa.Column("text", sa.Text, nullable=False),  # of wecom_texts
    sa.Column("task", sa.BigInteger, index=True),  # null: gathered, in no task yet
    sa.Column("at", Instant, nullable=False),  # gathered; since it was sent, when it was
    sa.Column("state", sa.Text, nullable=False),  # gathered, handed, sent, refused, withdrawn
    sa.Index("ix_wecom_sends_customer", "account", "external_userid", "at"),
    sqlite_with_rowid=False,
)
"""One row a message, by its delivery id: sent again with the same id, nothing happens."""
_GATHERED = wecom_sends.c.state == sa.literal_column("'gathered'")
sa.Index(
    "ix_wecom_sends_gathered",
    wecom_sends.c.account,
    wecom_sends.c.broadcast,
    wecom_sends.c.sender,
    wecom_sends.c.text,
    sqlite_where=_GATHERED,
    postgresql_where=_GATHERED,
)

wecom_tasks = sa.Table(
    "wecom_tasks",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("broadcast", sa.BigInteger, index=True),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # calling, asking, waiting, sending, withdrawing, done
    sa.Column("called", Instant, nullable=False),  # written before the call
    sa.Column("calling_until", Instant),  # machine time: after it, whoever called is gone
    sa.Column("msgid", sa.Text),  # the platform's name for it
    sa.Column("confirmed", Instant),
    sa.Column("next", Instant),  # when to look at it again; null: never
    sa.Column("looks", sa.Integer, nullable=False, server_default="0"),
    sa.Column("withdrawn", sa.Boolean, nullable=False, server_default=sa.false()),  # by the operator
    sa.Column("reminded", sa.JSON, nullable=False),  # when, as milliseconds
    sa.Index("ix_wecom_tasks_next", "account", "next"),
)
"""Tasks at the platform. A row is written before the call; a call without an answer is asked about, never repeated."""

wecom_media = sa.Table(
    "wecom_media",
    metadata,
    sa.Column("corp", sa.Text, primary_key=True),  # a company's apps share them
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("use", sa.Text, primary_key=True),  # message, moment
    sa.Column("media_id", sa.Text, nullable=False),
    sa.Column("expires", Instant, nullable=False),
    sqlite_with_rowid=False,
)
"""What is at the platform, which keeps it for three days."""
