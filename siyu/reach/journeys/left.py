"""Who has left a journey before its end: what it meant to tell them is not sent any more."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.tables import people
from siyu.reach.journeys.tables import journey_people
from siyu.reach.tables import broadcasts, outbox
from siyu.storage import sent

LEFT = "left_journey"
EARLY = ("goal", "leave_when", "stopped", "erased")


def left_early(conn: Connection, messages: Sequence[int]) -> dict[int, str]:
    """Of these messages (numbers in the outbox) of journeys, those whose person left early; each with the reason."""
    asked = sent(conn, id=(sa.BigInteger, list(messages)))
    node, family = people.alias(), people.alias()
    gone = (
        sa.select(outbox.c.id)
        .select_from(asked)
        .join(outbox, outbox.c.id == asked.c.id)
        .join(broadcasts, broadcasts.c.id == outbox.c.broadcast)
        .join(node, node.c.person == outbox.c.person)
        .join(family, family.c.kept == node.c.kept)
        .join(journey_people, journey_people.c.person == family.c.person)
        .where(journey_people.c.journey == broadcasts.c.journey, journey_people.c.run == outbox.c.run)
        .where(journey_people.c.how.in_(EARLY))
    )
    return dict.fromkeys(conn.execute(gone).scalars(), LEFT)
