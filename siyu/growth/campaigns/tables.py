"""What campaigns keep in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

campaigns = sa.Table(
    "campaigns",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),  # of its address: /m/<slug>, for ever
    sa.Column("mechanic", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),  # order, join, take_part, wake, learn: by it it is judged
    sa.Column("sponsor", sa.Text, nullable=False, server_default=""),  # who is behind it: the law wants it shown
    sa.Column("text_zh", sa.Text, nullable=False, server_default=""),  # what the page says
    sa.Column("text_en", sa.Text, nullable=False, server_default=""),
    sa.Column("rules", sa.JSON, nullable=False),  # of the mechanic's struct; frozen at the start
    sa.Column("purses", sa.JSON, nullable=False),  # currency → purse, from which rewards are taken
    sa.Column("places", sa.JSON, nullable=False),  # where it runs
    sa.Column("ask", sa.Text, nullable=False),  # what a friend must do: tap, add, join, order
    sa.Column("door", sa.Text, nullable=False, server_default=""),  # where they do it: an address
    sa.Column("narrowed", sa.JSON, nullable=False, server_default="{}"),  # which codes, goods, amounts count
    sa.Column("each", sa.Integer, nullable=False, server_default="1"),  # efforts that a person may start
    sa.Column("adults", sa.Boolean, nullable=False, server_default=sa.true()),  # only who says that they are 18
    sa.Column("risk_taken", sa.Text, nullable=False, server_default=""),  # who accepted what the platform may do
    sa.Column("stage", sa.Text, nullable=False),  # draft, live, paused, ended
    sa.Column("begins", Instant),
    sa.Column("ends", Instant),
    sa.Column("secret", sa.Text, nullable=False, server_default=""),  # of draws, see sealing.py; shown after the end
    sa.Column("secret_hash", sa.Text, nullable=False, server_default=""),  # SHA-256 of it, shown from the start
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("started", Instant),
    sa.Column("ended", Instant),
    sa.Column("by", sa.Text, nullable=False),
    sa.Index("ix_campaigns_stage", "stage", "ends"),
    sqlite_autoincrement=True,
)

campaign_stocks = sa.Table(
    "campaign_stocks",
    metadata,
    sa.Column("campaign", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("taken", sa.BigInteger, nullable=False, server_default="0"),
    sa.CheckConstraint("taken >= 0 AND taken <= total", name="never_more"),
)
"""How many there are of each thing that the rules count, in the whole campaign."""

efforts = sa.Table(
    "efforts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),  # of its address: /m/e/<slug>; nobody guesses it
    sa.Column("campaign", sa.BigInteger, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False, index=True),  # the node that started it
    sa.Column("nth", sa.Integer, nullable=False),  # of that person in the campaign, from 1
    sa.Column("once", sa.Text, nullable=False, unique=True),  # one-time key of what opened it
    sa.Column("state", sa.JSON, nullable=False),  # of the mechanic's struct
    sa.Column("have", sa.Integer, nullable=False),
    sa.Column("need", sa.Integer, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),  # open, done, expired
    sa.Column("short", sa.JSON, nullable=False),  # rungs for which nothing was left
    sa.Column("opened", Instant, nullable=False),
    sa.Column("ends", Instant),  # null: with the campaign
    sa.Column("ended", Instant),
    sa.UniqueConstraint("campaign", "person", "nth", name="uq_efforts_nth"),
    sqlite_autoincrement=True,
)
_OPEN = efforts.c.stage == "open"
sa.Index("ix_efforts_ends", efforts.c.ends, sqlite_where=_OPEN, postgresql_where=_OPEN)
sa.Index("ix_efforts_campaign", efforts.c.campaign, efforts.c.stage, efforts.c.id)

contributions = sa.Table(
    "contributions",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("effort", sa.BigInteger, nullable=False),
    sa.Column("campaign", sa.BigInteger, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False, index=True),  # the node that acted
    sa.Column("device", sa.Text, nullable=False, server_default=""),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("turn", sa.Text, nullable=False),  # "" where a person counts once
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),  # waits, counted, refused
    sa.Column("why", sa.Text, nullable=False, server_default=""),  # a key of the mechanic's words
    sa.Column("new_person", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("settled", Instant),  # when what waited was counted or refused
    sa.Column("once", sa.Text, nullable=False, unique=True),
    sa.UniqueConstraint("effort", "person", "turn", name="uq_contributions_turn"),
    sa.Index("ix_contributions_campaign", "campaign", "stage", "id"),
    # A campaign's figures read nothing else of who took part, and so never a row.
    sa.Index("ix_contributions_figures", "campaign", "person", "stage", "new_person", "effort"),
    sqlite_autoincrement=True,
)
_WAITS = contributions.c.stage == "waits"
sa.Index("ix_contributions_waits", contributions.c.person, sqlite_where=_WAITS, postgresql_where=_WAITS)

campaign_tickets = sa.Table(
    "campaign_tickets",
    metadata,
    sa.Column("campaign", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("order", sa.Text, primary_key=True),  # source and number
    sa.Column("person", sa.BigInteger, nullable=False, index=True),  # the node that paid
    sa.Column("at", Instant, nullable=False),
    sa.Column("effort", sa.BigInteger),  # that it was used for
    sa.Column("void", sa.Boolean, nullable=False, server_default=sa.false()),  # it came back before
)
"""Orders that give the right to start an effort, once each."""

campaign_visits = sa.Table(
    "campaign_visits",
    metadata,
    sa.Column("campaign", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("effort", sa.BigInteger, primary_key=True, autoincrement=False),  # 0: the campaign's own page
    sa.Column("device", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("own", sa.Boolean, nullable=False),  # by who started the effort
    sa.Index("ix_campaign_visits_device", "device"),
    sa.Index("ix_campaign_visits_figures", "campaign", "device", "effort", "own"),
)
"""Which device saw which page first when."""
