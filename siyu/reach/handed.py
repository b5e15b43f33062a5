"""Messages that wait for a member of staff: handed on in tasks, and settled by what the platform tells of them.

A message in the state *handed* is neither accepted nor unknown: it is in a task that an adviser has to confirm. One
in the installation minds them all.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels import Channels, hands_of
from siyu.channels.accounts import usable_account
from siyu.channels.handing import Confirmed, Hands, Task
from siyu.channels.platform.failures import PlatformError
from siyu.channels.tables import accounts
from siyu.jobs.turns import keep_doing
from siyu.reach.broadcasts import read_sender
from siyu.reach.claiming import Lane, stop
from siyu.reach.links import installation_name
from siyu.reach.model import ACTIVE
from siyu.reach.outbox import append_message_events, message_event, read_delivery_id
from siyu.reach.settling import next_way
from siyu.reach.tables import attempts, broadcasts, outbox, paces
from siyu.storage import Instant, NotFound, Stores, sent

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
REST = timedelta(seconds=30)
"""After a call that may work later."""
OPEN = ("handed", "attempted", "unknown", "due")
"""The platform's word on a message stands, even where the note that it was handed over was lost."""


class Handing:
    """Minds what was handed over, for every channel whose messages staff confirm."""

    def __init__(self, stores: Stores, channels: Channels) -> None:
        self._stores = stores
        self._channels = channels
        self._installation = installation_name(stores.home)
        self._rests: dict[int, datetime] = {}

    def run_forever(self, stopped: threading.Event) -> None:
        """Until ``stopped``."""
        keep_doing(lambda: 0.0 if self.tick() else IDLE_SECONDS, stopped, "handed messages")

    def tick(self) -> int:
        """One round over all accounts; how much was done."""
        return sum(self._round(hands) for hands in hands_of(self._channels).values())

    def settle(self, conn: Connection, confirmed: Sequence[Confirmed]) -> None:
        """See :data:`~siyu.channels.handing.Settle`."""
        settle_handed(conn, confirmed, self._stores.clock.now(), self._installation)

    def _round(self, hands: Hands) -> int:
        self._call_back(hands)
        return sum(self._mind(hands, account) for account in self._accounts(hands))

    def _accounts(self, hands: Hands) -> list[int]:
        """Those with something to do that may do it."""
        now = self._stores.clock.now()
        with self._stores.ledger.read() as conn:
            wanted = hands.minded_accounts(conn)
            usable = set(
                conn.execute(
                    sa.select(accounts.c.id)
                    .outerjoin(paces, paces.c.account == accounts.c.id)
                    .where(accounts.c.disabled.is_(None), paces.c.stopped.is_(None))
                ).scalars()
            )
        return sorted(number for number in wanted & usable if self._rests.get(number, now) <= now)

    def _mind(self, hands: Hands, account: int) -> int:
        try:
            return hands.mind(usable_account(self._stores, account), self._complete(hands, account), self.settle)
        except PlatformError as error:
            if error.failure.kind == "account":
                with self._stores.ledger.write() as conn:
                    stop(conn, account, "account_refused")
            self._rests[account] = self._stores.clock.now() + REST
            return 0

    def _complete(self, hands: Hands, account: int) -> set[int | None]:
        """Broadcasts of this account of which nothing more comes for now."""
        now = self._stores.clock.now()
        coming = sa.or_(
            sa.and_(outbox.c.state == "due", outbox.c.due <= now), outbox.c.state.in_(("claimed", "attempted"))
        )
        complete: set[int | None] = set()
        with self._stores.ledger.read() as conn:
            for number, broadcast in hands.gathering(conn):
                if number != account:
                    continue
                if broadcast is None:
                    complete.add(None)
                    continue
                state = conn.execute(sa.select(broadcasts.c.state).where(broadcasts.c.id == broadcast)).scalar()
                lane = (outbox.c.account == account, outbox.c.broadcast == broadcast)
                more = conn.execute(sa.select(outbox.c.id).where(*lane, coming).limit(1)).first()
                if state in ("sending", "standing") and more is None:
                    complete.add(broadcast)
        return complete

    def _call_back(self, hands: Hands) -> None:
        """What was cancelled, or is past its time, is asked back at once, whenever its next look would be."""
        now = self._stores.clock.now()
        with self._stores.ledger.read() as conn:
            wanted = hands.open_broadcasts(conn)
            over = sa.or_(broadcasts.c.state == "cancelled", broadcasts.c.expires <= now)
            query = sa.select(broadcasts.c.id).where(broadcasts.c.id.in_({each for _, each in wanted}), over)
            back = set(conn.execute(query).scalars()) if wanted else set()
        for account, broadcast in sorted(wanted):
            if broadcast in back:
                hands.withdraw(account, broadcast, self.settle)


def settle_handed(conn: Connection, confirmed: Sequence[Confirmed], now: datetime, installation: str) -> None:
    """Write what became of messages that were handed over, by set. Told again, nothing changes."""
    by_number = {read_delivery_id(installation, each.delivery_id): each for each in confirmed}
    by_number.pop(None, None)
    asked = sent(conn, id=(sa.BigInteger, [number for number in by_number if number is not None]))
    rows = conn.execute(
        sa.select(outbox.c.id, outbox.c.broadcast, outbox.c.account, outbox.c.channel, outbox.c.kind).where(
            outbox.c.id.in_(sa.select(asked.c.id)), outbox.c.state.in_(OPEN)
        )
    ).all()
    groups: dict[tuple[Any, ...], list[int]] = {}
    for row in rows:
        told = by_number[row.id]
        lane = (row.broadcast, row.account, row.channel, row.kind)
        groups.setdefault((*lane, told.state, told.reason), []).append(row.id)
    for (broadcast, account, channel, kind, state, reason), numbers in groups.items():
        lane = Lane(broadcast, account, channel, kind, {})
        values = _became(conn, lane, state, reason, now)
        _write(conn, broadcast, numbers, values, state, now, installation)


def _became(conn: Connection, lane: Lane, state: str, reason: str, now: datetime) -> dict[str, Any]:
    """The columns of a message by what became of it."""
    if state == "accepted":
        return {"state": "accepted", "reason": None, "settled": now, "counted": now}
    found = read_sender(conn, lane.broadcast)
    if state == "withdrawn":
        why = "cancelled" if found.state == "cancelled" else "expired"
        return {"state": why, "reason": why, "settled": now, "counted": None}
    other = next_way(conn, lane, found.draft.channels) if found.state in (*ACTIVE, "paused") else None
    if other is not None:
        return {"state": "due", "reason": None, "due": now, "counted": now} | other
    return {"state": "refused", "reason": reason or None, "settled": now, "counted": None}


def _write(
    conn: Connection,
    broadcast: int,
    numbers: Sequence[int],
    values: Mapping[str, Any],
    told: str,
    now: datetime,
    installation: str,
) -> None:
    ids = sent(conn, id=(sa.BigInteger, list(numbers)))
    mine = outbox.c.id.in_(sa.select(ids.c.id))
    conn.execute(sa.update(outbox).where(mine).values(**values, lease=None, leased_until=None))
    conn.execute(
        sa.update(attempts)
        .where(attempts.c.message.in_(sa.select(ids.c.id)), attempts.c.outcome == "handed")
        .values(outcome="cancelled" if told == "withdrawn" else told, ended=now)
    )
    if values["state"] in ("accepted", "refused"):
        extra = {} if told == "accepted" else {"reason": outbox.c.reason}
        event = message_event(f"message_{values['state']}", "", sa.literal(now, Instant), installation, extra)
        append_message_events(conn, broadcast, event, mine)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How a broadcast's handed messages stand. ``advisers`` who have not confirmed, ``open`` messages of theirs."""

    advisers: int
    open: int
    tasks: Sequence[Task]


def waiting(stores: Stores, channels: Channels, broadcast: int) -> Waiting:
    """The tasks of a broadcast and for whom they wait."""
    with stores.ledger.read() as conn:
        tasks = [task for hands in hands_of(channels).values() for task in hands.tasks(conn, broadcast)]
    left = [task for task in tasks if task.state in ("making", "waiting")]
    return Waiting(len({task.adviser for task in left}), sum(task.open for task in left), tasks)


def remind(stores: Stores, channels: Channels, broadcast: int, task: int | None = None) -> int:
    """Remind the adviser of a task, or everybody who has not confirmed; how many. Raises :class:`NotFound`, and what
    the platform says against it."""
    found = [each for each in waiting(stores, channels, broadcast).tasks if task is None or each.id == task]
    if task is not None and not found:
        raise NotFound("task_not_found", f"没有编号为 {task} 的任务。", f"There is no task {task}.")
    asked = [each for each in found if each.state == "waiting" or task is not None]
    for each in asked:
        account = usable_account(stores, each.account)
        hands_of(channels)[account.channel].remind(account, each.id)
    return len(asked)
