"""What payouts keep in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

payouts = sa.Table(
    "payouts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("reward", sa.BigInteger, sa.ForeignKey("rewards.id"), nullable=False, unique=True),
    sa.Column("bill", sa.Text, nullable=False, unique=True),  # our number of it, for ever
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),  # cents
    sa.Column("state", sa.Text, nullable=False),  # see model.STATES
    sa.Column("openid", sa.Text, nullable=False, server_default=""),  # whom it was tried to be paid to
    sa.Column("why", sa.Text, nullable=False, server_default=""),  # see words.WHY
    sa.Column("said", sa.Text, nullable=False, server_default=""),  # the platform's own words
    sa.Column("package", sa.Text, nullable=False, server_default=""),  # with it the person confirms
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("burned", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("made", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("attempted", Instant),  # the last time
    sa.Column("next", Instant),  # when it is looked at again
    sa.Index("ix_payouts_state", "state", "id"),
    sa.Index("ix_payouts_day", "account", "attempted"),
    sa.CheckConstraint("amount > 0", name="some"),
    sqlite_autoincrement=True,
)

_WAITS = payouts.c.next.isnot(None)
sa.Index("ix_payouts_next", payouts.c.next, sqlite_where=_WAITS, postgresql_where=_WAITS)
