"""A few people in both stores, whom tests move about."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from siyu.audiences.layers import layers_of
from siyu.jobs.turns import run_until_empty
from siyu.people import projection
from siyu.people.actions import mark_changed
from siyu.people.drain import Drain
from siyu.people.tables import people
from siyu.storage import Stores


def settle(stores: Stores) -> None:
    """Let the drain and the projection catch up."""
    projection.provide_layers(layers_of)
    run_until_empty(Drain(stores).step)
    projection.project_all(stores)


def add_people(stores: Stores, number: int, **columns: Any) -> list[int]:
    """So many new people, in the ledger and in the projection; their numbers."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        added = [
            conn.execute(
                sa.insert(people)
                .values(kept=0, created=now, changed=now, attributes=columns.get("attributes", {}))
                .returning(people.c.person)
            ).scalar_one()
            for _ in range(number)
        ]
        conn.execute(sa.update(people).where(people.c.kept == 0).values(kept=people.c.person))
        mark_changed(conn, now, added)
    settle(stores)
    return added


def happened(stores: Stores, person: int, name: str = "order_paid", *, days_ago: float = 0, amount: int = 0) -> None:
    """One event of a person."""
    time = stores.clock.now() - timedelta(days=days_ago)
    stores.events.insert(
        "events",
        {
            "person": [person], "time": [time], "name": [name], "message_id": [f"{person}-{name}-{days_ago}"],
            "received": [time], "source": ["test"], "batch": [1], "record": [1], "amount": [Decimal(amount)],
            "properties": ["{}"],
        },
    )  # fmt: skip
