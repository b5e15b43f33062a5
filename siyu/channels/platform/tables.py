"""What every platform needs kept."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import Instant, metadata

platform_tokens = sa.Table(
    "platform_tokens",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("secret", sa.Text, nullable=False),  # fingerprint of the secret that the rest belongs to
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("fresh_until", Instant),  # domain time
    sa.Column("fetcher", sa.Text),  # who is fetching one
    sa.Column("fetching_until", Instant),  # machine time
    sa.Column("refused_until", Instant),  # domain time: the platform said no, ask no more for a while
    sa.Column("refused_code", sa.Text),
    sqlite_with_rowid=False,
)

platform_lanes = sa.Table(
    "platform_lanes",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),  # wecom:<corp>
    sa.Column("lane", sa.Text, primary_key=True),  # a call, or calls that share a limit
    sa.Column("booked", sa.JSON, nullable=False),  # per window: microseconds of domain time up to which it is used
    sa.Column("closed_until", Instant),  # domain time
    sa.Column("narrowed", Instant),  # domain time
    sa.Column("slots", sa.Integer),  # how many calls at once, when it was narrowed
    sqlite_with_rowid=False,
)

platform_slots = sa.Table(
    "platform_slots",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("lane", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until", Instant, nullable=False),  # machine time
    sqlite_with_rowid=False,
)

callbacks_seen = sa.Table(
    "callbacks_seen",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),  # sha-256 of the plain text
    sa.Column("at", Instant, nullable=False, index=True),
    sqlite_with_rowid=False,
)

callbacks_strange = sa.Table(
    "callbacks_strange",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),  # of a kind nobody here knows; "?" where it can't be read
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("times", sa.BigInteger, nullable=False),
    sa.Column("last", Instant, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),  # of the last one, in the inbox of callbacks
    sqlite_with_rowid=False,
)
"""What came and meant nothing to this version: counted, the last one findable, shown on the health page."""

callback_doors = sa.Table(
    "callback_doors",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("verified", Instant),  # the platform tried the address, and the answer was right
    sa.Column("heard", Instant),  # the last genuine callback came
    sa.Column("refused", Instant),  # the last one that was not believed
    sa.Column("refused_code", sa.Text, nullable=False, server_default=""),  # why
    sqlite_with_rowid=False,
)
"""What was seen at the door of an account, by this server's clock."""

platform_uses = sa.Table(
    "platform_uses",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),  # as in platform_lanes
    sa.Column("lane", sa.Text, primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),  # in China, 2026-11-22
    sa.Column("calls", sa.BigInteger, nullable=False),  # permits taken and, as far as is known, used
    sqlite_with_rowid=False,
)
"""How much of a limit was used, by day."""

platform_faults = sa.Table(
    "platform_faults",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),  # in China
    sa.Column("endpoint", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),  # the platform's, or ours where none came
    sa.Column("kind", sa.Text, nullable=False),  # person, passing, ours, account
    sa.Column("zh", sa.Text, nullable=False),
    sa.Column("en", sa.Text, nullable=False),
    sa.Column("times", sa.BigInteger, nullable=False),
    sa.Column("last", Instant, nullable=False),
    sqlite_with_rowid=False,
)
"""Calls that came to nothing, in the operator's words."""
