"""What lead forms and bookings keep in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

lead_forms = sa.Table(
    "lead_forms",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),  # of its address: /m/f/<slug>, for ever
    sa.Column("kind", sa.Text, nullable=False),  # form, booking
    sa.Column("name", sa.Text, nullable=False),  # its title, also on the page
    sa.Column("text_zh", sa.Text, nullable=False, server_default=""),
    sa.Column("text_en", sa.Text, nullable=False, server_default=""),
    sa.Column("thanks_zh", sa.Text, nullable=False, server_default=""),  # what is said once it is sent
    sa.Column("thanks_en", sa.Text, nullable=False, server_default=""),
    sa.Column("fields", sa.JSON, nullable=False),  # see model.Field
    sa.Column("routing", sa.JSON, nullable=False),  # see model.Routing
    sa.Column("text", sa.BigInteger),  # the version of notice and consent that is shown: lead_texts
    sa.Column("lapse_days", sa.Integer, nullable=False),  # without an order for so long, a lead has not become one
    sa.Column("limits", sa.JSON, nullable=False, server_default="{}"),  # what was set of model.Limits
    sa.Column("turn", sa.BigInteger, nullable=False, server_default="0"),  # leads given out so far
    sa.Column("stage", sa.Text, nullable=False),  # draft, live, paused, ended
    sa.Column("begins", Instant),
    sa.Column("ends", Instant),
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

lead_texts = sa.Table(
    "lead_texts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("form", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # from 1, of this form
    sa.Column("notice_zh", sa.Text, nullable=False),  # what is done with what they write; they have to agree
    sa.Column("notice_en", sa.Text, nullable=False, server_default=""),
    sa.Column("purpose", sa.Text, nullable=False, server_default=""),  # of a further consent that they may give
    sa.Column("consent_zh", sa.Text, nullable=False, server_default=""),
    sa.Column("consent_en", sa.Text, nullable=False, server_default=""),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.UniqueConstraint("form", "version"),
    sqlite_autoincrement=True,
)
"""Every version of what people were shown and agreed to: never changed, never deleted, the proof."""

lead_slots = sa.Table(
    "lead_slots",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("form", sa.BigInteger, nullable=False),
    sa.Column("starts", Instant, nullable=False),
    sa.Column("ends", Instant, nullable=False),
    sa.Column("seats", sa.Integer, nullable=False),
    sa.Column("taken", sa.Integer, nullable=False, server_default="0"),
    sa.Column("off", sa.Boolean, nullable=False, server_default=sa.false()),  # nobody books it any more
    sa.UniqueConstraint("form", "starts"),
    sa.CheckConstraint("taken >= 0 AND taken <= seats", name="never_oversold"),
    sqlite_autoincrement=True,
)

leads = sa.Table(
    "leads",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("mark", sa.Text, nullable=False, unique=True),  # of its own page: /m/f/<slug>/<mark>; nobody guesses it
    sa.Column("once", sa.Text, nullable=False, unique=True),  # the one-time key of the form it came by
    sa.Column("form", sa.BigInteger, nullable=False),
    sa.Column("text", sa.BigInteger, nullable=False),  # what they were shown: lead_texts
    sa.Column("consent", sa.Boolean, nullable=False),  # whether they gave the further consent
    sa.Column("person", sa.BigInteger, nullable=False, index=True),  # the node that holds the phone
    sa.Column("device", sa.Text, nullable=False, server_default=""),
    sa.Column("network", sa.Text, nullable=False, server_default=""),  # mark of the address, for a month: floods.py
    sa.Column("name", sa.Text, nullable=False, server_default=""),  # as they wrote it here
    sa.Column("wish", sa.Text, nullable=False, server_default=""),
    sa.Column("city", sa.Text, nullable=False, server_default=""),
    sa.Column("more", sa.JSON, nullable=False),  # answers to the shop's own fields
    sa.Column("slot", sa.BigInteger),  # of a booking
    sa.Column("stage", sa.Text, nullable=False),  # open, cancelled, dropped
    sa.Column("task", sa.BigInteger),  # staff_tasks: who answers, until when, and whether they have
    sa.Column("at", Instant, nullable=False),
    sa.Column("due", Instant, nullable=False),  # the response clock
    sa.Column("late", Instant),  # when it was told that nobody had answered by then
    sa.Column("converted", Instant),  # when they first paid an order afterwards
    sa.Column("order", sa.Text, nullable=False, server_default=""),  # which
    sa.Column("cents", sa.BigInteger, nullable=False, server_default="0"),  # what it was worth
    sa.Column("lapsed", Instant),  # when it was told that they had not bought
    sa.Column("note", sa.Text, nullable=False, server_default=""),  # of staff
    sa.Index("ix_leads_form", "form", "id"),
    sa.Index("ix_leads_task", "task"),
    sa.Index("ix_leads_device", "device", "form", "at"),
    sa.Index(
        "ix_leads_network",
        "network",
        "form",
        "at",
        sqlite_where=sa.text("network <> ''"),
        postgresql_where=sa.text("network <> ''"),
    ),
    sa.Index("ix_leads_at", "at"),
    sqlite_autoincrement=True,
)

lead_looks = sa.Table(
    "lead_looks",
    metadata,
    sa.Column("form", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("device", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_lead_looks_at", "form", "at"),
)
"""Which devices saw which form, the first time."""

lead_refusals = sa.Table(
    "lead_refusals",
    metadata,
    sa.Column("form", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hour", Instant, primary_key=True),
    sa.Column("reason", sa.Text, primary_key=True),  # see floods.REASONS
    sa.Column("many", sa.BigInteger, nullable=False),
)
"""How many were turned away from a form, by hour."""
