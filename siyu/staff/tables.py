"""What this room keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.event import listen

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
)

wrong_passwords = sa.Table(
    "wrong_passwords",
    metadata,
    sa.Column("login", sa.Text, primary_key=True),  # sha256: what is typed there may be a password
    sa.Column("address", sa.Text, primary_key=True),  # '' counts those of every address
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last", Instant, nullable=False, index=True),
    sa.Column("locked_until", Instant),
    sqlite_with_rowid=False,
)
"""Wrong passwords by what was typed as login, whether anybody has it or not: a lock tells nobody which logins exist."""

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

platform_staff = sa.Table(
    "platform_staff",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),  # of the platform that vouches for them
    sa.Column("userid", sa.Text, primary_key=True),  # who they are there
    sa.Column("staff", sa.BigInteger, sa.ForeignKey("staff.id"), nullable=False, index=True),
    sqlite_with_rowid=False,
)

platform_sign_ins = sa.Table(
    "platform_sign_ins",
    metadata,
    sa.Column("token", sa.Text, primary_key=True),  # sha256 of the cookie's value
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("userid", sa.Text, nullable=False),
    sa.Column("staff", sa.BigInteger, sa.ForeignKey("staff.id"), nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("expires", Instant, nullable=False),
    sa.Column("agent", sa.Text, nullable=False),
)
"""Sign-ins by a platform's word, good for its sidebar alone."""

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

acts = sa.Table(
    "acts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
)
"""What has begun and is not in the audit log yet; see :mod:`siyu.staff.acts`."""

_REFUSE_SQLITE = """
CREATE TRIGGER audit_no_{what} BEFORE {WHAT} ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END
"""
_REFUSE_POSTGRESQL = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'the audit log is append only'; END$$
"""
_REFUSE_POSTGRESQL_TRIGGER = """
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit EXECUTE FUNCTION audit_refuse()
"""

for _statement, _dialect in (
    (_REFUSE_SQLITE.format(what="update", WHAT="UPDATE"), "sqlite"),
    (_REFUSE_SQLITE.format(what="delete", WHAT="DELETE"), "sqlite"),
    (_REFUSE_POSTGRESQL, "postgresql"),
    (_REFUSE_POSTGRESQL_TRIGGER, "postgresql"),
):
    listen(audit, "after_create", sa.DDL(_statement).execute_if(dialect=_dialect))

saved_views = sa.Table(
    "saved_views",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("staff", sa.BigInteger, sa.ForeignKey("staff.id"), nullable=False, index=True),
    sa.Column("page", sa.Text, nullable=False),  # the path of the list
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("query", sa.Text, nullable=False),  # the part of the address after "?"
    sa.Column("created", Instant, nullable=False),
    sa.UniqueConstraint("staff", "page", "name"),
)

answered_calls = sa.Table(
    "answered_calls",
    metadata,
    sa.Column("by", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),  # the caller's Idempotency-Key
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("request", sa.Text, nullable=False),  # sha256 of path and body
    sa.Column("answer", sa.LargeBinary),  # null: begun, and not known to have ended
    sqlite_with_rowid=False,
)
"""API calls that carried an Idempotency-Key, for a day: the same key again gets the same answer."""
