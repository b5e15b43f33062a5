"""What callbacks say has changed, read again: single customers, single groups, whole short lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.news import News
from siyu.channels.wecom.contacts import customer
from siyu.channels.wecom.failures import NO_FRIENDSHIP, NO_SUCH_CUSTOMER
from siyu.channels.wecom.sync.company import read_tags
from siyu.channels.wecom.sync.context import Reading, at_once
from siyu.channels.wecom.sync.filling import fill, miss
from siyu.channels.wecom.sync.groups import read_group
from siyu.channels.wecom.sync.listing import Found, of_customer
from siyu.channels.wecom.tables import wecom_contacts, wecom_groups, wecom_reads

AT_ONCE = 6
CUSTOMERS_A_STEP = 120
GROUPS_A_STEP = 50


def read_changed(reading: Reading) -> None:
    """Until nothing is noted any more."""
    if _wanted(reading, "tags"):
        read_tags(reading)
    while groups := _groups(reading):
        for chat_id in groups:
            read_group(reading, chat_id)
            reading.progress(1, "groups")
    while customers := _customers(reading):
        answers = at_once(AT_ONCE, lambda each: _ask(reading, each), customers)
        reading.apply(lambda conn, answers=answers: _store(conn, reading.account.id, answers))
        reading.progress(len(customers), "contacts")


def _wanted(reading: Reading, what: str) -> bool:
    table = wecom_reads.c
    with reading.stores.ledger.read() as conn:
        mine = sa.and_(table.account == reading.account.id, table.what == what, table.of == "")
        later = sa.or_(table.begun.is_(None), table.begun < table.wanted)
        return conn.execute(sa.select(table.what).where(mine, table.wanted.is_not(None), later)).first() is not None


def _groups(reading: Reading) -> Sequence[str]:
    table = wecom_groups.c
    with reading.stores.ledger.read() as conn:
        unread = sa.or_(table.read.is_(None), table.read < table.reread)
        mine = sa.and_(table.account == reading.account.id, table.reread.is_not(None), table.dismissed.is_(None))
        return list(conn.execute(sa.select(table.chat_id).where(mine, unread).limit(GROUPS_A_STEP)).scalars())


def _customers(reading: Reading) -> Sequence[str]:
    table = wecom_contacts.c
    unread = sa.and_(table.reread.is_not(None), sa.or_(table.read.is_(None), table.read < table.reread))
    asked = sa.select(table.external_userid).distinct().where(table.account == reading.account.id, unread)
    with reading.stores.ledger.read() as conn:
        return list(conn.execute(asked.limit(CUSTOMERS_A_STEP)).scalars())


def _ask(reading: Reading, external_userid: str) -> tuple[str, Any, list[Found]]:
    at = reading.now()
    try:
        return external_userid, at, of_customer(customer(reading.client, external_userid), at)
    except PlatformError as error:
        if error.platform_code not in (NO_FRIENDSHIP, NO_SUCH_CUSTOMER):
            raise
        return external_userid, at, []


def _store(conn: Connection, account: int, answers: Sequence[tuple[str, Any, list[Found]]]) -> list[News]:
    news = fill(conn, account, [found for _, _, all_found in answers for found in all_found], apart=True)
    table = wecom_contacts
    for external_userid, at, _ in answers:
        _, gone = miss(conn, account, table.c.external_userid == external_userid, at)
        news += gone
        # Whoever ended meanwhile is not listed; there is nothing more to read of them. A clock behind the platform's
        # must not have the same customer read for ever.
        rest = sa.and_(table.c.account == account, table.c.external_userid == external_userid)
        read = sa.case((table.c.reread > at, table.c.reread), else_=sa.literal(at, table.c.read.type))
        conn.execute(sa.update(table).where(rest, table.c.reread.is_not(None)).values(read=read))
    return news
