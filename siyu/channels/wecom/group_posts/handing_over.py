"""From a recorded post to tasks of owners, and what became of them (document 92135, ``chat_type`` *group*)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.channels.platform.client import PlatformClient
from siyu.channels.protocol import Account
from siyu.channels.wecom.group_posts.limits import held_because, owner_of, task_max
from siyu.channels.wecom.group_posts.tables import wecom_group_post_items as items
from siyu.channels.wecom.group_posts.tables import wecom_group_posts as table
from siyu.channels.wecom.group_posts.tables import wecom_group_tasks as tasks
from siyu.channels.wecom.handing import CONFIRM_DAYS, CONFIRM_DAYS_USUAL
from siyu.channels.wecom.mass_results import Asker
from siyu.channels.wecom.mass_tasks import Became, Receivers, call_task, fate_of, task_values
from siyu.channels.wecom.weekly import GROUP_POSTS_WEEK
from siyu.jobs import preferences
from siyu.storage import Stores, sent

AGAIN = timedelta(seconds=60)
POSTS_A_STEP = 100


class Groups(Receivers):
    """Groups as receivers. See :class:`Receivers`."""

    chat_type = "group"
    named = "chat_id_list"
    key = "chat_id"
    tasks = tasks
    unreachable = "group_not_reachable"
    gone = "group_not_reachable"
    used_up = "group_quota_used"

    def open_ones(self, conn: Connection, task: int) -> list[str]:
        mine = sa.and_(items.c.task == task, items.c.state == "handed")
        return list(conn.execute(sa.select(items.c.chat_id).where(mine)).scalars())

    def regather(self, conn: Connection, task: int) -> None:
        """As the post still wants them: what was called back meanwhile is not handed over again."""
        row = conn.execute(sa.select(tasks).where(tasks.c.id == task)).one()
        mine = sa.and_(items.c.task == task, items.c.state == "handed")
        state = "withdrawn" if row.withdrawn else "gathered"
        conn.execute(sa.update(items).where(mine).values(task=None, state=state))
        conn.execute(sa.update(tasks).where(tasks.c.id == task).values(state="done", next=None, size=0))
        still = sa.and_(table.c.id == row.post, table.c.state == "open")
        conn.execute(sa.update(table).where(still).values(next=row.called + AGAIN))

    def settle(self, conn: Connection, task: int, became: Mapping[str, Became] | Became, at: datetime) -> int:
        told = {name: fate for name in self.open_ones(conn, task) if (fate := fate_of(became, name)) is not None}
        for state, reason in sorted(set(told.values())):
            names = [name for name, fate in told.items() if fate == (state, reason)]
            given = sent(conn, chat_id=(sa.Text, names))
            mine = sa.and_(items.c.task == task, items.c.chat_id.in_(sa.select(given.c.chat_id)))
            values = {"state": "sent" if state == "accepted" else state, "reason": reason, "at": at}
            conn.execute(sa.update(items).where(mine).values(**values))
        return len(told)


@dataclass(frozen=True)
class HandingOver:
    """Works for one account."""

    stores: Stores
    client: PlatformClient
    account: Account

    def step(self) -> Mapping[str, int]:
        """Open what is due, ask what became of tasks, make new ones. Raises :class:`PlatformError` where no more can
        be made now; what was not stays gathered."""
        opened = sum(self._open(number) for number in self._due("recorded"))
        days = int(self.account.settings.get(CONFIRM_DAYS) or CONFIRM_DAYS_USUAL)
        looked = Asker(self.stores, self.client, self.account.id, Groups(), days).look()
        self._finish()
        made = sum(self._make_tasks(number) for number in self._due("open"))
        self._finish()
        return {"opened": opened, "looked": looked, "made": made}

    def _due(self, state: str) -> list[int]:
        mine = sa.and_(table.c.account == self.account.id, table.c.state == state)
        due = table.c.next <= self.stores.clock.now()
        with self.stores.ledger.read() as conn:
            query = sa.select(table.c.id).where(mine, due).order_by(table.c.next, table.c.id).limit(POSTS_A_STEP)
            return list(conn.execute(query).scalars())

    def _open(self, number: int) -> bool:
        """Hold what the platform would refuse, and note who owns the rest. Once: in one transaction with the state."""
        now, account = self.stores.clock.now(), self.account.id
        with self.stores.ledger.write() as conn:
            first = sa.and_(table.c.id == number, table.c.state == "recorded")
            if not conn.execute(sa.update(table).where(first).values(state="open", next=now)).rowcount:
                return False
            mine = sa.and_(items.c.post == number, items.c.state == "recorded")
            most = int(preferences.get(conn, GROUP_POSTS_WEEK))
            reason = held_because(account, self.account.settings, now, items.c.chat_id, most, number)
            held = {"state": "held", "reason": reason, "at": now}
            conn.execute(sa.update(items).where(mine, reason.is_not(None)).values(**held))
            gathered = {"state": "gathered", "sender": owner_of(account, items.c.chat_id), "at": now}
            conn.execute(sa.update(items).where(mine).values(**gathered))
        return True

    def _make_tasks(self, number: int) -> int:
        """A task for each owner, of so many groups; how many."""
        made, most = 0, task_max(self.account.settings)
        for sender in self._senders(number):
            while (task := self._begin(number, sender, most)) is not None:
                call_task(self.stores, self.client, self.account, Groups(), task)
                made += 1
        with self.stores.ledger.write() as conn:
            conn.execute(sa.update(table).where(table.c.id == number, table.c.state == "open").values(next=None))
        return made

    def _senders(self, number: int) -> list[str]:
        mine = sa.and_(items.c.post == number, items.c.state == "gathered")
        with self.stores.ledger.read() as conn:
            return list(conn.execute(sa.select(items.c.sender).where(mine).distinct().order_by("sender")).scalars())

    def _begin(self, number: int, sender: str, most: int) -> Row[Any] | None:
        """The row of a task, and its groups with it, before the call; None where nothing is left to hand over, or the
        post was called back."""
        now = self.stores.clock.now()
        mine = sa.and_(items.c.post == number, items.c.sender == sender, items.c.state == "gathered")
        with self.stores.ledger.write() as conn:
            found = conn.execute(sa.select(table).where(table.c.id == number, table.c.state == "open")).one_or_none()
            chosen = conn.execute(sa.select(items.c.chat_id).where(mine).order_by(items.c.chat_id).limit(most))
            names = list(chosen.scalars())
            if found is None or not names:
                return None
            values = {**task_values(now, self.account.id, sender, found.text), "post": number, "size": len(names)}
            task = conn.execute(sa.insert(tasks).values(values).returning(tasks)).one()
            given = sent(conn, chat_id=(sa.Text, names))
            these = sa.and_(mine, items.c.chat_id.in_(sa.select(given.c.chat_id)))
            conn.execute(sa.update(items).where(these).values(task=task.id, state="handed", at=now))
            return task

    def _finish(self) -> None:
        """Posts of which every group is settled are over."""
        waits = sa.exists().where(items.c.post == table.c.id, items.c.state.in_(("recorded", "gathered", "handed")))
        mine = sa.and_(table.c.account == self.account.id, table.c.state == "open", sa.not_(waits))
        over = {"state": "done", "finished": self.stores.clock.now(), "next": None}
        with self.stores.ledger.write() as conn:
            conn.execute(sa.update(table).where(mine).values(**over))
