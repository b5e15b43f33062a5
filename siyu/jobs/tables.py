"""What this room keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("key", sa.Text),  # at most one unfinished job per key
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # waiting, running, done, failed, cancelled
    sa.Column("priority", sa.Integer, nullable=False, server_default="0"),  # higher first
    sa.Column("due", Instant, nullable=False),
    sa.Column("leased_until", Instant),
    sa.Column("lease", sa.Text),  # who holds it; every later write compares it
    sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
    sa.Column("attempts_max", sa.Integer, nullable=False),
    sa.Column("crashes", sa.Integer, nullable=False, server_default="0"),  # leases that ran out since it last moved
    sa.Column("again", sa.Boolean, nullable=False, server_default=sa.false()),  # asked for anew while running
    sa.Column("done_units", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("all_units", sa.BigInteger),
    sa.Column("stage", sa.Text, nullable=False, server_default=""),
    sa.Column("cancel_asked", Instant),
    sa.Column("created", Instant, nullable=False),
    sa.Column("finished", Instant),
    sa.Column("result", sa.JSON),
    sa.Column("error", sa.Text),
    sa.Index("ix_jobs_claim", "state", "due"),
)

sa.Index(
    "uq_jobs_key_unfinished",
    jobs.c.key,
    unique=True,
    sqlite_where=jobs.c.state.in_(["waiting", "running"]),
    postgresql_where=jobs.c.state.in_(["waiting", "running"]),
)

schedules = sa.Table(
    "schedules",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("last", Instant),  # the last due moment for which a job was enqueued
)

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("place", sa.BigInteger, nullable=False),
)
"""How far each reader of a numbered stream has come."""

set_aside = sa.Table(
    "set_aside",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("stream", sa.Text, nullable=False),  # inbox, callbacks
    sa.Column("number", sa.BigInteger, nullable=False),  # of its row there
    sa.Column("whole", sa.Boolean, nullable=False),  # the row as a whole, or one call of it
    sa.Column("received", Instant, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("events", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary),  # none once it is settled
    sa.Column("at", Instant, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("zh", sa.Text, nullable=False),
    sa.Column("en", sa.Text, nullable=False),
    sa.Column("settled", Instant),
    sa.Column("outcome", sa.Text),  # again, dropped, erased, expired
    sa.Column("by", sa.Text),
    sa.Index("ix_set_aside_row", "stream", "number"),
)
"""Bodies that whoever reads a stream could not take: kept with the cause, until somebody settles it."""

sa.Index(
    "ix_set_aside_waiting",
    set_aside.c.id,
    sqlite_where=set_aside.c.settled.is_(None),
    postgresql_where=set_aside.c.settled.is_(None),
)

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)

turns = sa.Table(
    "turns",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until", Instant, nullable=False),
)
"""Whose turn it is to do work of which one runs in the whole installation."""
