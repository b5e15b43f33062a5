"""A small world for the tests of this room: people with consent, accounts of the fake channel, an audience."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from siyu.channels import Channels
from siyu.channels.accounts import open_account
from siyu.channels.fake import FakeChannel
from siyu.people.tables import consents, identifiers, own_events, people
from siyu.reach.broadcasts import draft_broadcast, start_broadcast
from siyu.reach.delivery import Deliverer
from siyu.reach.intending import intend_broadcast
from siyu.reach.membership import Membership
from siyu.reach.model import Draft
from siyu.reach.tables import outbox
from siyu.storage import ManualClock, Stores

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)  # 12:00 in Shanghai


@dataclass
class World:
    """The stores with a fake channel (or several) and one account of each; ``persons`` is the only audience."""

    stores: Stores
    fakes: Sequence[FakeChannel] = field(default_factory=lambda: [FakeChannel()])
    persons: list[int] = field(default_factory=list)
    accounts: list[int] = field(default_factory=list)
    version: int = 3

    def __post_init__(self) -> None:
        self.clock.at = NOON
        self.channels = Channels(*self.fakes)
        for fake in self.fakes:
            number, _ = open_account(self.stores, self.channels, channel=fake.name, name=fake.name, settings={})
            self.accounts.append(number)

    @property
    def clock(self) -> ManualClock:
        assert isinstance(self.stores.clock, ManualClock)
        return self.stores.clock

    @property
    def fake(self) -> FakeChannel:
        return self.fakes[0]

    def add(self, count: int = 1, *, consent: bool | None = True, channel: str = "any", **columns: Any) -> list[int]:
        """People with consent to marketing (or a refusal, or nothing said), added to the audience."""
        now = self.clock.now()
        with self.stores.ledger.write() as conn:
            first = (conn.execute(sa.select(sa.func.max(people.c.person))).scalar() or 0) + 1
            numbers = list(range(first, first + count))
            conn.execute(
                sa.insert(people),
                [
                    {"person": n, "kept": n, "created": now, "changed": now, "attributes": {}, **columns}
                    for n in numbers
                ],
            )
            conn.execute(
                sa.insert(identifiers),
                [{"kind": "user_id", "value": f"u{n}", "person": n, "since": now, "source": "t"} for n in numbers],
            )
        if consent is not None:
            self.consent(numbers, consent, channel=channel)
        self.persons += numbers
        return numbers

    def consent(self, numbers: Sequence[int], given: bool, *, purpose: str = "marketing", channel: str = "any") -> None:
        with self.stores.ledger.write() as conn:
            conn.execute(
                sa.delete(consents).where(
                    consents.c.person.in_(numbers), consents.c.purpose == purpose, consents.c.channel == channel
                )
            )
            conn.execute(
                sa.insert(consents),
                [
                    {
                        "person": n,
                        "purpose": purpose,
                        "channel": channel,
                        "given": given,
                        "at": self.clock.now(),
                        "notice": "1",
                        "evidence": "test",
                        "by": "test",
                    }
                    for n in numbers
                ],
            )

    def merge(self, kept: int, absorbed: int) -> None:
        from siyu.people.tables import merges

        with self.stores.ledger.write() as conn:
            conn.execute(sa.update(people).where(people.c.person == absorbed).values(kept=kept))
            conn.execute(
                sa.insert(merges).values(
                    at=self.clock.now(), kept=kept, absorbed=absorbed, cause="by_hand", evidence={}, by="test"
                )
            )

    def members(self, stores: Stores, audience: int) -> Membership:
        return Membership(self.version, {"all": []}, np.array(sorted(self.persons), dtype=np.uint32))

    def draft(self, **changes: Any) -> Draft:
        values: dict[str, Any] = {
            "name": "新品",
            "audience": 1,
            "channels": list(self.accounts),
            "content": {fake.name: {"text": "{{ person.name }}好"} for fake in self.fakes},
            "holdout_percent": 0,
        }
        return Draft(**(values | changes))

    def started(self, **changes: Any) -> int:
        """A broadcast that was started and whose messages are in the outbox."""
        broadcast = self.begun(**changes)
        self.intend(broadcast)
        return broadcast

    def begun(self, **changes: Any) -> int:
        broadcast = draft_broadcast(self.stores, self.channels, "test", self.draft(**changes))
        start_broadcast(self.stores, self.channels, broadcast)
        return broadcast

    def intend(self, broadcast: int) -> None:
        intend_broadcast(self.stores, self.channels, self.members, broadcast, lambda *_: None)

    def deliverer(self, **settings: Any) -> Deliverer:
        return Deliverer(self.stores, self.channels, machine_clock=self.clock, **settings)

    def deliver(self, rounds_max: int = 50) -> None:
        """Deliver until there is nothing to do now."""
        deliverer = self.deliverer()
        for _ in range(rounds_max):
            if not deliverer.tick():
                break
        deliverer.stop()

    def states(self, broadcast: int) -> dict[tuple[str, str | None], int]:
        with self.stores.ledger.read() as conn:
            rows = conn.execute(
                sa.select(outbox.c.state, outbox.c.reason, sa.func.count())
                .where(outbox.c.broadcast == broadcast)
                .group_by(outbox.c.state, outbox.c.reason)
            )
            return {(state, reason): number for state, reason, number in rows}

    def message(self, broadcast: int, person: int) -> Any:
        with self.stores.ledger.read() as conn:
            return conn.execute(
                sa.select(outbox).where(outbox.c.broadcast == broadcast, outbox.c.person == person)
            ).one()


def log(
    stores: Stores,
    name: str,
    persons: Sequence[int],
    time: Any,
    *,
    amount: int = 0,
    columns: Any = None,
    **properties: Any,
) -> None:
    """Events of one name, one a person, straight into the event log."""
    rows = len(persons)
    stores.events.insert(
        "events",
        {
            "person": list(persons),
            "time": [time] * rows,
            "name": [name] * rows,
            "message_id": [f"{name}-{person}-{time}" for person in persons],
            "received": [time] * rows,
            "source": ["test"] * rows,
            "batch": [1] * rows,
            "amount": [amount] * rows,
            "properties": [json.dumps(properties)] * rows,
            **(columns or {}),
        },
    )


def log_own_events(stores: Stores) -> None:
    """What the intake does with the product's own events."""
    with stores.ledger.read() as conn:
        rows = list(conn.execute(sa.select(own_events).order_by(own_events.c.id)))
    columns = {name: [getattr(row, name) for row in rows] for name in ("person", "time", "name", "message_id")}
    properties = [json.dumps(row.properties) for row in rows]
    received = [row.time for row in rows]
    more = {"received": received, "source": ["siyu"] * len(rows), "batch": [1] * len(rows), "properties": properties}
    stores.events.insert("events", columns | more)
