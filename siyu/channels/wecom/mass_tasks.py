"""A task for a member of staff (企业群发, document 92135), whoever receives what it says: made once, reminded of.

Its row is on disk before its call. A call without an answer may have made one, so it is looked for, and made again
only when it surely was not (``mass_results.py``).
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.failures import PlatformError
from siyu.channels.protocol import Account
from siyu.channels.wecom.attachments import attachments_of
from siyu.channels.wecom.sending_tables import wecom_texts
from siyu.storage import Conflict, NotFound, Stores, insert_into
from siyu.storage.ledger import from_millis, to_millis

CALLING = timedelta(seconds=90)
"""Machine time: longer than a call may take."""
FIRST_LOOK = timedelta(seconds=30)
NO_RECEIVER = 41048
TEXT_BYTES_MAX = 4_000
REMINDERS_MAX = 3
REMINDERS_WITHIN = timedelta(hours=24)

SENT, GONE, QUOTA_USED = 1, 2, 3
"""The platform's status of a receiver. Gone: a customer is no friend any more, a group is no more."""

Became = tuple[str, str]
"""What became of a receiver (*accepted*, *refused*, *withdrawn*), and the reason."""


class Receivers(ABC):
    """Customers or groups. ``tasks``: the table of their tasks, with the columns of ``wecom_tasks`` that are used here
    and in ``mass_results.py``; ``named``: the field of the call that lists receivers; ``key``: by what results name
    one; ``unreachable``, ``gone``, ``used_up``: the reasons why one was refused."""

    chat_type: ClassVar[str]
    named: ClassVar[str]
    key: ClassVar[str]
    tasks: ClassVar[sa.Table]
    unreachable: ClassVar[str]
    gone: ClassVar[str]
    used_up: ClassVar[str]

    @abstractmethod
    def open_ones(self, conn: Connection, task: int) -> list[str]:
        """Receivers of a task of whom nothing is known yet."""

    @abstractmethod
    def regather(self, conn: Connection, task: int) -> None:
        """The task surely is not at the platform: its receivers wait for another."""

    @abstractmethod
    def settle(self, conn: Connection, task: int, became: Mapping[str, Became] | Became, at: datetime) -> int:
        """Note what became of open receivers of a task: of those given, or the same of all. How many there were."""

    def became(self, status: int) -> Became | None:
        """What a status says; None: nothing yet."""
        if status == SENT:
            return "accepted", ""
        reasons = {GONE: self.gone, QUOTA_USED: self.used_up}
        return ("refused", reasons[status]) if status in reasons else None


def fate_of(became: Mapping[str, Became] | Became, receiver: str) -> Became | None:
    """What became of one, of what :meth:`Receivers.settle` is given."""
    return became if isinstance(became, tuple) else became.get(receiver)


def hash_of(said: Mapping[str, Any]) -> str:
    """What a text with its attachments is kept under."""
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def keep_texts(conn: Connection, texts: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep what is said, {text, attachments} by :func:`hash_of`, once each."""
    rows = [{"hash": hashed, **said} for hashed, said in texts.items()]
    conn.execute(insert_into(conn, wecom_texts).on_conflict_do_nothing(), rows)


def task_values(now: datetime, account: int, sender: str, text: str) -> dict[str, Any]:
    """The row of a task that is about to be called."""
    return {
        "account": account,
        "sender": sender,
        "text": text,
        "state": "calling",
        "called": now,
        "calling_until": datetime.now(UTC) + CALLING,
        "next": now,
        "reminded": [],
    }


def call_task(stores: Stores, client: PlatformClient, account: Account, receivers: Receivers, task: Row[Any]) -> None:
    """Make the task at the platform, and note what it said. Raises :class:`PlatformError` where the next call would
    fail like this one; then the receivers wait for another task."""
    names, said = content_of(stores, receivers, task)
    try:
        attachments = attachments_of(stores, client, account, said.attachments)
    except NotFound:
        _settle_all(stores, receivers, task.id, "wecom_medium_gone")
        return
    except PlatformError as error:
        _refused(stores, receivers, task.id, error, called=False)
        return
    body: dict[str, Any] = {"chat_type": receivers.chat_type, receivers.named: names, "sender": task.sender}
    if said.text.strip():
        body["text"] = {"content": said.text}
    if attachments:
        body["attachments"] = attachments
    try:
        answer = client.call("add_msg_template", body=body)
    except PlatformError as error:
        _refused(stores, receivers, task.id, error)
        return
    now, table = stores.clock.now(), receivers.tasks
    with stores.ledger.write() as conn:
        failed = {str(each): ("refused", receivers.unreachable) for each in answer.get("fail_list") or []}
        if failed:
            receivers.settle(conn, task.id, failed, now)
        values = {"state": "waiting", "msgid": str(answer["msgid"]), "calling_until": None, "next": now + FIRST_LOOK}
        conn.execute(sa.update(table).where(table.c.id == task.id).values(**values))


def content_of(stores: Stores, receivers: Receivers, task: Row[Any]) -> tuple[list[str], Row[Any]]:
    """To whom a task goes (still), and what it says: text, attachments."""
    with stores.ledger.read() as conn:
        said = conn.execute(sa.select(wecom_texts).where(wecom_texts.c.hash == task.text)).one()
        return receivers.open_ones(conn, task.id), said


def noted_reminder(stores: Stores, table: sa.Table, account: int, task: int) -> str:
    """The platform's name of a task that is reminded of now: counted before the call, since one too few is better than
    one too many. Raises :class:`NotFound`, :class:`Conflict`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        row = conn.execute(sa.select(table).where(table.c.id == task, table.c.account == account)).one_or_none()
        if row is None:
            raise NotFound("task_not_found", f"没有编号为 {task} 的任务。", f"There is no task {task}.")
        if row.state != "waiting":
            raise Conflict("task_not_waiting", "这个任务不在等待确认。", "This task waits for nobody.")
        lately = [each for each in row.reminded if from_millis(each) > now - REMINDERS_WITHIN]
        if len(lately) >= REMINDERS_MAX:
            raise Conflict(
                "reminded_enough",
                f"24 小时内已提醒 {REMINDERS_MAX} 次，这是平台的上限。",
                f"Reminded {REMINDERS_MAX} times in 24 hours, as often as the platform allows.",
            )
        values = {"reminded": [*row.reminded, to_millis(now)], "looks": 0, "next": now + FIRST_LOOK}
        conn.execute(sa.update(table).where(table.c.id == task).values(**values))
    return str(row.msgid)


def _refused(stores: Stores, receivers: Receivers, task: int, error: PlatformError, *, called: bool = True) -> None:
    """No task, or nobody knows. ``called``: the call itself was made; before it, an upload is all that failed.
    Raises the error where the next call would fail like this one."""
    now, table = stores.clock.now(), receivers.tasks
    with stores.ledger.write() as conn:
        if error.unknown and called:
            values: dict[str, Any] = {"state": "asking", "next": now + FIRST_LOOK, "calling_until": None}
            conn.execute(sa.update(table).where(table.c.id == task).values(**values))
            return
        if error.failure.kind in ("passing", "account"):
            receivers.regather(conn, task)
    if error.failure.kind in ("passing", "account"):
        raise error
    _settle_all(stores, receivers, task, _reason(receivers, error))


def _reason(receivers: Receivers, error: PlatformError) -> str:
    return receivers.unreachable if error.platform_code == NO_RECEIVER else "wecom_task_refused"


def _settle_all(stores: Stores, receivers: Receivers, task: int, reason: str) -> None:
    """There will be no such task: its receivers are refused, each for the same reason."""
    table = receivers.tasks
    with stores.ledger.write() as conn:
        receivers.settle(conn, task, ("refused", reason), stores.clock.now())
        conn.execute(sa.update(table).where(table.c.id == task).values(state="done", next=None))
