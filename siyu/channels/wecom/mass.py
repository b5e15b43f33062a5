"""Mass messages to customers, one to one: gathered, made into tasks, confirmed by advisers (document 92135).

A task carries one text from one sender to up to 10,000 customers, so messages are gathered first: an adviser confirms
once, not once a batch. The row of a task is on disk before its call. A call without an answer may have made one, so
it is looked for, and made again only when it surely was not (``mass_results.py``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.channels.attachments import KINDS
from siyu.channels.handing import Confirmed, Settle
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.failures import PlatformError
from siyu.channels.protocol import Account, Message, Outcome
from siyu.channels.wecom.advisers import advisers_of
from siyu.channels.wecom.attachments import attachments_of
from siyu.channels.wecom.sending_tables import wecom_sends, wecom_tasks, wecom_texts
from siyu.storage import NotFound, Stores, insert_into, sent

CUSTOMERS_MAX = 10_000
"""In one task."""
CALLING = timedelta(seconds=90)
"""Machine time: longer than a call may take."""
FIRST_LOOK = timedelta(seconds=30)
NO_RECEIVER = 41048
TEXT_BYTES_MAX = 4_000

HANDED = Outcome("handed")
NO_ADVISER = Outcome("refused", "wecom_no_adviser")


def gather(stores: Stores, account: Account, messages: Sequence[Message], rule: str) -> list[Outcome]:
    """Keep messages until their task is made, each once by its delivery id; whom nobody may write to is refused."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        senders = advisers_of(conn, account.id, [message.address for message in messages], rule)
        going = [message for message in messages if message.address in senders]
        if going:
            texts = {hashed: said for message in going for hashed, said in [_said(message.content)]}
            _keep_texts(conn, texts)
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
    made = 0
    for broadcast, sender, text, people in _groups(stores, account.id):
        if broadcast not in complete:
            continue
        for _ in range(-(-people // CUSTOMERS_MAX)):
            task = _begin(stores, account.id, broadcast, sender, text)
            if task is None:
                break
            _call(stores, client, account, task, settle)
            made += 1
    return made


def regather(conn: Connection, task: int) -> None:
    """The task surely is not at the platform: its messages wait for another."""
    mine = wecom_sends.c.task == task
    conn.execute(
        sa.update(wecom_sends).where(mine, wecom_sends.c.state == "handed").values(task=None, state="gathered")
    )
    conn.execute(sa.update(wecom_tasks).where(wecom_tasks.c.id == task).values(state="done", next=None, people=0))


def settle_sends(
    conn: Connection,
    settle: Settle,
    which: sa.ColumnElement[bool],
    confirmed: Sequence[tuple[str, str, str]] | None,
    *,
    at: datetime,
    otherwise: tuple[str, str] = ("", ""),
) -> int:
    """Note what became of sends and tell of it: of the (customer, state, reason) given, or ``otherwise`` (state,
    reason) of all of ``which``. Only those that are open; how many there were."""
    open_ones = sa.and_(which, wecom_sends.c.state.in_(("gathered", "handed")))
    rows = conn.execute(sa.select(wecom_sends.c.delivery_id, wecom_sends.c.external_userid).where(open_ones)).all()
    by_customer = None if confirmed is None else {customer: (state, reason) for customer, state, reason in confirmed}
    told: list[Confirmed] = []
    for row in rows:
        became = otherwise if by_customer is None else by_customer.get(row.external_userid)
        if became is not None:
            told.append(Confirmed(row.delivery_id, cast("Any", became[0]), became[1]))
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
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest(), said


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


def _keep_texts(conn: Connection, texts: Mapping[str, Mapping[str, Any]]) -> None:
    rows = [{"hash": hashed, **said} for hashed, said in texts.items()]
    conn.execute(insert_into(conn, wecom_texts).on_conflict_do_nothing(), rows)


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
        values = {
            "account": account,
            "broadcast": broadcast,
            "sender": sender,
            "text": text,
            "people": len(ids),
            "state": "calling",
            "called": now,
            "calling_until": datetime.now(UTC) + CALLING,
            "next": now,
            "reminded": [],
        }
        task = conn.execute(sa.insert(wecom_tasks).values(values).returning(wecom_tasks)).one()
        asked = sent(conn, id=(sa.Text, ids))
        conn.execute(
            sa.update(wecom_sends)
            .where(table.delivery_id.in_(sa.select(asked.c.id)), table.state == "gathered")
            .values(task=task.id, state="handed", at=now)
        )
        return task


def _call(stores: Stores, client: PlatformClient, account: Account, task: Row[Any], settle: Settle) -> None:
    """Make the task at the platform, and note what it said."""
    customers, said = content_of(stores, task)
    try:
        attachments = attachments_of(stores, client, account, said.attachments)
    except NotFound:
        _settle_all(stores, task.id, "wecom_medium_gone", settle)
        return
    except PlatformError as error:
        _refused(stores, task.id, error, settle, called=False)
        return
    body: dict[str, Any] = {"chat_type": "single", "external_userid": customers, "sender": task.sender}
    if said.text.strip():
        body["text"] = {"content": said.text}
    if attachments:
        body["attachments"] = attachments
    try:
        answer = client.call("add_msg_template", body=body)
    except PlatformError as error:
        _refused(stores, task.id, error, settle)
        return
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        failed = [(str(customer), "refused", "wecom_not_reachable") for customer in answer.get("fail_list") or []]
        if failed:
            settle_sends(conn, settle, wecom_sends.c.task == task.id, failed, at=now)
        conn.execute(
            sa.update(wecom_tasks)
            .where(wecom_tasks.c.id == task.id)
            .values(state="waiting", msgid=str(answer["msgid"]), calling_until=None, next=now + FIRST_LOOK)
        )


def content_of(stores: Stores, task: Row[Any]) -> tuple[list[str], Row[Any]]:
    """To whom a task goes (still), and what it says: text, attachments."""
    open_ones = sa.and_(wecom_sends.c.task == task.id, wecom_sends.c.state == "handed")
    with stores.ledger.read() as conn:
        customers = [row[0] for row in conn.execute(sa.select(wecom_sends.c.external_userid).where(open_ones))]
        said = conn.execute(sa.select(wecom_texts).where(wecom_texts.c.hash == task.text)).one()
    return customers, said


def _refused(stores: Stores, task: int, error: PlatformError, settle: Settle, *, called: bool = True) -> None:
    """No task, or nobody knows. ``called``: the call itself was made; before it, an upload is all that failed.
    Raises the error where the next call would fail like this one."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        if error.unknown and called:
            values: dict[str, Any] = {"state": "asking", "next": now + FIRST_LOOK, "calling_until": None}
            conn.execute(sa.update(wecom_tasks).where(wecom_tasks.c.id == task).values(**values))
            return
        if error.failure.kind in ("passing", "account"):
            regather(conn, task)
    if error.failure.kind in ("passing", "account"):
        raise error
    reason = "wecom_not_reachable" if error.platform_code == NO_RECEIVER else "wecom_task_refused"
    _settle_all(stores, task, reason, settle)


def _settle_all(stores: Stores, task: int, reason: str, settle: Settle) -> None:
    """There will be no such task: its people are refused, each for the same reason."""
    with stores.ledger.write() as conn:
        mine = wecom_sends.c.task == task
        settle_sends(conn, settle, mine, None, at=stores.clock.now(), otherwise=("refused", reason))
        conn.execute(sa.update(wecom_tasks).where(wecom_tasks.c.id == task).values(state="done", next=None))
