"""What coupons keep. Money is in cents.

The checks stand behind what taking and redeeming decide: never more of a kind than its stock, never above its budget,
and no two coupons of a person's that are the same one of a kind.
"""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

coupon_kinds = sa.Table(
    "coupon_kinds",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("terms", sa.JSON, nullable=False),  # stacking.Terms
    sa.Column("begins", Instant),  # coupons of it may be used from then on; null: at once
    sa.Column("ends", Instant),  # and before then
    sa.Column("days", sa.Integer),  # or for so many days from being taken, to a midnight of the shop
    sa.Column("codes", sa.Text, nullable=False),  # own, shared, printed
    sa.Column("code", sa.Text, unique=True),  # the shared one
    sa.Column("stock", sa.BigInteger),  # null: as many as are asked for
    sa.Column("taken", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("per_person", sa.Integer),  # null: as many as one likes
    sa.Column("budget_cents", sa.BigInteger),  # null: whatever it comes to
    sa.Column("promised_cents", sa.BigInteger, nullable=False, server_default="0"),  # the most that open ones may take
    sa.Column("spent_cents", sa.BigInteger, nullable=False, server_default="0"),  # what used ones took
    sa.Column("price_points", sa.BigInteger),  # what one costs in points; null: points buy none
    sa.Column("comes_back", sa.Boolean, nullable=False),  # with an order that is cancelled or returned whole
    sa.Column("grace_days", sa.Integer, nullable=False, server_default="0"),  # then it lasts at least so long
    sa.Column("stopped", Instant),  # none is taken any more
    sa.Column("created", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.CheckConstraint("taken >= 0 AND (stock IS NULL OR taken <= stock)", name="never_oversold"),
    sa.CheckConstraint(
        "promised_cents >= 0 AND spent_cents >= 0 AND (budget_cents IS NULL OR spent_cents <= budget_cents)",
        name="within_budget",
    ),
    sqlite_autoincrement=True,
)

coupons = sa.Table(
    "coupons",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),  # the reason: twice is once
    sa.Column("kind", sa.BigInteger, sa.ForeignKey("coupon_kinds.id"), nullable=False),
    sa.Column("person", sa.BigInteger, index=True),  # the node; null: printed, and nobody's yet
    sa.Column("nth", sa.Integer),  # of this person's of the kind
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("stage", sa.Text, nullable=False),  # open, used, ended, taken_back
    sa.Column("taken", Instant, nullable=False),
    sa.Column("begins", Instant, nullable=False),
    sa.Column("ends", Instant, nullable=False),
    sa.Column("used", Instant),
    sa.Column("order", sa.Text),  # of used ones: source/number
    sa.Column("off_cents", sa.BigInteger, nullable=False, server_default="0"),  # what it took (a gift: its worth)
    sa.Column("told", sa.Boolean, nullable=False, server_default=sa.false()),  # that it ends soon
    sa.Column("batch", sa.BigInteger),  # of printed ones
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.UniqueConstraint("kind", "person", "nth"),
    sa.Index("ix_coupons_kind", "kind", "id"),
    sqlite_autoincrement=True,
)
_OPEN = coupons.c.stage == "open"
sa.Index("ix_coupons_ends", coupons.c.ends, sqlite_where=_OPEN, postgresql_where=_OPEN)  # what ends?
_OF_ORDER = coupons.c.order.is_not(None)
sa.Index("ix_coupons_order", coupons.c.order, sqlite_where=_OF_ORDER, postgresql_where=_OF_ORDER)

coupon_steps = sa.Table(
    "coupon_steps",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("coupon", sa.BigInteger, sa.ForeignKey("coupons.id"), nullable=False, index=True),
    sa.Column("what", sa.Text, nullable=False),  # taken, used, undone, given_back, ended, taken_back
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("order", sa.Text),
    sa.Column("off_cents", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("why", sa.Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)
"""What happened to each coupon, only ever added to."""
