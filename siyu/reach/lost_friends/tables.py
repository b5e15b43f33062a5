"""When a manager is to hear of customers who left their advisers, and of what they heard."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

lost_rules = sa.Table(
    "lost_rules",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),  # shop, adviser, tag, layer
    sa.Column("least", sa.BigInteger, nullable=False, server_default="0"),  # of shop and adviser: so many in a day
    sa.Column("tag", sa.BigInteger),
    sa.Column("scheme", sa.Text, nullable=False, server_default=""),
    sa.Column("layer", sa.Text, nullable=False, server_default=""),
    sa.Column("created", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("removed", Instant),
)

lost_alerts = sa.Table(
    "lost_alerts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("rule", sa.BigInteger, nullable=False),
    sa.Column("day", sa.Text, nullable=False),  # the shop's, 2026-11-22
    sa.Column("staff", sa.Text, nullable=False, server_default=""),  # whom they left; "" for the whole shop
    sa.Column("person", sa.BigInteger, nullable=False, server_default="0"),  # who left; 0 where many did
    sa.Column("many", sa.BigInteger, nullable=False),  # who left that day, as known by now
    sa.Column("at", Instant, nullable=False),  # when it was raised
    sa.Column("seen", Instant),
    sa.Column("seen_by", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("rule", "day", "staff", "person"),
    sa.Index("ix_lost_alerts_person", "person"),
)
"""Of a rule, a day and whom it is about there is one alert, however often it is looked at."""

_unseen = lost_alerts.c.seen.is_(None)
sa.Index("ix_lost_alerts_unseen", lost_alerts.c.id, sqlite_where=_unseen, postgresql_where=_unseen)
