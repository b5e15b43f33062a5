"""What this room keeps in the ledger.

A *node* is a person as first met. A merge joins nodes: ``people.kept`` names the node that speaks for all of them
(itself where nothing was merged). Identifiers and events always keep the node they came with, so undoing a merge
is exact: nothing was moved. What an operator sees and what rules read is the kept person.
"""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

people = sa.Table(
    "people",
    metadata,
    sa.Column("person", BigId, primary_key=True, autoincrement=True),
    sa.Column("kept", sa.BigInteger, nullable=False, index=True),  # = person, unless merged into another
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("sex", sa.Text),  # male, female
    sa.Column("birthday", sa.Text),  # 2001-02-03; year 0001 where only month and day are known
    sa.Column("province", sa.Text),
    sa.Column("city", sa.Text),
    sa.Column("occupation", sa.Text),
    sa.Column("origin_source", sa.Text),  # what brought them, first touch: set once
    sa.Column("origin_campaign", sa.Text),
    sa.Column("origin_staff", sa.Text),
    sa.Column("minor", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("no_profiling", sa.Boolean, nullable=False, server_default=sa.false()),  # PIPL 24
    sa.Column("gone", Instant),  # erased: the number stays, everything personal is gone
    sa.Column("attributes", sa.JSON, nullable=False),
    # Taken out of the attributes by the store itself: the guard looks at it for everybody to whom something is sent.
    sa.Column("timezone", sa.Text, sa.Computed("attributes ->> 'timezone'", persisted=True)),
    sqlite_autoincrement=True,
)

_zoned = people.c.timezone.is_not(None)
sa.Index("people_zoned", people.c.timezone, sqlite_where=_zoned, postgresql_where=_zoned)
"""So that a shop whose people name no zones pays nothing for asking."""

identifiers = sa.Table(
    "identifiers",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),  # see identity.KINDS
    sa.Column("value", sa.Text, primary_key=True),  # normalised, see identity.normalise
    sa.Column("person", sa.BigInteger, nullable=False, index=True),  # the node
    sa.Column("since", Instant, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

merges = sa.Table(
    "merges",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("kept", sa.BigInteger, nullable=False, index=True),
    sa.Column("absorbed", sa.BigInteger, nullable=False, index=True),
    sa.Column("cause", sa.Text, nullable=False),  # shared_identifier, by_hand, conflict_settled, alias_call
    sa.Column("evidence", sa.JSON, nullable=False),  # the identifier, the message_id, the note
    sa.Column("by", sa.Text, nullable=False),  # "system" or staff id
    sa.Column("undone", Instant),
    sa.Column("undone_by", sa.Text),
)

conflicts = sa.Table(
    "conflicts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("low", sa.BigInteger, nullable=False),  # the two kept persons, smaller number first
    sa.Column("high", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),  # which single-valued identifier both hold
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),  # open, merged, kept_apart
    sa.Column("settled", Instant),
    sa.Column("settled_by", sa.Text),
    sa.UniqueConstraint("low", "high", "reason"),
)

tag_groups = sa.Table(
    "tag_groups",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("exclusive", sa.Boolean, nullable=False, server_default=sa.false()),  # at most one of the group
    sa.Column("place", sa.Integer, nullable=False, server_default="0"),
)

tags = sa.Table(
    "tags",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("group", sa.BigInteger, sa.ForeignKey("tag_groups.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("archived", Instant),
    sa.UniqueConstraint("group", "name"),
)

person_tags = sa.Table(
    "person_tags",
    metadata,
    sa.Column("person", sa.BigInteger, primary_key=True),
    sa.Column("tag", sa.BigInteger, sa.ForeignKey("tags.id"), primary_key=True, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),  # hand, rule, import, api, event, merge
    sa.Column("detail", sa.Text, nullable=False),  # which rule, file, key, event
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("expires", Instant, index=True),
    sqlite_with_rowid=False,
)

consents = sa.Table(
    "consents",
    metadata,
    sa.Column("person", sa.BigInteger, primary_key=True),
    sa.Column("purpose", sa.Text, primary_key=True),  # marketing, service, profiling
    sa.Column("channel", sa.Text, primary_key=True),  # webhook, email, sms, wecom…; "any" for all
    sa.Column("given", sa.Boolean, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("notice", sa.Text, nullable=False),  # version of the notice shown
    sa.Column("evidence", sa.Text, nullable=False),  # where it was given or withdrawn
    sa.Column("by", sa.Text, nullable=False),  # "person" or staff id or key
    sqlite_with_rowid=False,
)

consent_log = sa.Table(
    "consent_log",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("person", sa.BigInteger, nullable=False, index=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("given", sa.Boolean, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("notice", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)
"""Every consent given or withdrawn, append only: the proof."""

changed_people = sa.Table(
    "changed_people",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("person", sa.BigInteger, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)
"""Kept persons whose row in the event log's ``people`` is out of date, in order; the projection empties it."""

own_events = sa.Table(
    "own_events",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("time", Instant, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("properties", sa.JSON, nullable=False),
    sa.Column("batch", sa.BigInteger),  # the open batch it is in; the row goes when that is stored
    sqlite_autoincrement=True,
)
"""The product's own events (consent given, message accepted…), written in the transaction that made them true."""

own_events_of_many = sa.Table(
    "own_events_of_many",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False),  # "<key>-<person>" is each event's message id
    sa.Column("time", Instant, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("batch", sa.BigInteger),  # the open batch it is in; the row goes when that is stored
    sa.Column("properties", sa.JSON, nullable=False),
    sa.Column("persons", sa.LargeBinary, nullable=False),  # packed as unsigned 32-bit numbers, little end first
    sqlite_autoincrement=True,
)
"""The same of many persons to whom the same happened at one moment: see ``of_many.py``."""

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("stream", sa.Text, nullable=False),  # inbox, own, own_many, import:12
    sa.Column("first", sa.BigInteger, nullable=False),  # numbers (or rows) the batch covers
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("opened", Instant, nullable=False),
    sa.Column("stored", Instant),  # null: begun, perhaps partly in the event log; repeat with the same token
    sa.Column("events", sa.Integer),
    sa.Index("ix_batches_open", "stored"),
    sqlite_autoincrement=True,
)
"""One row per write into the event log: crash protocol (token = ``batch-<id>``) and lineage (events.batch)."""

news = sa.Table(
    "news",
    metadata,
    sa.Column("place", BigId, primary_key=True, autoincrement=True),
    sa.Column("batch", sa.BigInteger, nullable=False, unique=True),
    sa.Column("at", Instant, nullable=False, index=True),  # when the batch was stored
    sqlite_autoincrement=True,
)
"""Stored batches in one order that never changes, for those who follow what happens: see ``news.py``."""

order_keys = sa.Table(
    "order_keys",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("order", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),  # paid, returned
    sa.Column("batch", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Orders already stored, for ever: a webhook or file that brings one again changes nothing."""

imports = sa.Table(
    "imports",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),  # orders, events, people
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("file_path", sa.Text, nullable=False),  # inside the home folder
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("mapping", sa.JSON, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # ready, running, done, failed, cancelled
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("finished", Instant),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("job", sa.BigInteger),
    sa.Column("report", sa.JSON, nullable=False),
    sa.Column("rejects_path", sa.Text),
)

write_keys = sa.Table(
    "write_keys",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),  # of a server: what write_keys.kept_as makes of it
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),  # becomes events.source
    sa.Column("kind", sa.Text, nullable=False),  # of write_keys.KINDS
    sa.Column("created", Instant, nullable=False),
    sa.Column("revoked", Instant),
    # Made when keys had no kind: it may stand in a page, so what it told of who is who is not believed about money.
    sa.Column("before_kinds", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("prefix", sa.Text, nullable=False, server_default=""),  # of a server's key: its first letters
)
