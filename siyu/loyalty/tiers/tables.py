"""What tiers keep in the ledger. Days are ordinals of the shop's days."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

tier_plans = sa.Table(
    "tier_plans",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),  # the version
    sa.Column("plan", sa.JSON, nullable=False),  # model.Plan; never changed once it began
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("begins", Instant),  # null: a draft
    sa.Column("ends", Instant),  # null, where it began: in force
    sqlite_autoincrement=True,
)
_IN_FORCE = sa.and_(tier_plans.c.begins.is_not(None), tier_plans.c.ends.is_(None))
sa.Index(
    "ix_tier_plans_in_force",
    tier_plans.c.ends.is_(None),
    unique=True,  # one plan at a time
    sqlite_where=_IN_FORCE,
    postgresql_where=_IN_FORCE,
)

tier_facts = sa.Table(
    "tier_facts",
    metadata,
    sa.Column("of", sa.Text, primary_key=True),  # the order, the event
    sa.Column("n", sa.Integer, primary_key=True),  # 0: paid, done; 1 and up: returns of the order
    sa.Column("person", sa.BigInteger, nullable=False, index=True),  # the node
    sa.Column("at", Instant, nullable=False),
    sa.Column("day", sa.Integer, nullable=False),  # on which it happened
    sa.Column("base", sa.Integer, nullable=False, index=True),  # from which its window is counted
    sa.Column("cents", sa.BigInteger, nullable=False),  # less than none: returned
    sa.Column("deed", sa.Text, nullable=False),  # the event's name, "" for orders
    sqlite_with_rowid=False,
)
"""What makes value grow, as it is known now: an order that is told of again is written anew."""

tier_standings = sa.Table(
    "tier_standings",
    metadata,
    sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),  # kept
    sa.Column("tier", sa.Text, nullable=False, index=True),  # shown: the key, "" for none
    sa.Column("falls", sa.Integer, index=True),  # the day on which they come down if nothing happens
    sa.Column("turns", sa.Integer, index=True),  # the day on which the course itself turns, see course.py
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("plan", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

tier_changes = sa.Table(
    "tier_changes",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("person", sa.BigInteger, nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),  # of settling.WHYS
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.Column("needed", sa.BigInteger, nullable=False),  # the way up, or to stay, that decided
    sa.Column("plan", sa.BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
"""Every change of a tier, append only, with what decided it."""

tier_stale = sa.Table(
    "tier_stale",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("person", sa.BigInteger, nullable=False),  # a node
    sqlite_autoincrement=True,
)
"""Whose standing has to be worked out anew."""

tier_agents = sa.Table(
    "tier_agents",
    metadata,
    sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),  # kept
    sa.Column("holder", sa.Text, nullable=False, index=True),  # as tasks name who holds them
    sa.Column("since", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Own agents: who looks after whom."""

tier_agent_pool = sa.Table(
    "tier_agent_pool",
    metadata,
    sa.Column("holder", sa.Text, primary_key=True),
    sqlite_with_rowid=False,
)
"""Who may be an own agent."""

tier_trials = sa.Table(
    "tier_trials",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("plan", sa.BigInteger, sa.ForeignKey("tier_plans.id"), nullable=False, index=True),
    sa.Column("against", sa.BigInteger),  # the plan in force then
    sa.Column("months", sa.Integer, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("finished", Instant),
    sa.Column("result", sa.JSON),  # trying.Trial
    sqlite_autoincrement=True,
)
