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

order_links = sa.Table(
    "order_links",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("good", sa.BigInteger, nullable=False, index=True),
    sa.Column("place_kind", sa.Text, nullable=False, server_default=""),  # where it is put up: "", live, group
    sa.Column("place", sa.Text, nullable=False, server_default=""),
    sa.Column("channel", sa.Text, nullable=False, server_default=""),  # by what it goes out, for the figures
    sa.Column("staff", sa.Text, nullable=False, server_default=""),  # whose it is, for the figures
    sa.Column("url", sa.Text, nullable=False, server_default=""),  # the shop's page; "": that of the goods
    sa.Column("mini_app", sa.Text, nullable=False, server_default=""),  # appid and page of a mini-program card
    sa.Column("mini_page", sa.Text, nullable=False, server_default=""),
    sa.Column("ends", Instant),
    sa.Column("stage", sa.Text, nullable=False),  # on, off
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

offer_claims = sa.Table(
    "offer_claims",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),  # goes with them to the shop, and comes back in the order
    sa.Column("trail", sa.Text, nullable=False),  # link, who, message: see links/model.py
    sa.Column("offer", sa.BigInteger, nullable=False),  # 0: the public price
    sa.Column("link", sa.BigInteger, nullable=False, index=True),
    sa.Column("good", sa.BigInteger, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False, index=True),  # a node
    sa.Column("message", sa.BigInteger, nullable=False),
    sa.Column("forwarded", sa.Boolean, nullable=False),
    sa.Column("cents", sa.BigInteger),  # what it costs with it
    sa.Column("stage", sa.Text, nullable=False),  # held, ordered, lapsed
    sa.Column("order", sa.Text, nullable=False, server_default="", index=True),  # the shop said: this one
    sa.Column("at", Instant, nullable=False),
    sa.Column("holds", Instant, nullable=False),  # keeps its part of the stock until then
    sa.UniqueConstraint("trail", "offer"),
    sa.Index("ix_offer_claims_holds", "stage", "holds"),
    sqlite_autoincrement=True,
)
"""Who went to the shop with which offer, once each."""

offer_orders = sa.Table(
    "offer_orders",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("order", sa.Text, primary_key=True),
    sa.Column("claim", sa.BigInteger, nullable=False, index=True),
    sa.Column("how", sa.Text, nullable=False),  # code, goods
    sa.Column("person", sa.BigInteger, nullable=False, index=True),  # a node: the buyer
    sa.Column("cents", sa.BigInteger, nullable=False),  # paid
    sa.Column("kept", sa.BigInteger, nullable=False),  # of it, not returned
    sa.Column("at", Instant, nullable=False),  # when it was paid
)
"""Paid orders that came of a claim, each of one."""
