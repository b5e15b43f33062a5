"""Members and departments: come, change, leave (C.5). A change names only what changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback
from siyu.channels.platform.documents import number, text
from siyu.channels.platform.news import News
from siyu.channels.wecom import mirror
from siyu.channels.wecom.acquisition.tables import wecom_link_customers
from siyu.channels.wecom.changes.family import Family, change_of, needing
from siyu.channels.wecom.fields import split, told
from siyu.channels.wecom.tables import wecom_contacts, wecom_departments, wecom_group_members, wecom_members
from siyu.channels.wecom.transfers.tables import wecom_handovers, wecom_unassigned

EVENT = "change_contact"
ACTIVE = 1


def apply(conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
    """Into the mirror. Nobody's life changes by it."""
    for each in callbacks:
        change = change_of(each)
        if change.endswith("_user"):
            _user(conn, account, change, each)
        else:
            _party(conn, account, change, each)
    return []


def _user(conn: Connection, account: int, change: str, callback: Callback) -> None:
    fields, at = callback.fields, callback.time
    userid = text(fields, "UserID")
    if change == "delete_user":
        mirror.put(conn, wecom_members, account, [{"userid": userid, "told": at, "gone": at, "follows": False}])
        return
    renamed = told(fields, "NewUserID")
    if renamed and renamed != userid:
        _rename(conn, account, userid, renamed)
    row: dict[str, Any] = {"userid": renamed or userid, "told": at, "gone": None}
    for field, column in (("Name", "name"), ("Position", "position")):
        if field in fields:
            row[column] = told(fields, field)
    if "Department" in fields:
        row["departments"] = ",".join(split(fields, "Department"))
    if "Status" in fields:
        row["active"] = number(text(fields, "Status")) == ACTIVE
    mirror.put(conn, wecom_members, account, [row])


def _rename(conn: Connection, account: int, old: str, new: str) -> None:
    """Everything that names a member by an id names them by the new one. What is under the new one already stays."""
    for table, column in (
        (wecom_members, wecom_members.c.userid),
        (wecom_contacts, wecom_contacts.c.userid),
        (wecom_group_members, wecom_group_members.c.member),
        (wecom_link_customers, wecom_link_customers.c.userid),
        (wecom_unassigned, wecom_unassigned.c.userid),
        (wecom_handovers, wecom_handovers.c.giver),
        (wecom_handovers, wecom_handovers.c.taker),
    ):
        other = table.alias()
        keys = [each for each in table.primary_key.columns if each.name != column.name]
        there = (
            sa.select(sa.literal(1))
            .where(other.c[column.name] == new, *(other.c[key.name] == key for key in keys))
            .correlate(table)
            .exists()
        )
        conn.execute(
            sa.update(table).where(table.c.account == account, column == old, sa.not_(there)).values({column.name: new})
        )


def _party(conn: Connection, account: int, change: str, callback: Callback) -> None:
    fields, at = callback.fields, callback.time
    row: dict[str, Any] = {"id": number(text(fields, "Id")) or 0, "told": at}
    row["gone"] = _gone(change, at)
    if "Name" in fields:
        row["name"] = told(fields, "Name")
    if "ParentId" in fields:
        row["parent"] = number(text(fields, "ParentId"))
    if "Order" in fields:
        row["place"] = number(text(fields, "Order"))
    mirror.put(conn, wecom_departments, account, [row])


def _gone(change: str, at: datetime) -> datetime | None:
    return at if change == "delete_party" else None


FAMILY = Family(
    {
        **needing(EVENT, ("create_user", "update_user", "delete_user"), "UserID"),
        **needing(EVENT, ("create_party", "update_party", "delete_party"), "Id"),
    },
    apply,
)
