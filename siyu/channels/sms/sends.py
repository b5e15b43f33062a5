"""Record before act: a row for each message before its call, what became of it after.

What was accepted is never called for again. A row that still says *calling* stands for a call whose answer was lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.protocol import Message, Outcome
from siyu.channels.sms.tables import sms_sends as table
from siyu.storage import insert_into, sent

CALLING, ACCEPTED = "calling", "accepted"


@dataclass(frozen=True, slots=True)
class Begun:
    """``new``: to call for now; ``told``: accepted before; ``unanswered``: called for, and when."""

    new: Sequence[Message]
    told: Mapping[str, Outcome]
    unanswered: Sequence[tuple[Message, datetime]]


def begin(conn: Connection, account: int, messages: Sequence[Message], now: datetime) -> Begun:
    """Write a row for each new message. One that another worker writes at this moment is nobody's here."""
    ids = sent(conn, delivery_id=(sa.Text, [message.delivery_id for message in messages]))
    mine = sa.and_(table.c.account == account, table.c.delivery_id.in_(sa.select(ids.c.delivery_id)))
    known = {row.delivery_id: row for row in conn.execute(sa.select(table).where(mine))}
    rows = [
        {"account": account, "delivery_id": each.delivery_id, "at": now, "state": CALLING}
        for each in messages
        if each.delivery_id not in known
    ]
    made = insert_into(conn, table).on_conflict_do_nothing().returning(table.c.delivery_id)
    mine_now = set(conn.execute(made, rows).scalars()) if rows else set[str]()
    new = [message for message in messages if message.delivery_id in mine_now]
    told = {number: accepted(row.biz_id) for number, row in known.items() if row.state == ACCEPTED}
    waiting = [(each, known[each.delivery_id].at) for each in messages if each.delivery_id in known]
    return Begun(new, told, [(each, at) for each, at in waiting if each.delivery_id not in told])


def call_again(
    conn: Connection, account: int, lost: Sequence[tuple[Message, datetime]], now: datetime
) -> list[Message]:
    """Those, with the time of the call that came to nothing, that are called for now: not what another worker, or a
    report, has taken up since."""
    taken: list[Message] = []
    for message, at in lost:
        mine = sa.and_(table.c.account == account, table.c.delivery_id == message.delivery_id)
        unchanged = sa.and_(table.c.state == CALLING, table.c.at == at)
        if conn.execute(sa.update(table).where(mine, unchanged).values(at=now)).rowcount:
            taken.append(message)
    return taken


def end(conn: Connection, account: int, outcomes: Mapping[str, Outcome]) -> None:
    """Write what became of them, by delivery id."""
    taken = {number: str(each.answer.get("biz_id", "")) for number, each in outcomes.items() if each.kind == "accepted"}
    gone = [number for number, outcome in outcomes.items() if outcome.kind in ("refused", "passing")]
    mark_accepted(conn, account, taken)
    if gone:
        ids = sent(conn, delivery_id=(sa.Text, gone))
        not_taken = sa.and_(table.c.account == account, table.c.state == CALLING)
        conn.execute(sa.delete(table).where(not_taken, table.c.delivery_id.in_(sa.select(ids.c.delivery_id))))


def mark_accepted(conn: Connection, account: int, taken: Mapping[str, str]) -> None:
    """These reached the service, as its answer says, or a report: delivery id → its own number."""
    if taken:
        ids = sent(conn, delivery_id=(sa.Text, list(taken)), biz_id=(sa.Text, list(taken.values())))
        its = sa.select(ids.c.biz_id).where(ids.c.delivery_id == table.c.delivery_id).scalar_subquery()
        mine = sa.and_(table.c.account == account, table.c.delivery_id.in_(sa.select(ids.c.delivery_id)))
        conn.execute(sa.update(table).where(mine, table.c.state == CALLING).values(state=ACCEPTED, biz_id=its))


def accepted(biz_id: str) -> Outcome:
    return Outcome("accepted", answer={"biz_id": biz_id} if biz_id else {})
