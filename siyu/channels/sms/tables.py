"""What was handed to the service, so that no message goes twice."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import Instant, metadata

sms_sends = sa.Table(
    "sms_sends",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False, index=True),  # of the latest call
    sa.Column("state", sa.Text, nullable=False),  # calling, accepted
    sa.Column("biz_id", sa.Text, nullable=False, server_default=""),  # the service's number
    sqlite_with_rowid=False,
)
"""One row a message, written before its call; gone again where the service surely did not take it."""
