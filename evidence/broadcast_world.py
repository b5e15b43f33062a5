"""What the evidence of broadcasts is made on: people with consent in a ledger, written quickly; no claim of its own."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from siyu.people.tables import consents, identifiers, people
from siyu.storage import Ledger, in_chunks, sent

REFUSED_EVERY = 10
"""Every tenth person has given no consent, so that the guard has something to hold."""


def add_people(ledger: Ledger, count: int, now: datetime) -> None:
    """Persons 1 to ``count``: kept by themselves, one identifier each, nine of ten with consent to marketing."""
    for numbers in in_chunks(list(range(1, count + 1))):
        with ledger.write() as conn:
            conn.execute(
                sa.insert(people),
                [
                    {"person": n, "kept": n, "created": now, "changed": now, "attributes": {}, "name": f"顾客{n}"}
                    for n in numbers
                ],
            )
            given = sent(conn, person=(sa.BigInteger, numbers))
            number = sa.cast(given.c.person, sa.Text)
            row = [sa.literal("user_id"), sa.literal("u").concat(number), given.c.person]
            conn.execute(
                sa.insert(identifiers).from_select(
                    ["kind", "value", "person", "since", "source"],
                    sa.select(*row, sa.literal(now, identifiers.c.since.type), sa.literal("evidence")),
                )
            )
            said = [given.c.person, sa.literal("marketing"), sa.literal("any"), sa.true()]
            conn.execute(
                sa.insert(consents).from_select(
                    ["person", "purpose", "channel", "given", "at", "notice", "evidence", "by"],
                    sa.select(
                        *said,
                        sa.literal(now, consents.c.at.type),
                        sa.literal("1"),
                        sa.literal("evidence"),
                        sa.literal("person"),
                    ).where(given.c.person % REFUSED_EVERY != 0),
                )
            )
