"""What this room keeps in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

broadcasts = sa.Table(  # senders: those that an operator starts, and the messages of journeys, which stand
    "broadcasts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # marketing, service
    sa.Column("tone", sa.Text, nullable=False),  # useful, promotional
    sa.Column("audience", sa.BigInteger),  # null: a journey's
    sa.Column("audience_version", sa.Integer),  # fixed when it starts
    sa.Column("rule", sa.JSON),  # the rule as it was when it started
    sa.Column("channels", sa.JSON, nullable=False),  # account ids in order of preference
    sa.Column("content", sa.JSON, nullable=False),  # {channel: {subject, body, link…}} Liquid
    sa.Column("holdout_percent", sa.Integer, nullable=False, server_default="10"),
    sa.Column("salt", sa.Text, nullable=False),  # of the hold-out's assignment
    sa.Column("when_unknown", sa.Text, nullable=False, server_default="leave"),  # leave, send_again
    sa.Column("starts", Instant),  # null: at once when started
    sa.Column("expires", Instant),  # held messages are dropped after this
    sa.Column("state", sa.Text, nullable=False, index=True),
    # draft, scheduled, intending, sending, standing, paused, done, cancelled
    sa.Column("intended_up_to", sa.BigInteger, nullable=False, server_default="0"),  # persons ≤ this are in the outbox
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("started", Instant),
    sa.Column("finished", Instant),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False, server_default="50"),  # 0 to 100
    sa.Column("journey", sa.BigInteger),  # whose message it is; null: a broadcast of its own
    sa.Column("journey_version", sa.Integer),
    sa.Column("node", sa.Text),  # the id of the step
)
_OF_JOURNEYS = broadcasts.c.journey.is_not(None)
sa.Index(  # one sender a step; which are this version's?
    "ix_broadcasts_journey",
    broadcasts.c.journey,
    broadcasts.c.journey_version,
    broadcasts.c.node,
    unique=True,
    sqlite_where=_OF_JOURNEYS,
    postgresql_where=_OF_JOURNEYS,
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),  # with the installation's name: the delivery id
    sa.Column("broadcast", sa.BigInteger, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("account", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("tone", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    # due, claimed, attempted, handed, accepted, refused, unknown, held, holdout, cancelled, expired
    sa.Column("reason", sa.Text),  # why held, refused, cancelled
    sa.Column("priority", sa.Integer, nullable=False),  # its rank: see priorities.py
    sa.Column("due", Instant, nullable=False),  # not before
    sa.Column("counted", Instant),  # when it counts for caps: its turn while it waits, its claim after; null if never
    sa.Column("decided", Instant, nullable=False),  # when the guard last spoke
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lease", sa.Text),
    sa.Column("leased_until", Instant),
    sa.Column("settled", Instant),  # accepted, refused or given up
    sa.Column("run", sa.Integer, nullable=False, server_default="1"),  # the how-manieth time in its journey
    sa.UniqueConstraint("broadcast", "person", "run"),
)
# A column here costs every write of a broadcast: each index answers one question that is asked all the time.
sa.Index("ix_outbox_person", outbox.c.person, outbox.c.counted)  # how many has this person had?
sa.Index("ix_outbox_result", outbox.c.broadcast, outbox.c.state, outbox.c.reason)  # how far is it, and why not?
_WAITS = outbox.c.state == sa.literal_column("'due'")
sa.Index(  # what is next for this account?
    "ix_outbox_lane",
    outbox.c.account,
    outbox.c.broadcast,
    outbox.c.due,
    sqlite_where=_WAITS,
    postgresql_where=_WAITS,
)
sa.Index(  # whose worker went away?
    "ix_outbox_lease",
    outbox.c.leased_until,
    sqlite_where=outbox.c.leased_until.is_not(None),
    postgresql_where=outbox.c.leased_until.is_not(None),
)

broadcast_members = sa.Table(
    "broadcast_members",
    metadata,
    sa.Column("broadcast", sa.BigInteger, sa.ForeignKey("broadcasts.id"), primary_key=True),
    sa.Column("first", sa.BigInteger, primary_key=True),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("persons", sa.LargeBinary, nullable=False),  # ascending, packed as unsigned 32-bit numbers
)
"""Who was in the audience when the broadcast started, a chunk a row: frozen, whatever the audience does later."""

paces = sa.Table(
    "paces",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("tokens", sa.Float, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("stopped", sa.Text),  # the reason for which nothing is sent until a person has looked
    sa.Column("rests_until", Instant),  # the platform asked for a pause
)
"""How fast each account may go on: one bucket of tokens for all workers."""

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("message", sa.BigInteger, nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),  # written before the call
    sa.Column("ended", Instant),
    sa.Column("outcome", sa.Text),  # accepted, refused, passing, unknown
    sa.Column("answer", sa.JSON),  # the platform's code and words
    sa.Column("content", sa.JSON),  # what was sent, rendered
)

guard_rules = sa.Table(
    "guard_rules",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # consent, blocklist, minors, quiet_hours, cap…
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)

blocklist = sa.Table(
    "blocklist",
    metadata,
    sa.Column("person", sa.BigInteger, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)

cool_downs = sa.Table(
    "cool_downs",
    metadata,
    sa.Column("person", sa.BigInteger, primary_key=True),  # the node
    sa.Column("cause", sa.Text, primary_key=True),  # complained, unsubscribed
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False, index=True),  # the last time
    sqlite_with_rowid=False,
)
"""Who complained, or left a channel: for a while nothing that sells is sent to them."""

tired = sa.Table(
    "tired",
    metadata,
    sa.Column("person", sa.BigInteger, primary_key=True),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("at", Instant, nullable=False, index=True),  # when it was worked out
    sa.Column("until", Instant, nullable=False),  # rested then, if nothing more happens
)
"""Who has been written to more than they answer: worked out anew every hour."""

welcome_rules = sa.Table(
    "welcome_rules",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("account", sa.BigInteger),  # null: every account
    sa.Column("channels", sa.JSON, nullable=False),  # the codes that brought them; none: however they came
    sa.Column("advisers", sa.JSON, nullable=False),  # members of staff; none: whoever it is
    sa.Column("text", sa.Text, nullable=False),  # Liquid
    sa.Column("attachments", sa.JSON, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)

welcomes = sa.Table(
    "welcomes",
    metadata,
    sa.Column("account", sa.BigInteger, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),  # sha-256 of the platform's code: good for one welcome
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("newcomer", sa.JSON(none_as_null=True)),  # code, identifier: kept until it is settled, no longer
    sa.Column("adviser", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("received", Instant, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),  # due, sending, sent, already, late, failed, unruled
    sa.Column("lease", sa.Text),
    sa.Column("leased_until", Instant),  # machine time
    sa.Column("rule", sa.BigInteger),  # what was said
    sa.Column("settled", Instant),
    sa.Column("answer", sa.JSON(none_as_null=True)),  # the platform's code and words, where it was not simply sent
)
"""One row a welcome, written before the call: said once, whatever crashes when."""
_OPEN = welcomes.c.newcomer.is_not(None)
sa.Index("ix_welcomes_open", welcomes.c.received, sqlite_where=_OPEN, postgresql_where=_OPEN)
