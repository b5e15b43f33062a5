"""A shop with members of staff who have tasks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from siyu.channels.wecom.tables import wecom_contacts
from siyu.people.tables import identifiers, own_events
from siyu.reach.staff_tasks import giving, holders, queries
from siyu.reach.staff_tasks.lateness import Lateness
from siyu.reach.staff_tasks.model import EVERYTHING, Looker, Origin, Task, Wish
from siyu.reach.staff_tasks.queries import Asked
from siyu.staff import actions as staff_actions
from siyu.staff.model import SYSTEM, Actor
from siyu.storage import insert_into
from tests.reach.world import World

GREET = Wish("问候新好友", "{{ person.name }}你好", 60)
STEP = Origin(7, 2, "greet")


class Team(World):
    """A shop with members of staff; ``anna`` and ``ben`` are advisers, ``chief`` manages."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.anna, self.ben = self.member("anna", "adviser"), self.member("ben", "adviser")
        self.chief = self.member("chief", "operator")

    def member(self, login: str, role: str) -> Actor:
        number = staff_actions.create_member(
            self.stores, SYSTEM, login=login, name=login.title(), password="correct horse battery", role=role
        )
        return Actor("staff", number, login.title(), role)

    def looks(self, actor: Actor) -> Looker:
        with self.stores.ledger.read() as conn:
            return holders.looker_of(conn, actor)

    def give(self, persons: list[int], wish: Wish = GREET, by: str = "staff:9") -> list[int]:
        return giving.give(self.stores, by, persons, wish)

    def by_journey(self, persons: list[int], origin: Origin = STEP, **more: Any) -> int:
        said: dict[str, Any] = {"script": "你好", "title": "问候", "minutes": 60, "escalate_to": ""}
        with self.stores.ledger.write() as conn:
            return giving.give_tasks(conn, origin=origin, persons=persons, now=self.clock.now(), **(said | more))

    def task(self, number: int) -> Task:
        return queries.one_task(self.stores, EVERYTHING, number)

    def all(self, looker: Looker = EVERYTHING, **asked: Any) -> list[Task]:
        return queries.tasks_page(self.stores, looker, Asked(**asked))

    def told(self, name: str) -> list[dict[str, Any]]:
        with self.stores.ledger.read() as conn:
            rows = conn.execute(sa.select(own_events).where(own_events.c.name == name).order_by(own_events.c.id))
            return [{"person": row.person, **row.properties} for row in rows]

    def befriend(self, account: int, person: int, userid: str, *, days_ago: int, state: str = "friend") -> None:
        """Somebody became a friend of a member of WeCom's."""
        now = self.clock.now()
        row = {"external_userid": f"wm{person}", "state": state, "told": now, "since": now - timedelta(days=days_ago)}
        with self.stores.ledger.write() as conn:
            known = {"kind": "external_userid", "value": f"wm{person}", "person": person, "since": now, "source": "t"}
            conn.execute(insert_into(conn, identifiers).values(**known).on_conflict_do_nothing())
            conn.execute(sa.insert(wecom_contacts).values(account=account, userid=userid, **row))

    def pass_time(self, **delta: float) -> int:
        """Let time pass, and late tasks be found; how many."""
        self.clock.advance(timedelta(**delta))
        return Lateness(self.stores).tick()
