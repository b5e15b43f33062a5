"""How long and how often a person may be answered: after they wrote, or did something.

After a message: 5 answers within 48 hours. After a follow, a scan or a tap on the menu (of a mini program: entering the
chat): a few within a minute. A later cause opens the window anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.protocol import Bar
from siyu.channels.wechat.tables import wechat_windows as table
from siyu.storage import insert_into, sent
from siyu.storage.ledger import to_millis

WROTE, ACTED = "wrote", "acted"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one cause allows: ``answers`` within ``lasts``."""

    lasts: timedelta
    answers: int


class Opened(NamedTuple):
    openid: str
    cause: str
    at: datetime


def open_windows(conn: Connection, account: int, allowances: Mapping[str, Allowance], opened: Sequence[Opened]) -> None:
    """Take in what opens windows; ``opened`` in the order of time."""
    last = {(each.openid, each.cause): each for each in opened}
    if not last:
        return
    rows = sent(
        conn,
        openid=(sa.Text, [each.openid for each in last.values()]),
        cause=(sa.Text, [each.cause for each in last.values()]),
        opened=(sa.BigInteger, [to_millis(each.at) for each in last.values()]),
        until=(sa.BigInteger, [to_millis(each.at + allowances[each.cause].lasts) for each in last.values()]),
        remaining=(sa.Integer, [allowances[each.cause].answers for each in last.values()]),
    )
    columns = ("openid", "cause", "opened", "until", "remaining")
    typed = [sa.type_coerce(rows.c[name], table.c[name].type) for name in columns]
    chosen = sa.select(sa.literal(account, sa.BigInteger), *typed).where(sa.true())
    made = insert_into(conn, table).from_select(["account", *columns], chosen)
    made = made.on_conflict_do_update(
        index_elements=["account", "openid", "cause"],
        set_={name: made.excluded[name] for name in ("opened", "until", "remaining")},
        where=table.c.opened < made.excluded.opened,
    )
    conn.execute(made)


def close_windows(conn: Connection, account: int, openids: Sequence[str]) -> None:
    """The platform says that no more answers are allowed."""
    rows = sent(conn, openid=(sa.Text, list(openids)))
    conn.execute(
        sa.update(table)
        .where(table.c.account == account, table.c.openid.in_(sa.select(rows.c.openid)))
        .values(remaining=0)
    )


def window_closed(account: int) -> Bar:
    """Nobody may be answered who has not just written or done something."""

    def holds(address: sa.ColumnElement[str], now: datetime) -> sa.ColumnElement[bool]:
        return sa.not_(sa.exists().where(table.c.openid == address, _open(account, now)))

    return Bar("window_closed", holds)


def take_answers(conn: Connection, account: int, openids: Sequence[str], now: datetime) -> dict[str, str]:
    """One answer for each who may be answered: open id → the cause it was taken from. The long window goes first."""
    taken: dict[str, str] = {}
    for cause in (WROTE, ACTED):
        rows = sent(conn, openid=(sa.Text, [each for each in openids if each not in taken]))
        found = conn.execute(
            sa.update(table)
            .where(table.c.cause == cause, table.c.openid.in_(sa.select(rows.c.openid)), _open(account, now))
            .values(remaining=table.c.remaining - 1)
            .returning(table.c.openid)
        )
        taken |= dict.fromkeys(found.scalars(), cause)
    return taken


def give_answers_back(conn: Connection, account: int, openids: Sequence[str]) -> None:
    """The answer surely did not go."""
    rows = sent(conn, openid=(sa.Text, list(openids)))
    conn.execute(
        sa.update(table)
        .where(table.c.account == account, table.c.openid.in_(sa.select(rows.c.openid)), table.c.cause == WROTE)
        .values(remaining=table.c.remaining + 1)
    )


def _open(account: int, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.account == account, table.c.until > now, table.c.remaining > 0)
