"""Tasks past their time: found by index, marked and told of once, and passed up to whom the task names.

One in the installation looks, every few seconds. There is no clock in it but the installation's own.
"""

from __future__ import annotations

import threading

import sqlalchemy as sa

from siyu.jobs.turns import keep_doing
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.reach.staff_tasks.telling import tell
from siyu.staff.tables import staff
from siyu.storage import Stores, sent

IDLE_SECONDS = 5.0
CHUNK = 5_000
_ON_TIME = ("open", "taken")


class Lateness:
    """Finds what has become late."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def run_forever(self, stopped: threading.Event) -> None:
        """Until ``stopped``."""
        keep_doing(lambda: 0.0 if self.tick() else IDLE_SECONDS, stopped, "late tasks")

    def tick(self) -> int:
        """Mark what is late by now, at most ``CHUNK``, and tell of it; how many. Where none is, nothing is written."""
        now, task = self._stores.clock.now(), staff_tasks.c
        late = sa.select(task.id).where(task.state.in_(_ON_TIME), task.due < now).order_by(task.due).limit(CHUNK)
        with self._stores.ledger.read() as conn:
            numbers = list(conn.execute(late).scalars())
        if not numbers:
            return 0
        told = (
            sa.select(sa.literal("staff:").concat(sa.cast(staff.c.id, sa.Text)))
            .where(staff.c.login == task.escalate_to, staff.c.disabled.is_(None))
            .scalar_subquery()
        )
        with self._stores.ledger.write() as conn:
            asked = sa.select(sent(conn, id=(sa.BigInteger, numbers)).c.id)
            marked = conn.execute(
                sa.update(staff_tasks)
                .where(task.id.in_(asked), task.state.in_(_ON_TIME), task.late.is_(None))
                .values(state="late", late=now, escalated_to=told)
                .returning(task.id)
            )
            first = sorted(marked.scalars())
            again = sa.update(staff_tasks).where(task.id.in_(asked), task.state.in_(_ON_TIME)).values(state="late")
            conn.execute(again)  # what was late before, and told of: reopened, say
            tell(conn, "task_late", first, now)
        return len(numbers)
