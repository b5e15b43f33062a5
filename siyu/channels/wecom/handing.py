"""WeCom's side of handing messages to staff. See :class:`~siyu.channels.handing.Hands`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.handing import Settle, Task
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.protocol import Account
from siyu.channels.wecom import mass
from siyu.channels.wecom.mass_results import Asker
from siyu.channels.wecom.mass_tasks import noted_reminder
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.sending_tables import wecom_sends, wecom_tasks
from siyu.storage import sent

PATIENCE_SECONDS = 60.0
CONFIRM_DAYS, CONFIRM_DAYS_USUAL = "confirm_days", 3
_SHOWN: Mapping[str, str] = {"calling": "making", "asking": "making"}


@dataclass(frozen=True)
class WecomHands:
    """Holds no state."""

    exchange: Exchange

    def known(self, conn: Connection, delivery_ids: Sequence[str]) -> set[str]:
        asked = sent(conn, id=(sa.Text, list(delivery_ids)))
        query = sa.select(wecom_sends.c.delivery_id).where(wecom_sends.c.delivery_id.in_(sa.select(asked.c.id)))
        return set(conn.execute(query).scalars())

    def gathering(self, conn: Connection) -> set[tuple[int, int | None]]:
        table = wecom_sends.c
        gathered = table.state == sa.literal_column("'gathered'")
        rows = conn.execute(sa.select(table.account, table.broadcast).where(gathered).distinct())
        return {(row.account, row.broadcast) for row in rows}

    def open_broadcasts(self, conn: Connection) -> set[tuple[int, int]]:
        waits = (wecom_tasks.c.next.is_not(None), sa.not_(wecom_tasks.c.withdrawn))
        rows = conn.execute(sa.select(wecom_tasks.c.account, wecom_tasks.c.broadcast).where(*waits).distinct())
        found = self.gathering(conn) | {(row.account, row.broadcast) for row in rows}
        return {(account, broadcast) for account, broadcast in found if broadcast is not None}

    def minded_accounts(self, conn: Connection) -> set[int]:
        due = sa.select(wecom_tasks.c.account).where(wecom_tasks.c.next <= self.exchange.stores.clock.now()).distinct()
        return {account for account, _ in self.gathering(conn)} | set(conn.execute(due).scalars())

    def mind(self, account: Account, complete: Collection[int | None], settle: Settle) -> int:
        stores = self.exchange.stores
        client = PlatformClient(self.exchange, account, WECOM, patience=PATIENCE_SECONDS)
        days = int(account.settings.get(CONFIRM_DAYS) or CONFIRM_DAYS_USUAL)
        looked = Asker(stores, client, account.id, mass.Customers(settle), days).look()
        return looked + mass.make_tasks(stores, client, account, complete, settle)

    def withdraw(self, account: int, broadcast: int, settle: Settle) -> None:
        stores = self.exchange.stores
        now = stores.clock.now()
        with stores.ledger.write() as conn:
            mine = sa.and_(wecom_sends.c.account == account, wecom_sends.c.broadcast == broadcast)
            gathered = wecom_sends.c.state == sa.literal_column("'gathered'")
            mass.settle_sends(conn, settle, mine & gathered, ("withdrawn", ""), now)
            conn.execute(
                sa.update(wecom_tasks)
                .where(wecom_tasks.c.account == account, wecom_tasks.c.broadcast == broadcast)
                .where(wecom_tasks.c.next.is_not(None))
                .values(withdrawn=True, next=now)
            )

    def tasks(self, conn: Connection, broadcast: int) -> list[Task]:
        left = (
            sa.select(sa.func.count())
            .where(wecom_sends.c.task == wecom_tasks.c.id, wecom_sends.c.state == "handed")
            .scalar_subquery()
        )
        query = sa.select(wecom_tasks, left.label("open")).where(
            wecom_tasks.c.broadcast == broadcast, wecom_tasks.c.people > 0
        )
        rows = conn.execute(query.order_by(wecom_tasks.c.next.is_(None), wecom_tasks.c.id))
        return [
            Task(
                row.id,
                row.account,
                row.broadcast,
                row.sender,
                row.people,
                row.open,
                _SHOWN.get(str(row.state), str(row.state)),
                row.called if row.msgid else None,
                row.confirmed,
                len(row.reminded),
            )
            for row in rows
        ]

    def remind(self, account: Account, task: int) -> None:
        msgid = noted_reminder(self.exchange.stores, wecom_tasks, account.id, task)
        client = PlatformClient(self.exchange, account, WECOM)
        client.call("remind_groupmsg_send", body={"msgid": msgid})
