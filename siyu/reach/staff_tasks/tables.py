"""What tasks keep in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.storage import BigId, Instant, metadata

task_texts = sa.Table(
    "task_texts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("digest", sa.Text, nullable=False, unique=True),  # sha-256 of title and script
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("script", sa.Text, nullable=False),  # Liquid
)
"""What tasks say, once for all that say it: a journey gives a hundred thousand the same."""

staff_tasks = sa.Table(
    "staff_tasks",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("person", sa.BigInteger, nullable=False),  # the node that it was given for
    sa.Column("text", sa.BigInteger, sa.ForeignKey("task_texts.id"), nullable=False),
    sa.Column("template", sa.Text, nullable=False, server_default=""),  # key of a ready one, number of an own one
    sa.Column("journey", sa.BigInteger),  # null: by hand
    sa.Column("version", sa.Integer),
    sa.Column("node", sa.Text),
    sa.Column("run", sa.Integer),  # the how-manieth time of the person in the journey
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),  # staff:3, wecom:1:zhangsan (never signed in here); '': the pool
    sa.Column("state", sa.Text, nullable=False),  # open, taken, late, done, cancelled
    sa.Column("created", Instant, nullable=False),
    sa.Column("due", Instant, nullable=False),
    sa.Column("escalate_to", sa.Text, nullable=False, server_default=""),  # a login, as it was given
    sa.Column("taken", Instant),  # when its holder began
    sa.Column("late", Instant),  # when it was found past its time, and told of
    sa.Column("escalated_to", sa.Text),  # who was told then: staff:5
    sa.Column("ended", Instant),  # done or cancelled
    sa.Column("ended_by", sa.Text),
    sa.Column("why", sa.Text, nullable=False, server_default=""),  # of CANCELLED_FOR: why a journey took it back
    sa.Column("outcome", sa.Text, nullable=False, server_default=""),  # of OUTCOMES
    sa.Column("rung", sa.Text, nullable=False, server_default=""),  # of RUNGS: how they were spoken with
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("journey", "node", "person", "run"),
)
sa.Index("ix_staff_tasks_person", staff_tasks.c.person)  # what is to do for this person?
sa.Index("ix_staff_tasks_holder", staff_tasks.c.holder, staff_tasks.c.state, staff_tasks.c.due)  # what is mine?
sa.Index("ix_staff_tasks_state", staff_tasks.c.state, staff_tasks.c.due)  # the board; what has become late?
_ENDED = staff_tasks.c.ended.is_not(None)
sa.Index(  # what was done lately, and how quickly?
    "ix_staff_tasks_ended", staff_tasks.c.ended, sqlite_where=_ENDED, postgresql_where=_ENDED
)

task_templates = sa.Table(
    "task_templates",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("script", sa.Text, nullable=False),  # Liquid
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("who", sa.Text, nullable=False),  # adviser, pool, or a holder
    sa.Column("made_of", sa.BigInteger),  # the task whose good practice it is
    sa.Column("created", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)
