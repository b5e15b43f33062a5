"""What this room keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("channel", sa.Text, nullable=False),  # webhook, email
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),  # what may be shown: address, port, from
    sa.Column("secrets", sa.LargeBinary, nullable=False),  # encrypted with the installation's key
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("disabled", Instant),
    sa.Column("checked", Instant),
    sa.Column("check_result", sa.JSON),
)

account_prices = sa.Table(
    "account_prices",
    metadata,
    sa.Column("account", sa.BigInteger, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("since", Instant, primary_key=True),
    sa.Column("price", sa.BigInteger, nullable=False),  # of one message as billed, in ten-thousandths of the currency
    sa.Column("by", sa.Text, nullable=False),
)
"""What a message costs, from when on."""

media = sa.Table(
    "media",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),  # image, video, file
    sa.Column("name", sa.Text, nullable=False),  # as its uploader called it
    sa.Column("type", sa.Text, nullable=False),  # media type
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)
"""Pictures, films and files to send, once each: in the ledger, so that every process and each backup has them."""
