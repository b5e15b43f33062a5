"""Acquisition links as they are at the platform, who came by them, and what is left of the paid quota."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

wecom_acquisition_links = sa.Table(
    "wecom_acquisition_links",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("link", sa.Text),  # the platform's name for it; null until it is known to be there
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False, server_default=""),
    sa.Column("members", sa.JSON, nullable=False),  # userids whom visitors are led to
    sa.Column("departments", sa.JSON, nullable=False),
    sa.Column("preferred", sa.JSON, nullable=False),  # the platform's priority_option, {} for none
    sa.Column("skip_verify", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # calling, there, refused, gone
    sa.Column("called", Instant, nullable=False),  # written before the call that makes it
    sa.Column("created", Instant),  # at the platform
    sa.Column("by", sa.Text, nullable=False, server_default=""),  # who of us; "" where it was made elsewhere
    sa.Column("read", Instant),  # who came was read until then
    sa.UniqueConstraint("account", "link"),
)
"""A row is written before the call; one without an answer is recognised by its name when the list is read."""

wecom_link_customers = sa.Table(
    "wecom_link_customers",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("link", sa.Text, primary_key=True),
    sa.Column("external_userid", sa.Text, primary_key=True),
    sa.Column("userid", sa.Text, primary_key=True),
    sa.Column("chatted", sa.Integer, nullable=False),  # 0 not yet, 1 yes, 2 the platform does not say
    sa.Column("channel", sa.Text, nullable=False, server_default=""),  # customer_channel of the address
    sa.Column("found", Instant, nullable=False),  # when it was first read
    sa.Index("ix_wecom_link_customers_person", "external_userid"),
    sqlite_with_rowid=False,
)

wecom_quotas = sa.Table(
    "wecom_quotas",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("balance", sa.BigInteger, nullable=False),
    sa.Column("lots", sa.JSON, nullable=False),  # [expires in seconds, balance], the first to end first
    sa.Column("read", Instant, nullable=False),
    sqlite_with_rowid=False,
)
"""What new friends by links may still cost, as last read; warnings in between are in ``wecom_balances``."""
