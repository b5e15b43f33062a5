"""What this room keeps in the ledger. Contents of events stay in the event log: nothing personal is copied here."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

hooks = sa.Table(
    "hooks",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("events", sa.JSON, nullable=False),  # names; ["*"] for all
    sa.Column("audience", sa.BigInteger),  # only what happens to its members
    sa.Column("where", sa.JSON, nullable=False),  # filters on the event's fields, all of which have to match
    sa.Column("identifiers", sa.JSON, nullable=False),  # kinds of identifiers that go along
    sa.Column("personal", sa.Boolean, nullable=False),  # phones and e-mails whole
    sa.Column("imports", sa.Boolean, nullable=False),  # also what comes from imported files
    sa.Column("secrets", sa.LargeBinary, nullable=False),  # sealed: the newest first
    sa.Column("old_until", Instant),  # until when the secret before signs too
    sa.Column("state", sa.Text, nullable=False),  # active, paused (by hand), stopped (by failures)
    sa.Column("reason", sa.Text),  # why stopped
    sa.Column("place", sa.BigInteger, nullable=False),  # read up to here, see people/news.py
    sa.Column("within", sa.JSON),  # and this far into the batches behind it
    sa.Column("round", sa.Integer, nullable=False, server_default="1"),  # grows when it is set back
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),  # in a row
    sa.Column("failing_since", Instant),
    sa.Column("rests_until", Instant),
    sa.Column("answered", Instant),  # the last 2xx
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("removed", Instant),
    sa.Column("by", sa.Text, nullable=False),  # who made or last changed it
)

hook_deliveries = sa.Table(
    "hook_deliveries",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("hook", sa.BigInteger, sa.ForeignKey("hooks.id"), nullable=False),
    sa.Column("event", sa.Text, nullable=False),  # the webhook-id: the same for one hook and event for ever
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False),  # kept person when it was read: the order is theirs
    sa.Column("node", sa.BigInteger, nullable=False),  # with time and message_id: where the event is in the log
    sa.Column("time", Instant, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # waiting, sending, delivered, failed, skipped
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due", Instant, nullable=False),
    sa.Column("read", Instant, nullable=False),
    sa.Column("settled", Instant),
    sa.Column("status", sa.Integer),  # of the last answer; 0 without one
    sa.UniqueConstraint("hook", "event"),
    sqlite_autoincrement=True,
)
_OPEN = hook_deliveries.c.state.in_([sa.literal_column("'waiting'"), sa.literal_column("'sending'")])
sa.Index(  # what is next, and is something of this person before it?
    "ix_hook_deliveries_open",
    hook_deliveries.c.hook,
    hook_deliveries.c.person,
    hook_deliveries.c.id,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
sa.Index("ix_hook_deliveries_settled", hook_deliveries.c.settled)
sa.Index("ix_hook_deliveries_log", hook_deliveries.c.hook, hook_deliveries.c.state, hook_deliveries.c.id)

hook_attempts = sa.Table(
    "hook_attempts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("delivery", sa.BigInteger, nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),  # written before the call
    sa.Column("ended", Instant),  # null: the process ended before the answer
    sa.Column("status", sa.Integer),
    sa.Column("fault", sa.Text),  # no_connection, no_answer, address_not_allowed
    sa.Column("words", sa.Text),  # what the receiver said, its beginning
    sa.Column("milliseconds", sa.Integer),
)
