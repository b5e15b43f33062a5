"""Members, departments and the library of tags: short lists, read whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.documents import number
from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.news import News
from siyu.channels.wecom import mirror
from siyu.channels.wecom.contacts import members_with_customers
from siyu.channels.wecom.fields import is_identifier, printable
from siyu.channels.wecom.sync.context import Reading
from siyu.channels.wecom.tables import wecom_departments, wecom_members, wecom_tags
from siyu.storage import CHUNK_ROWS

Rows = list[dict[str, Any]]


def read_tags(reading: Reading) -> None:
    """The whole library; tags that are no longer in it are gone."""
    position = reading.position("tags")
    answer = reading.client.call("get_corp_tag_list", body={})
    rows: Rows = []
    for group in cast("Rows", answer.get("tag_group") or []):
        for tag in cast("Rows", group.get("tag") or []):
            if is_identifier(tag.get("id")) and not (tag.get("deleted") or group.get("deleted")):
                rows.append(
                    {
                        "id": tag["id"],
                        "name": printable(str(tag.get("name") or "")),
                        "group": str(group.get("group_id") or ""),
                        "group_name": printable(str(group.get("group_name") or "")),
                        "place": number(tag.get("order")) or 0,
                        "told": position.begun,
                        "gone": None,
                    }
                )
    _whole(reading, wecom_tags, rows, "tags")


def read_company(reading: Reading) -> None:
    """Departments and members, as far as the app sees them; without the right to read them, only who may have
    customers."""
    try:
        departments = _departments(reading.client)
        members = _members(reading.client, departments)
    except PlatformError as error:
        if error.failure.kind != "ours" and error.platform_code != 48002:
            raise
        reading.skipped["departments"] = error.zh
    else:
        begun = reading.now()
        _whole(reading, wecom_departments, [{**row, "told": begun, "gone": None} for row in departments], "departments")
        _whole(reading, wecom_members, [{**row, "told": begun, "gone": None} for row in members], "members")
    follows = [userid for userid in members_with_customers(reading.client) if is_identifier(userid)]

    def note(conn: Connection) -> list[News]:
        table = wecom_members
        now = reading.now()
        of_account = table.c.account == reading.account.id
        conn.execute(sa.update(table).where(of_account, table.c.follows).values(follows=False))
        rows = [{"userid": userid, "follows": True, "told": now} for userid in dict.fromkeys(follows)]
        mirror.put(conn, table, reading.account.id, rows, always=True, keep=("told",))
        return []

    reading.apply(note)


def followers(reading: Reading) -> list[str]:
    """Members who may have customers, as last read."""
    table = wecom_members.c
    with reading.stores.ledger.read() as conn:
        mine = sa.and_(table.account == reading.account.id, table.follows)
        return list(conn.execute(sa.select(table.userid).where(mine).order_by(table.userid)).scalars())


def _departments(client: PlatformClient) -> Rows:
    listed = cast("Rows", client.call("department/simplelist").get("department_id") or [])
    rows: Rows = []
    for each in listed:
        department = number(each.get("id"))
        if department is None:
            continue
        told = client.call("department/get", params={"id": department}).get("department") or {}
        rows.append(
            {
                "id": department,
                "name": printable(str(told.get("name") or "")),
                "parent": number(each.get("parentid")),
                "place": number(each.get("order")),
            }
        )
    return rows


def _members(client: PlatformClient, departments: Rows) -> Rows:
    found: dict[str, dict[str, Any]] = {}
    for department in departments:
        answer = client.call("user/simplelist", params={"department_id": department["id"]})
        for each in cast("Rows", answer.get("userlist") or []):
            if is_identifier(each.get("userid")):
                found[each["userid"]] = {
                    "userid": each["userid"],
                    "name": printable(str(each.get("name") or "")),
                    "departments": ",".join(str(part) for part in each.get("department") or ()),
                }
    return list(found.values())


def _whole(reading: Reading, table: sa.Table, rows: Rows, what: str) -> None:
    """A whole list: its rows are there, all others are gone."""
    position = reading.position(what)
    began = min((row["told"] for row in rows), default=position.begun)
    for part in _parts(rows):
        reading.apply(lambda conn, part=part: _put(conn, table, reading.account.id, part))

    def close(conn: Connection) -> list[News]:
        now = reading.now()
        missing = sa.and_(table.c.account == reading.account.id, table.c.told < began, table.c.gone.is_(None))
        conn.execute(sa.update(table).where(missing).values(gone=now, told=now))
        position.found, position.done = len(rows), True
        reading.kept(conn, [position])
        return []

    reading.apply(close)
    reading.progress(0, what)


def _put(conn: Connection, table: sa.Table, account: int, rows: Rows) -> list[News]:
    mirror.put(conn, table, account, rows)
    return []


def _parts(rows: Rows) -> Sequence[Rows]:
    return [rows[first : first + CHUNK_ROWS // 4] for first in range(0, len(rows), CHUNK_ROWS // 4)]
