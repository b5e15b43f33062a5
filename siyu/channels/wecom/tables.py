"""What WeCom told: its own picture of who is whose friend. It is what syncs compare with; people are elsewhere."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import Instant, metadata

wecom_contacts = sa.Table(
    "wecom_contacts",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("external_userid", sa.Text, primary_key=True),
    sa.Column("userid", sa.Text, primary_key=True),  # the member of staff
    sa.Column("state", sa.Text, nullable=False),  # unknown, half, friend, removed, transferred, lost: see callbacks.py
    sa.Column("told", Instant, nullable=False),  # when it became so, by the platform's clock: later ones win
    sa.Column("since", Instant),  # beginning of the friendship that is or was last
    sa.Column("ended", Instant),
    sa.Column("channel", sa.Text, nullable=False, server_default=""),  # State: the contact way that brought them
    sa.Column("reread", Instant),  # remark or tags changed then; what is known may be older
    sa.Column("archiving", Instant),  # agreed to archiving
    sa.Column("transfer_failed", sa.Text, nullable=False, server_default=""),  # why
    sa.Index("ix_wecom_contacts_member", "account", "userid"),
    sqlite_with_rowid=False,
)
