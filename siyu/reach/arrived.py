"""Which messages may have reached their person though nobody said so: a try of theirs got no answer."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.reach.tables import attempts

SENT = ("claimed", "attempted", "handed", "accepted", "unknown")
"""States of messages that are with their person, on the way, or may be."""

_TRIED = attempts.alias()


def may_have_arrived(message: sa.FromClause) -> sa.ColumnElement[bool]:
    """SQL: whether a row of the outbox was tried without an answer, whatever became of it since.

    Such a message counts for every cap for good: it is sent again, held or given up, but never taken for unsent.
    """
    silent = sa.or_(_TRIED.c.outcome == "unknown", _TRIED.c.outcome.is_(None))
    return sa.and_(message.c.attempts > 0, sa.exists().where(_TRIED.c.message == message.c.id, silent))


def counts_no_more(message: sa.FromClause) -> sa.ColumnElement[object]:
    """SQL: the column ``counted`` of a message that is not sent after all: null, unless it may have arrived."""
    return sa.case((may_have_arrived(message), message.c.counted), else_=sa.null())
