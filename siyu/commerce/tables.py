"""What commerce keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

goods = sa.Table(
    "goods",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),  # the shop's own number, as order lines have it
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("category", sa.Text, nullable=False, server_default="", index=True),
    sa.Column("cents", sa.BigInteger),  # the price that everybody sees
    sa.Column("cycle_days", sa.Integer),  # how long one lasts
    sa.Column("suits", sa.Text, nullable=False, server_default=""),  # whom
    sa.Column("picture", sa.Text, nullable=False, server_default=""),
    sa.Column("url", sa.Text, nullable=False, server_default=""),  # where the shop sells it
    sa.Column("on_sale", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("came", sa.Text, nullable=False),  # staff, api, file, orders: who told of it first
    sa.Column("hand", sa.JSON, nullable=False),  # fields that staff wrote: nothing else writes them
    sa.Column("told", sa.BigInteger),  # milliseconds: the order's time that name and price are from
    sa.Column("ordered", Instant, index=True),  # last seen in a paid order
    sa.Column("cycle_seen", sa.Integer),  # days between two purchases of a person: the median, by orders
    sa.Column("cycle_low", sa.Integer),
    sa.Column("cycle_high", sa.Integer),
    sa.Column("cycle_people", sa.Integer, nullable=False, server_default="0"),
    sa.Column("cycle_at", Instant),
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

goods_changes = sa.Table(
    "goods_changes",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("good", sa.BigInteger, nullable=False, index=True),
    sa.Column("before", sa.JSON, nullable=False),  # the fields as they stood, with ``hand``
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("undone", Instant),
    sqlite_autoincrement=True,
)
"""What staff changed, so that it can be taken back."""

offers = sa.Table(
    "offers",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # price, coupon
    sa.Column("good", sa.BigInteger, index=True),  # of goods; null: of all (a coupon)
    sa.Column("cents", sa.BigInteger),  # of a price: what it costs with it
    sa.Column("coupon", sa.BigInteger),  # of a coupon: its kind, as the desk of coupons numbers it
    sa.Column("to", sa.Text, nullable=False),  # everybody, live, group, attribute, audience, person
    sa.Column("whom", sa.Text, nullable=False, server_default=""),  # which of these
    sa.Column("begins", Instant),
    sa.Column("ends", Instant),
    sa.Column("stock", sa.BigInteger),  # how many may go to the shop with it; null: no end
    sa.Column("taken", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("stage", sa.Text, nullable=False),  # on, paused, ended
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.CheckConstraint("taken >= 0 AND (stock IS NULL OR taken <= stock)", name="never_oversold"),
    sqlite_autoincrement=True,
)
