"""What the graph keeps in the ledger: the facts between nodes, and per person what stands below them."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

referrals = sa.Table(
    "referrals",
    metadata,
    sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),  # the node that was brought, once
    sa.Column("inviter", sa.BigInteger, nullable=False, index=True),  # the node that brought it
    sa.Column("at", Instant, nullable=False),
    sa.Column("campaign", sa.Text, nullable=False),  # "" where it is of none
    sa.Column("source", sa.Text, nullable=False),  # campaign, api, import, hand
    sa.Column("by", sa.Text, nullable=False),
)

kin = sa.Table(
    "kin",
    metadata,
    sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),  # the kept person
    sa.Column("inviter", sa.BigInteger),  # the kept person that brought them; null: nobody, as far as is known
    sa.Column("edge", sa.BigInteger),  # the fact in force: referrals.person
    sa.Column("looped", sa.Boolean, nullable=False, server_default=sa.false()),  # every fact leads back to themselves
    sa.Column("direct", sa.BigInteger, nullable=False, server_default="0"),  # brought by themselves
    sa.Column("size", sa.BigInteger, nullable=False, server_default="0"),  # everybody below
    sa.Column("deepest", sa.BigInteger, nullable=False, server_default="0"),  # generations below
    sa.Column("own", sa.BigInteger, nullable=False, server_default="0"),  # cents granted to them
    sa.Column("cents", sa.BigInteger, nullable=False, server_default="0"),  # cents granted to everybody below
    sa.Index("ix_kin_inviter", "inviter", "deepest"),
    sa.Index("ix_kin_edge", "edge"),
)
sa.Index("ix_kin_looped", kin.c.person, sqlite_where=kin.c.looped, postgresql_where=kin.c.looped)
_INVITES = kin.c.direct > 0
for _column in (kin.c.direct, kin.c.size, kin.c.deepest):
    sa.Index(f"ix_kin_{_column.name}", _column, kin.c.person, sqlite_where=_INVITES, postgresql_where=_INVITES)

kin_changes = sa.Table(
    "kin_changes",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("person", sa.BigInteger, nullable=False),  # a node about which something is new
    sa.Column("parted", sa.Boolean, nullable=False),  # it became one with others, or was parted from them
    sqlite_autoincrement=True,
)
