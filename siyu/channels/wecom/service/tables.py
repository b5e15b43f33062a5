"""What was written to and from service accounts."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

wecom_kf_places = sa.Table(
    "wecom_kf_places",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("open_kfid", sa.Text, primary_key=True),
    sa.Column("cursor", sa.Text, nullable=False),  # read up to here, in the transaction that keeps the messages
    sa.Column("pulled", Instant, nullable=False),  # everything that was told until then
    sqlite_with_rowid=False,
)

wecom_kf_chats = sa.Table(
    "wecom_kf_chats",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("open_kfid", sa.Text, nullable=False),
    sa.Column("external_userid", sa.Text, nullable=False),
    sa.Column("last", Instant, nullable=False),  # of anything
    sa.Column("asked", Instant),  # when the customer wrote last: what may be sent counts from then
    sa.Column("sent", sa.Integer, nullable=False, server_default="0"),  # by this app, since then
    sa.Column("state", sa.Integer),  # 0 new, 1 app, 2 waiting, 3 with staff, 4 ended; null: not told
    sa.Column("servicer", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("account", "open_kfid", "external_userid"),
    sa.Index("ix_wecom_kf_chats_last", "last"),
)

wecom_kf_messages = sa.Table(
    "wecom_kf_messages",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("chat", sa.BigInteger, nullable=False),
    sa.Column("msgid", sa.Text, nullable=False),  # the platform's; ours where we sent it
    sa.Column("at", Instant, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),  # customer, platform, staff, app
    sa.Column("servicer", sa.Text, nullable=False, server_default=""),
    sa.Column("kind", sa.Text, nullable=False),  # text, image… ; of the platform's events their type
    sa.Column("text", sa.Text, nullable=False),  # as far as there is one
    sa.Column("state", sa.Text, nullable=False),  # received; sending, sent, failed, unknown: of ours
    sa.Column("reason", sa.Text),
    sa.Column("by", sa.Text),  # who of us
    sa.UniqueConstraint("chat", "msgid"),
    sa.Index("ix_wecom_kf_messages_chat", "chat", "at"),
)
