"""What this room keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

wecom_ways = sa.Table(
    "wecom_ways",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # contact, join
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, unique=True),  # comes back with who came through it
    sa.Column("way", sa.JSON, nullable=False),  # what the platform was told: see channels/wecom/codes.py
    sa.Column("wanted", sa.JSON(none_as_null=True)),  # what it shall be told instead, until it answered
    sa.Column("tags", sa.JSON, nullable=False),  # numbers, set on who comes through it
    sa.Column("expires", Instant),  # removed at the platform then
    sa.Column("config_id", sa.Text),
    sa.Column("qr", sa.Text, nullable=False, server_default=""),  # address of its picture
    sa.Column("stage", sa.Text, nullable=False),  # making, unknown, refused, live, changing, removing, removed
    sa.Column("called", Instant),  # written before a call that makes it; null: surely not made
    sa.Column("busy_until", Instant),  # machine time: after it, whoever called is gone
    sa.Column("next", Instant),  # when to go on by itself; null: never
    sa.Column("problem", sa.JSON(none_as_null=True)),  # the platform's last refusal: code, zh, en
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("ended", Instant),  # removed by us, or found gone
    sa.Index("ix_wecom_ways_account", "account", "kind"),
    sqlite_autoincrement=True,
)
_NEXT = wecom_ways.c.next.is_not(None)
sa.Index("ix_wecom_ways_next", wecom_ways.c.next, sqlite_where=_NEXT, postgresql_where=_NEXT)
