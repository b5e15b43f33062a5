"""What the points ledger keeps. Points are whole numbers.

Postings and entries are only ever added. What else there is (balances, what is left of a lot or a hold) says in one row
what the entries add up to; the audit proves it every night.

Accounts, by kind and number: ``person`` (what a node may spend), ``held`` (set aside for them), ``owed`` (never above
zero: what they have to earn first, because points were taken back that they had spent), ``budget`` (of a campaign);
and one each of ``issued``, ``spent``, ``expired``, whose number is 0 and of which no balance is kept: everybody would
wait for that row.
"""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Asked for by its beginning too: so in the order of its bytes, whatever language the database sorts in."""

point_accounts = sa.Table(
    "point_accounts",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("of", sa.BigInteger, primary_key=True),  # the node of people, the campaign
    sa.Column("balance", sa.BigInteger, nullable=False, server_default="0"),
    sa.CheckConstraint("CASE kind WHEN 'owed' THEN balance <= 0 ELSE balance >= 0 END", name="no_wrong_side"),
    sqlite_with_rowid=False,
)

point_postings = sa.Table(
    "point_postings",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("key", KEY, nullable=False, unique=True),  # the reason: twice is once
    sa.Column("kind", sa.Text, nullable=False),  # see model.KINDS
    sa.Column("of", sa.BigInteger, index=True),  # the posting that this one takes back, gives back, captures, releases
    sa.Column("at", Instant, nullable=False),  # when it was written here: past balances stay what they were
    sa.Column("why", sa.Text, nullable=False),  # as the person reads it
    sa.Column("by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

point_entries = sa.Table(
    "point_entries",
    metadata,
    sa.Column("posting", sa.BigInteger, sa.ForeignKey("point_postings.id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("of", sa.BigInteger, primary_key=True),
    sa.Column("lot", sa.BigInteger, primary_key=True),  # whose points these are; 0: of none
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Index("ix_point_entries_account", "kind", "of", "posting"),
    sqlite_with_rowid=False,
)

point_lots = sa.Table(
    "point_lots",
    metadata,
    sa.Column("lot", sa.BigInteger, sa.ForeignKey("point_postings.id"), primary_key=True),  # the posting that made it
    sa.Column("of", sa.BigInteger, nullable=False),  # the node of people
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("left", sa.BigInteger, nullable=False),
    sa.Column("expires", Instant),  # null: never
    sa.CheckConstraint('"left" >= 0 AND "left" <= points', name="what_is_left"),
    sqlite_with_rowid=False,
)
_LEFT = point_lots.c.left > 0
sa.Index("ix_point_lots_of", point_lots.c.of, sqlite_where=_LEFT, postgresql_where=_LEFT)  # what may this one spend?
sa.Index("ix_point_lots_expires", point_lots.c.expires, sqlite_where=_LEFT, postgresql_where=_LEFT)  # what expires?

point_holds = sa.Table(
    "point_holds",
    metadata,
    sa.Column("hold", sa.BigInteger, sa.ForeignKey("point_postings.id"), primary_key=True),
    sa.Column("left", sa.BigInteger, nullable=False),
    sa.Column("until", Instant, nullable=False),  # then what is left of it is released
    sa.CheckConstraint('"left" >= 0', name="what_is_left"),
    sqlite_with_rowid=False,
)
_OPEN = point_holds.c.left > 0
sa.Index("ix_point_holds_until", point_holds.c.until, sqlite_where=_OPEN, postgresql_where=_OPEN)

point_rules = sa.Table(
    "point_rules",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("rule", sa.JSON, nullable=False),  # earning.model.Rule; never changed: another follows it
    sa.Column("begins", Instant, nullable=False),  # it gives for what happens from then on
    sa.Column("ends", Instant),  # and before then
    sa.Column("created", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

point_proofs = sa.Table(
    "point_proofs",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("postings", sa.BigInteger, nullable=False),  # so many were looked at
    sa.Column("faults", sa.JSON, nullable=False),  # auditing.Fault; nothing where all adds up
    sqlite_autoincrement=True,
)
