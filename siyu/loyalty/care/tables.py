"""What care keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

care_programs = sa.Table(
    "care_programs",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("care", sa.JSON, nullable=False),  # model.Care
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),  # draft, live, paused
    sa.Column("budget", sa.BigInteger, nullable=False),
    sa.Column("given", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("day", sa.Integer, nullable=False),  # the last day that was gone through, as an ordinal
    sa.Column("created", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.CheckConstraint("given >= 0 AND given <= budget", name="never_passed"),
    sqlite_autoincrement=True,
)

care_gifts = sa.Table(
    "care_gifts",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # kind, year and person: once a year
    sa.Column("program", sa.BigInteger, sa.ForeignKey("care_programs.id"), nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),  # given, held_out, empty (the budget), refused (the coupon)
    sa.Column("gift", sa.Text, nullable=False),
    sa.Column("much", sa.BigInteger, nullable=False),
    sa.Index("ix_care_gifts_program", "program", "at"),
)
"""Who was thought of, and what they got; of those held out, that they got nothing."""
