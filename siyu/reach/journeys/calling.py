"""People sent into a journey by hand: told as an event, which the engine hears as it hears any other. The journey's own
rules of entry hold."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from siyu.audiences import queries as audiences
from siyu.people.tables import people
from siyu.reach.journeys.drafts import read
from siyu.reach.journeys.engine.telling import CALLED, tell
from siyu.storage import BadInput, Conflict, Stores, in_chunks, sent

PERSONS_MAX = 1_000
"""Named one by one; of more, an audience is made."""


def send_in(stores: Stores, by: str, journey: int, persons: Sequence[int]) -> int:
    """Send these people in; how many of them there are. Raises :class:`BadInput` for too many or one that is unknown,
    :class:`Conflict` where the journey lets nobody in."""
    if len(persons) > PERSONS_MAX:
        raise BadInput(
            "journey_too_many_people",
            f"一次最多点名 {PERSONS_MAX} 人，更多请用人群。",
            f"At most {PERSONS_MAX} people by number; use an audience for more.",
            field="persons",
        )
    with stores.ledger.write() as conn:
        _check_open(read(conn, journey).state)
        asked = sent(conn, person=(sa.BigInteger, sorted(set(persons))))
        query = sa.select(people.c.person, people.c.kept).join(asked, asked.c.person == people.c.person)
        kept = dict(conn.execute(query).tuples().all())
        unknown = sorted(set(persons) - set(kept))
        if unknown:
            raise BadInput(
                "person_not_found",
                f"没有编号为 {unknown[0]} 的客户。",
                f"There is no person {unknown[0]}.",
                field="persons",
            )
        whom = sorted(set(kept.values()))
        tell(conn, CALLED, whom, stores.clock.now(), journey=journey, by=by)
    return len(whom)


def send_audience_in(stores: Stores, by: str, journey: int, audience: int) -> int:
    """Send everybody in who is in an audience now; how many. Raises as :func:`send_in` does, and :class:`NotFound`."""
    members = audiences.members(stores, audience).tolist()
    with stores.ledger.read() as conn:
        _check_open(read(conn, journey).state)
    for chunk in in_chunks(members):
        with stores.ledger.write() as conn:
            tell(conn, CALLED, chunk, stores.clock.now(), journey=journey, by=by, audience=audience)
    return len(members)


def _check_open(state: str) -> None:
    if state not in ("running", "paused"):
        raise Conflict(
            "journey_state",
            "这个旅程现在不进人，请先发布它。",
            "Nobody comes into this journey now; publish it first.",
            state=state,
        )
