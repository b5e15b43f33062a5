"""Consents to subscription messages: each tap on "allow" is good for one message of one template.

Counted from what the platform tells of the dialogue (``subscribe_msg_popup_event``), of changes that people make in
their settings (``subscribe_msg_change_event``) and of what was sent (``subscribe_msg_sent_event``). Whoever declines
has none left. The count is ours, the platform's is the true one: where it answers that none is left, ours becomes 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.protocol import Bar
from siyu.channels.wechat.tables import wechat_grants as table
from siyu.storage import insert_into, sent


class Answered(NamedTuple):
    """What a person answered for one template."""

    openid: str
    template: str
    agreed: bool
    at: datetime


def count_answers(conn: Connection, account: int, answers: Sequence[Answered]) -> None:
    """Take in what people answered, in the order of time."""
    for each in answers:
        values = {
            "granted": int(each.agreed),
            "agreed": each.at if each.agreed else None,
            "declined": None if each.agreed else each.at,
        }
        made = insert_into(conn, table).values(account=account, openid=each.openid, template=each.template, **values)
        if each.agreed:
            # Told late, of a time before they declined: it no longer counts.
            later = sa.or_(table.c.declined.is_(None), table.c.declined < each.at)
            set_ = {"granted": table.c.granted + 1, "agreed": each.at}
        else:
            later = sa.or_(table.c.agreed.is_(None), table.c.agreed <= each.at)
            set_ = {"granted": 0, "declined": each.at}
        conn.execute(
            made.on_conflict_do_update(index_elements=["account", "openid", "template"], set_=set_, where=later)
        )


def no_grant(account: int, template: str) -> Bar:
    """One message for each consent, and no more."""

    def holds(address: sa.ColumnElement[str], now: datetime) -> sa.ColumnElement[bool]:
        return sa.not_(
            sa.exists().where(
                table.c.account == account,
                table.c.openid == address,
                table.c.template == template,
                table.c.granted > 0,
            )
        )

    return Bar("no_grant", holds)


def take_grants(conn: Connection, account: int, template: str, openids: Sequence[str]) -> set[str]:
    """Use one consent of each who has one; who they are."""
    rows = sent(conn, openid=(sa.Text, list(openids)))
    taken = conn.execute(
        sa.update(table)
        .where(_of(account, template), table.c.openid.in_(sa.select(rows.c.openid)), table.c.granted > 0)
        .values(granted=table.c.granted - 1)
        .returning(table.c.openid)
    )
    return set(taken.scalars())


def give_grants_back(conn: Connection, account: int, template: str, openids: Sequence[str]) -> None:
    """The message surely did not go."""
    rows = sent(conn, openid=(sa.Text, list(openids)))
    conn.execute(
        sa.update(table)
        .where(_of(account, template), table.c.openid.in_(sa.select(rows.c.openid)))
        .values(granted=table.c.granted + 1)
    )


def none_left(conn: Connection, account: int, template: str, openids: Sequence[str]) -> None:
    """The platform says so."""
    rows = sent(conn, openid=(sa.Text, list(openids)))
    conn.execute(
        sa.update(table).where(_of(account, template), table.c.openid.in_(sa.select(rows.c.openid))).values(granted=0)
    )


def _of(account: int, template: str) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.account == account, table.c.template == template)
