"""What journeys keep in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

journeys = sa.Table(
    "journeys",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("draft", sa.JSON, nullable=False),  # the document as it is being written
    sa.Column("state", sa.Text, nullable=False, index=True),  # draft, running, paused, closing, stopped
    sa.Column("version", sa.Integer),  # the one that people come into; null: never published
    sa.Column("salt", sa.Text, nullable=False),  # of its lots
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("paused_from", sa.Text),  # the state that it goes back to
    sa.Column("archived", Instant),
)
"""*closing*: nobody comes in, those inside go on. *stopped*: nobody is inside any more, and messages that wait are
cancelled."""

journey_versions = sa.Table(
    "journey_versions",
    metadata,
    sa.Column("journey", sa.BigInteger, sa.ForeignKey("journeys.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("document", sa.JSON, nullable=False),  # never changes
    sa.Column("published", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("moved", sa.JSON),  # {node of the version before: node of this one} for those who were inside
)

journey_people = sa.Table(
    "journey_people",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("journey", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column(
        "person", sa.BigInteger, nullable=False
    ),  # the node of people that came in; merges are applied by reading
    sa.Column("run", sa.Integer, nullable=False),  # the how-manieth time that they are in this journey, from 1
    sa.Column("node", sa.SmallInteger, nullable=False),  # place in the version's document
    sa.Column("due", Instant, nullable=False),  # when the step looks at them again
    sa.Column("since", Instant, nullable=False),  # what happened later than this counts for the step
    sa.Column("until", Instant),  # a held message is given up then; null: none is waiting
    sa.Column("entered", Instant, nullable=False),
    sa.Column("cause", sa.Text, nullable=False, server_default=""),  # message id of what brought them in
    sa.Column("goal", Instant),  # when they did what the journey is for
    sa.Column("left", Instant),
    sa.Column("how", sa.Text),  # end, goal, leave_when, merged, stopped, erased
    sa.UniqueConstraint("journey", "person", "run"),
)
_INSIDE = journey_people.c.left.is_(None)
sa.Index(  # who is due at this step?
    "ix_journey_people_due",
    journey_people.c.journey,
    journey_people.c.version,
    journey_people.c.node,
    journey_people.c.due,
    sqlite_where=_INSIDE,
    postgresql_where=_INSIDE,
)
sa.Index("ix_journey_people_person", journey_people.c.person)  # where is this person?

journey_counts = sa.Table(
    "journey_counts",
    metadata,
    sa.Column("journey", sa.BigInteger, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("node", sa.Text, primary_key=True),  # '' : the way in
    sa.Column("way", sa.Text, primary_key=True),  # the edge's name; for '' entered, else why refused: queries.REFUSED
    sa.Column("to", sa.Text, primary_key=True),  # '' : out
    sa.Column("people", sa.BigInteger, nullable=False),
)
"""How many went which way, counted in the transaction that moved them."""

journey_rehearsals = sa.Table(
    "journey_rehearsals",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("journey", sa.BigInteger, sa.ForeignKey("journeys.id"), nullable=False, index=True),
    sa.Column("document", sa.JSON, nullable=False),  # the draft as it was then
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("job", sa.BigInteger),  # null for one that nobody has to wait for
    sa.Column("begun", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("found", sa.JSON),  # figures (rehearsed.py); null until it has ended
)
"""The last few of each journey."""
