"""What this room keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("login", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("password", sa.Text, nullable=False),  # argon2id
    sa.Column("role", sa.Text, nullable=False),  # see roles.ROLES
    sa.Column("language", sa.Text, nullable=False, server_default="zh"),
    sa.Column("created", Instant, nullable=False),
    sa.Column("disabled", Instant),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("locked_until", Instant),
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("token", sa.Text, primary_key=True),  # sha256 of the cookie's value
    sa.Column("staff", sa.BigInteger, sa.ForeignKey("staff.id"), nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("seen", Instant, nullable=False),
    sa.Column("expires", Instant, nullable=False),
    sa.Column("agent", sa.Text, nullable=False),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("prefix", sa.Text, nullable=False),  # shown, so that one can tell keys apart
    sa.Column("secret", sa.Text, nullable=False, unique=True),  # sha256
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("by", sa.BigInteger, nullable=False),
    sa.Column("used", Instant),
    sa.Column("revoked", Instant),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("by", sa.Text, nullable=False),  # "staff:3", "key:7", "person", "system"
    sa.Column("action", sa.Text, nullable=False),  # domain verb: "merge_undone"
    sa.Column("subject", sa.Text, nullable=False, index=True),  # "person:12", "broadcast:4"
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("chain", sa.Text, nullable=False),  # sha256 over the row and the chain before it
    sqlite_autoincrement=True,
)
"""Append only: triggers refuse UPDATE and DELETE, and the chain shows what a direct edit of the file changed."""
