"""Jobs that come again and again, computed from the injected clock in the installation's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from croniter import croniter

from siyu.jobs import preferences, queue
from siyu.jobs.tables import schedules as schedules_table
from siyu.storage import Stores, insert_into

REST_SECONDS = 2.0
"""Of the machine's, between two turns of a schedule: where a rehearsal lets an hour pass in a second, what comes every
minute comes as often as the machine can do it, and what was missed is made up once."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """``cron`` has the five usual fields, read in the installation's time zone."""

    name: str
    cron: str
    job: str


_schedules: dict[str, Schedule] = {}


def schedule(name: str, cron: str, job: str) -> None:
    """Have ``job`` done (without arguments) whenever ``cron`` says; what was missed meanwhile is made up once."""
    if not croniter.is_valid(cron):
        raise ValueError(f"not a cron expression: {cron!r}")
    wanted = Schedule(name, cron, job)
    if _schedules.setdefault(name, wanted) != wanted:
        raise ValueError(f"two schedules named {name!r}")


def all_schedules() -> list[Schedule]:
    return sorted(_schedules.values(), key=lambda each: each.name)


def due_before(cron: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The latest moment ≤ ``now`` that ``cron`` names."""
    local = now.astimezone(zone)
    if croniter.match(cron, local):
        return local.replace(second=0, microsecond=0).astimezone(UTC)
    found: datetime = croniter(cron, local).get_prev(datetime)
    return found.astimezone(UTC)


def due_after(cron: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The first moment > ``now`` that ``cron`` names."""
    found: datetime = croniter(cron, now.astimezone(zone)).get_next(datetime)
    return found.astimezone(UTC)


class Scheduler:
    """Looks at the clock and puts in what is due. Any number may run: the table lets one of them win each moment."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._next: dict[str, datetime] = {}

    def tick(self) -> int:
        """Put in what is due; how many. Reads the store only when something may be."""
        now = self._stores.clock.now()
        ripe = [each for each in all_schedules() if self._next.get(each.name, now) <= now]
        if not ripe:
            return 0
        zone = preferences.timezone(self._stores)
        count = sum(self._put_in(each, due_before(each.cron, now, zone), now) for each in ripe)
        pace = self._stores.clock.pace
        rested = now + timedelta(seconds=REST_SECONDS * pace if pace > 1 else 0)
        for each in ripe:
            self._next[each.name] = max(due_after(each.cron, now, zone), rested)
        return count

    def _put_in(self, wanted: Schedule, moment: datetime, now: datetime) -> bool:
        table = schedules_table
        with self._stores.ledger.write() as conn:
            first_seen = insert_into(conn, table).values(name=wanted.name, last=now).on_conflict_do_nothing()
            new = conn.execute(first_seen.returning(table.c.name)).first()
            # A schedule seen for the first time begins now: there is no past to make up for.
            if new is not None:
                return False
            older = sa.or_(table.c.last.is_(None), table.c.last < moment)
            won = conn.execute(sa.update(table).where(table.c.name == wanted.name, older).values(last=moment)).rowcount
            if won:
                queue.enqueue(conn, wanted.job, {}, now=now, due=moment, key=f"schedule:{wanted.name}")
        return won == 1
