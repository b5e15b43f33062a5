"""What is handed over: recorded before the call, until the platform says what became of it."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

wecom_handovers = sa.Table(
    "wecom_handovers",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("giver", sa.Text, nullable=False),
    sa.Column("taker", sa.Text, nullable=False),
    sa.Column("left", sa.Boolean, nullable=False),  # the giver has left the company
    sa.Column("message", sa.Text, nullable=False, server_default=""),  # what customers are told
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)

wecom_handover_items = sa.Table(
    "wecom_handover_items",
    metadata,
    sa.Column("handover", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),  # customer, group
    sa.Column("item", sa.Text, primary_key=True),  # external_userid, chat_id
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # recorded, calling, waiting; and how it ended: README
    sa.Column("code", sa.Integer),  # of the platform, where it failed
    sa.Column("called", Instant),
    sa.Column("next", Instant),  # when to look again; null: never
    sa.Column("settled", Instant),
    sa.Index("ix_wecom_handover_items_item", "account", "item"),
    sqlite_with_rowid=False,
)
_OPEN = wecom_handover_items.c.state.in_(
    [sa.literal_column(f"'{each}'") for each in ("recorded", "calling", "waiting")]
)
sa.Index(
    "ix_wecom_handover_items_open",
    wecom_handover_items.c.account,
    wecom_handover_items.c.state,
    wecom_handover_items.c.next,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)

wecom_unassigned = sa.Table(
    "wecom_unassigned",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("userid", sa.Text, primary_key=True),  # the member who left
    sa.Column("external_userid", sa.Text, primary_key=True),
    sa.Column("left", Instant, nullable=False),
    sa.Column("read", Instant, nullable=False),  # the beginning of the reading that found it last
    sqlite_with_rowid=False,
)
"""Customers of members who left, as the platform listed them last."""
