"""What shops told of their orders: as much as is needed to tell each thing once, and whose a return is."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import Instant, metadata

shop_orders = sa.Table(
    "shop_orders",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),  # created, paid, shipped, finished, closed; "" not told
    sa.Column("version", sa.BigInteger, nullable=False),  # of the state: later ones win
    sa.Column("paid", Instant),
    sa.Column("amount", sa.Text),  # what was paid, an exact decimal of yuan
    sqlite_with_rowid=False,
)

shop_order_buyers = sa.Table(
    "shop_order_buyers",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, primary_key=True),
    sa.Index("ix_shop_order_buyers_value", "kind", "value"),  # so that a person's can be forgotten
    sqlite_with_rowid=False,
)
"""Whose an order is. Messages about returns seldom say it."""

shop_order_parts = sa.Table(
    "shop_order_parts",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),  # amended, returned
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("amount", sa.Text, nullable=False),
    sa.Column("lines", sa.JSON, nullable=False),
    sa.Column("told", sa.Boolean, nullable=False),  # False: waits for its order, which is not known to be paid
    sqlite_with_rowid=False,
)

shop_feeds = sa.Table(
    "shop_feeds",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("heard", Instant, nullable=False),  # time of the latest message, by the platform's clock
    sa.Column("tested", Instant),  # of the latest test message
    sa.Column("orders", sa.BigInteger, nullable=False),  # paid ones that were told
    sqlite_with_rowid=False,
)
"""That an account works, for its page."""

shop_details = sa.Table(
    "shop_details",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("message", sa.Text, nullable=False),  # what was told, until it is settled
    sa.Column("state", sa.Text, nullable=False),  # waiting, done, failed
    sa.Column("due", Instant, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("code", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_shop_details_due", "state", "account", "due"),
    sqlite_with_rowid=False,
)
"""Orders of which a message says too little: the platform is asked for the whole."""

shop_backfills = sa.Table(
    "shop_backfills",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("since", Instant, nullable=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("at", Instant, nullable=False),  # what is before is read
    sa.Column("page", sa.Integer, nullable=False),  # next one of the window that begins at ``at``
    sa.Column("window_seconds", sa.Integer, nullable=False),
    sa.Column("found", sa.BigInteger, nullable=False),
    sa.Column("ended", Instant),
    sqlite_with_rowid=False,
)
"""The last period of which an account's orders are, or were, read from its platform."""
