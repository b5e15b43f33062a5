"""Mass messages to customers, one to one: gathered, made into tasks, confirmed by advisers (document 92135).

A task carries one text from one sender to up to 10,000 customers, so messages are gathered first: an adviser confirms
once, not once a batch.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.channels.attachments import KINDS
from siyu.channels.handing import Confirmed, Settle
from siyu.channels.platform.client import PlatformClient
from siyu.channels.protocol import Account, Message, Outcome
from siyu.channels.wecom.advisers import advisers_of
from siyu.channels.wecom.mass_tasks import Became, Receivers, call_task, fate_of, hash_of, keep_texts, task_values
from siyu.channels.wecom.sending_tables import wecom_sends, wecom_tasks
from siyu.storage import Stores, insert_into, sent

CUSTOMERS_MAX = 10_000
"""In one task."""

HANDED = Outcome("handed")
NO_ADVISER = Outcome("refused", "wecom_no_adviser")


@dataclass(frozen=True)
class Customers(Receivers):
    """Customers as receivers: each is a message of ``reach``, told of by ``tell``."""

    tell: Settle

    chat_type = "single"
    named = key = "external_userid"
    tasks = wecom_tasks
    unreachable = "wecom_not_reachable"
    gone = "wecom_not_a_friend"
    used_up = "wecom_quota_used"

    def open_ones(self, conn: Connection, task: int) -> list[str]:
        mine = sa.and_(wecom_sends.c.task == task, wecom_sends.c.state == "handed")
        return list(conn.execute(sa.select(wecom_sends.c.external_userid).where(mine)).scalars())

    def regather(self, conn: Connection, task: int) -> None:
        mine = sa.and_(wecom_sends.c.task == task, wecom_sends.c.state == "handed")
        conn.execute(sa.update(wecom_sends).where(mine).values(task=None, state="gathered"))
        conn.execute(sa.update(wecom_tasks).where(wecom_tasks.c.id == task).values(state="done", next=None, people=0))

    def settle(self, conn: Connection, task: int, became: Mapping[str, Became] | Became, at: datetime) -> int:
        return settle_sends(conn, self.tell, wecom_sends.c.task == task, became, at)


def gather(stores: Stores, account: Account, messages: Sequence[Message], rule: str) -> list[Outcome]:
    """Keep messages until their task is made, each once by its delivery id; whom nobody may write to is refused."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        senders = advisers_of(conn, account.id, [message.address for message in messages], rule)
        going = [message for message in messages if message.address in senders]
        if going:
            texts = {hashed: said for message in going for hashed, said in [_said(message.content)]}
            keep_texts(conn, texts)
            rows = sent(
                conn,
                delivery_id=(sa.Text, [message.delivery_id for message in going]),
                external_userid=(sa.Text, [message.address for message in going]),
                sender=(sa.Text, [senders[message.address] for message in going]),
                text=(sa.Text, [_said(message.content)[0] for message in going]),
            )
            broadcast = None if going[0].kind == "test" else going[0].broadcast
            fixed: dict[str, Any] = {
                "account": sa.literal(account.id, sa.BigInteger),
                "broadcast": sa.cast(sa.null(), sa.BigInteger) if broadcast is None else sa.literal(broadcast),
                "at": sa.literal(now, wecom_sends.c.at.type),
                "state": sa.literal("gathered"),
            }
            given = ("delivery_id", "external_userid", "sender", "text")
            chosen = sa.select(*(rows.c[name] for name in given), *fixed.values()).where(sa.true())
            insert = insert_into(conn, wecom_sends).from_select([*given, *fixed], chosen)
            conn.execute(insert.on_conflict_do_nothing())
    return [HANDED if message.address in senders else NO_ADVISER for message in messages]


def make_tasks(
    stores: Stores, client: PlatformClient, account: Account, complete: Collection[int | None], settle: Settle
) -> int:
    """Make tasks of what is gathered of *complete* broadcasts: an adviser confirms one, not one a batch.

    How many were made. Raises :class:`PlatformError` where no more can be made now; what was not stays gathered.
    """
    made, receivers = 0, Customers(settle)
    for broadcast, sender, text, people in _groups(stores, account.id):
        if broadcast not in complete:
            continue
        for _ in range(-(-people // CUSTOMERS_MAX)):
            task = _begin(stores, account.id, broadcast, sender, text)
            if task is None:
                break
            call_task(stores, client, account, receivers, task)
            made += 1
    return made


def settle_sends(
    conn: Connection,
    settle: Settle,
    which: sa.ColumnElement[bool],
    became: Mapping[str, Became] | Became,
    at: datetime,
) -> int:
    """Note what became of sends and tell of it: of the customers given, or the same of all of ``which``. Only those
    that are open; how many there were."""
    open_ones = sa.and_(which, wecom_sends.c.state.in_(("gathered", "handed")))
    rows = conn.execute(sa.select(wecom_sends.c.delivery_id, wecom_sends.c.external_userid).where(open_ones)).all()
    told: list[Confirmed] = []
    for row in rows:
        fate = fate_of(became, row.external_userid)
        if fate is not None:
            told.append(Confirmed(row.delivery_id, cast("Any", fate[0]), fate[1]))
    for state in sorted({each.state for each in told}):
        ids = sent(conn, id=(sa.Text, [each.delivery_id for each in told if each.state == state]))
        conn.execute(
            sa.update(wecom_sends)
            .where(wecom_sends.c.delivery_id.in_(sa.select(ids.c.id)))
            .values(state="sent" if state == "accepted" else state, at=at)
        )
    if told:
        settle(conn, told)
    return len(told)


def _said(content: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The text and attachments of a message, with their hash."""
    said = {"text": content.get("text", ""), "attachments": attachments_in(content)}
    return hash_of(said), said


def attachments_in(content: Mapping[str, str]) -> list[dict[str, str]]:
    """The attachments that the parts of a broadcast say, those that lack what they need left out."""
    said = [
        {"kind": kind} | {name: content[part] for part, name in parts.items() if content.get(part)}
        for kind, parts in _PARTS.items()
    ]
    return [each for each in said if all(field.name in each for field in KINDS[each["kind"]].fields if field.required)]


_PARTS: Mapping[str, Mapping[str, str]] = {
    "image": {"image": "medium"},
    "link": {
        "link_title": "title",
        "link_url": "url",
        "link_description": "description",
        "link_picture": "picture",
    },
    "miniprogram": {
        "program_title": "title",
        "program_appid": "appid",
        "program_page": "page",
        "program_cover": "medium",
    },
}


def _groups(stores: Stores, account: int) -> list[tuple[int | None, str, str, int]]:
    table = wecom_sends.c
    keys = (table.broadcast, table.sender, table.text)
    gathered = table.state == sa.literal_column("'gathered'")  # spelt out, so that SQLite sees that its index fits
    query = sa.select(*keys, sa.func.count()).where(table.account == account, gathered).group_by(*keys)
    with stores.ledger.read() as conn:
        return [(row[0], row[1], row[2], row[3]) for row in conn.execute(query)]


def _begin(stores: Stores, account: int, broadcast: int | None, sender: str, text: str) -> Row[Any] | None:
    """The row of a task, and its messages with it, before the call; None where nothing is left to hand over."""
    table, now = wecom_sends.c, stores.clock.now()
    mine = sa.and_(
        table.account == account,
        table.broadcast.is_not_distinct_from(broadcast),
        table.sender == sender,
        table.text == text,
        table.state == sa.literal_column("'gathered'"),
    )
    with stores.ledger.write() as conn:
        ids = [row.delivery_id for row in conn.execute(sa.select(table.delivery_id).where(mine).limit(CUSTOMERS_MAX))]
        if not ids:
            return None
        values = {**task_values(now, account, sender, text), "broadcast": broadcast, "people": len(ids)}
        task = conn.execute(sa.insert(wecom_tasks).values(values).returning(wecom_tasks)).one()
        asked = sent(conn, id=(sa.Text, ids))
        conn.execute(
            sa.update(wecom_sends)
            .where(table.delivery_id.in_(sa.select(asked.c.id)), table.state == "gathered")
            .values(task=task.id, state="handed", at=now)
        )
        return task
