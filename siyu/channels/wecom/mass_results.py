"""What became of mass messages: asked of the platform task by task, at growing distances, until everything is settled.

Also where a call had no answer: the platform's list says whether the task is there. It is recognised by its text, its
sender and exactly its receivers; where it is not there after a while, it never was, and is made anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom.mass_tasks import Receivers, content_of
from siyu.storage import Stores, at_machine_speed

ROUND_TASKS_MAX = 200
PAGE = 1_000
LIST_PAGE = 100
ASKED_FOR_SECONDS = 180.0
"""How long a task that nobody confirmed to exist is looked for."""
ASK_AGAIN = timedelta(seconds=30)
CLOCKS_APART = timedelta(seconds=300)
LOOK_SECONDS, LOOK_SECONDS_MAX = 60.0, 1_800.0
RESULTS_AGAIN = timedelta(seconds=60)
DISPATCHING = 41063
GONE_CODES = (41046, 41047, 41093)
"""The platform does not know the task any more, or knows it as cancelled."""


@dataclass(frozen=True)
class Asker:
    """Asks for one account. ``confirm_days``: how long an adviser may take."""

    stores: Stores
    client: PlatformClient
    account: int
    receivers: Receivers
    confirm_days: int

    @property
    def _table(self) -> sa.Table:
        return self.receivers.tasks

    def look(self) -> int:
        """Look at every task whose time has come; how many."""
        tasks = self._due()
        for task in tasks:
            try:
                self._look_at(task)
            except PlatformError as error:
                if error.failure.kind == "account":
                    raise
                self._put_off(task, ASK_AGAIN if error.platform_code == DISPATCHING else RESULTS_AGAIN)
        return len(tasks)

    def _due(self) -> list[Row[Any]]:
        table = self._table.c
        mine = (table.account == self.account, table.next <= self.stores.clock.now())
        query = sa.select(self._table).where(*mine).order_by(table.next).limit(ROUND_TASKS_MAX)
        with self.stores.ledger.read() as conn:
            return list(conn.execute(query))

    def _look_at(self, task: Row[Any]) -> None:
        if task.state == "calling":
            if task.calling_until is not None and task.calling_until > datetime.now(UTC):
                self._put_off(task, ASK_AGAIN)  # somebody is on it
                return
            self._change(task, state="asking", calling_until=None)
        if task.state in ("calling", "asking"):
            self._look_for(task)
        else:
            self._ask(task)

    # --- was it made at all?

    def _look_for(self, task: Row[Any]) -> None:
        msgid = self._found(task)
        now = self.stores.clock.now()
        if msgid:
            self._change(task, state="waiting", msgid=msgid, next=now)
        elif (now - task.called).total_seconds() < at_machine_speed(self.stores.clock, ASKED_FOR_SECONDS):
            self._change(task, next=now + ASK_AGAIN)
        else:
            with self.stores.ledger.write() as conn:
                self.receivers.regather(conn, task.id)

    def _found(self, task: Row[Any]) -> str:
        names, said = content_of(self.stores, self.receivers, task)
        for listed in self._listed(task):
            same = str((listed.get("text") or {}).get("content") or "") == said.text
            if same and self._is_ours(str(listed["msgid"]), task.sender, set(names)):
                return str(listed["msgid"])
        return ""

    def _listed(self, task: Row[Any]) -> Iterator[dict[str, Any]]:
        """Tasks of about that time whose names nobody here knows."""
        start, end = task.called - CLOCKS_APART, self.stores.clock.now() + CLOCKS_APART
        span = {"start_time": int(start.timestamp()), "end_time": int(end.timestamp())}
        body = {"chat_type": self.receivers.chat_type, **span, "filter_type": 2, "limit": LIST_PAGE}
        table = self._table.c
        for page, _ in self.client.pages("get_groupmsg_list_v2", body):
            names = [str(each.get("msgid")) for each in page]
            with self.stores.ledger.read() as conn:
                known = set(conn.execute(sa.select(table.msgid).where(table.msgid.in_(names))).scalars())
            yield from (each for each in page if str(each.get("msgid")) not in known)

    def _is_ours(self, msgid: str, sender: str, receivers: set[str]) -> bool:
        senders = {each.get("userid") for each in self._all("get_groupmsg_task", {"msgid": msgid})}
        if senders != {sender}:
            return False
        body = {"msgid": msgid, "userid": sender}
        # Whom the platform refused at once is in no result, so what it has may be less than what was asked for.
        theirs = {str(each.get(self.receivers.key)) for each in self._all("get_groupmsg_send_result", body)}
        return bool(theirs) and theirs <= receivers

    # --- what became of it?

    def _ask(self, task: Row[Any]) -> None:
        if (task.withdrawn or self._overdue(task)) and task.state == "waiting":
            self._call_back(task)
            return
        confirmed = task.state != "waiting" or self._confirmed(task)
        now = self.stores.clock.now()
        if not confirmed:
            seconds = min(LOOK_SECONDS * 2**task.looks, LOOK_SECONDS_MAX)
            self._change(task, looks=task.looks + 1, next=now + timedelta(seconds=seconds))
            return
        if task.state == "waiting":
            self._change(task, state="sending", confirmed=now)
        self._take_results(task)
        self._finish(task)

    def _overdue(self, task: Row[Any]) -> bool:
        return self.stores.clock.now() - task.called > timedelta(days=self.confirm_days)

    def _confirmed(self, task: Row[Any]) -> bool:
        tasks = self._all("get_groupmsg_task", {"msgid": task.msgid})
        return any(int(each.get("status") or 0) >= 1 for each in tasks)

    def _call_back(self, task: Row[Any]) -> None:
        """Nothing more of it shall go out; what went out meanwhile is in the results."""
        try:
            self.client.call("cancel_groupmsg_send", body={"msgid": task.msgid})
        except PlatformError as error:
            if error.platform_code not in GONE_CODES:
                raise
        self._change(task, state="withdrawing", next=self.stores.clock.now() + ASK_AGAIN)

    def _take_results(self, task: Row[Any]) -> None:
        body = {"msgid": task.msgid, "userid": task.sender, "limit": PAGE}
        for page, _ in self.client.pages("get_groupmsg_send_result", body):
            became = {
                str(each.get(self.receivers.key)): fate
                for each in page
                if (fate := self.receivers.became(int(each.get("status") or 0))) is not None
            }
            if became:
                with self.stores.ledger.write() as conn:
                    self.receivers.settle(conn, task.id, became, self.stores.clock.now())

    def _finish(self, task: Row[Any]) -> None:
        """What the results leave open: withdrawn where the task was called back, else looked at again."""
        now = self.stores.clock.now()
        with self.stores.ledger.write() as conn:
            if task.state == "withdrawing" or self._overdue(task):
                otherwise = ("withdrawn", "") if task.withdrawn else ("refused", "wecom_not_confirmed")
                self.receivers.settle(conn, task.id, otherwise, now)
            left = self.receivers.open_ones(conn, task.id)
            values = {"next": now + RESULTS_AGAIN} if left else {"state": "done", "next": None}
            conn.execute(sa.update(self._table).where(self._table.c.id == task.id).values(**values))

    # --- small things

    def _all(self, name: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for page, _ in self.client.pages(name, {**body, "limit": PAGE}):
            yield from page

    def _put_off(self, task: Row[Any], pause: timedelta) -> None:
        self._change(task, next=self.stores.clock.now() + pause)

    def _change(self, task: Row[Any], **values: Any) -> None:
        with self.stores.ledger.write() as conn:
            conn.execute(sa.update(self._table).where(self._table.c.id == task.id).values(**values))
