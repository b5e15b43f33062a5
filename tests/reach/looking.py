"""People who look at hours of the day, in the event log, for the tests of the best hour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from siyu.audiences.tables import person_layers
from siyu.people import families, projection
from siyu.people.tables import people
from tests.reach.world import World

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Looks(World):
    """Nothing but events, and who did them."""

    def people(self, many: int = 1, **columns: Any) -> list[int]:
        """Known to rules, too."""
        numbers = self.add(many, **columns)
        self._known(numbers)
        return numbers

    def _known(self, numbers: Iterable[int]) -> None:
        with self.stores.ledger.write() as conn:
            families.mark_changed(conn, self.clock.now(), list(numbers))
        projection.project_all(self.stores)

    def looked(
        self,
        person: int,
        clock: str,
        *others: int,
        days: Iterable[int],
        zone: ZoneInfo = SHANGHAI,
        event: str = "page_viewed",
    ) -> None:
        """At a time of day, so many days ago each."""
        whom = [person, *others]
        today = self.clock.now().astimezone(zone).date()
        shown = time.fromisoformat(clock)
        rows = [(who, datetime.combine(today - timedelta(days=day), shown, zone)) for day in days for who in whom]
        at = [moment for _, moment in rows]
        many = len(rows)
        self.stores.events.insert(
            "events",
            {
                "person": [who for who, _ in rows],
                "time": at,
                "name": [event] * many,
                "message_id": [f"{who}-{event}-{moment.isoformat()}" for who, moment in rows],
                "received": at,
                "source": ["web"] * many,
                "batch": [1] * many,
                "record": list(range(many)),
            },
        )

    def became(self, kept: int, absorbed: int) -> None:
        """Both were one person all along."""
        with self.stores.ledger.write() as conn:
            conn.execute(sa.update(people).where(people.c.person == absorbed).values(kept=kept))
        self.stores.events.insert("aliases", {"member": [absorbed], "kept": [kept], "version": [1]})
        self.stores.events.command("SYSTEM RELOAD DICTIONARY person_of")

    def layer(self, layer: str, *persons: int, scheme: str = "lifecycle") -> None:
        """They are in this layer of a scheme."""
        since = self.clock.now()
        rows = [{"person": person, "scheme": scheme, "layer": layer, "since": since} for person in persons]
        with self.stores.ledger.write() as conn:
            conn.execute(sa.insert(person_layers), rows)
        self._known(persons)
