"""Who sends to a customer: one of the members they are friends with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.wecom.tables import wecom_contacts, wecom_members
from siyu.storage import Stores, sent

FRIEND = "friend"
RULES = ("latest", "first")


def advisers_of(conn: Connection, account: int, customers: Sequence[str], rule: str) -> dict[str, str]:
    """The member who sends to each of these customers: the one who became a friend last (``latest``) or ``first``.
    Customers without a friend are left out."""
    asked = sent(conn, external_userid=(sa.Text, list(customers)))
    table = wecom_contacts.c
    mine = sa.and_(table.account == account, table.external_userid == asked.c.external_userid, table.state == FRIEND)
    # An outer join, so that SQLite looks up what is asked for; it would go through all contacts for each otherwise.
    found = conn.execute(
        sa.select(table.external_userid, table.userid, table.since, table.told).join_from(
            asked, wecom_contacts, mine, isouter=True
        )
    )
    rows = [row for row in found if row.userid is not None]
    rows.sort(key=lambda row: (row.since or row.told, row.userid), reverse=rule == "first")
    return {row.external_userid: row.userid for row in rows}  # of several, the last word


def names_of(stores: Stores, userids: Iterable[str]) -> dict[str, str]:
    """User id → name, of those whose name is known, of whichever account."""
    member = wecom_members.c
    with stores.ledger.read() as conn:
        asked = sent(conn, userid=(sa.Text, list(set(userids))))
        named = sa.and_(member.userid.in_(sa.select(asked.c.userid)), member.name != "")
        return {row.userid: row.name for row in conn.execute(sa.select(member.userid, member.name).where(named))}


def is_friend(account: int, customer: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """SQL: whether a customer has a member who may write to them."""
    table = wecom_contacts.c
    return sa.exists().where(table.account == account, table.external_userid == customer, table.state == FRIEND)
