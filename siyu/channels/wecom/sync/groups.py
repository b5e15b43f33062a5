"""Customer groups and who is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import moment
from siyu.channels.platform.documents import number
from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.news import News
from siyu.channels.wecom import mirror
from siyu.channels.wecom.fields import is_identifier, printable
from siyu.channels.wecom.groups import joined_key, joined_news, left_news, told_without_code
from siyu.channels.wecom.sync.context import Reading
from siyu.channels.wecom.tables import wecom_group_members, wecom_groups

OWNERS_A_CALL = 100
GROUPS_A_PAGE = 1_000
CUSTOMER = 2
NO_GROUP = (40050, 90501, 90509, 86001, 86003)
"""What is answered for a group that is no more. ☆"""


def read_groups(reading: Reading, owners: Sequence[str]) -> None:
    """All groups of these owners, each with its members. Groups read by this job already are left out."""
    position = reading.position("groups")
    listed: dict[str, int | None] = {}
    for first in range(0, len(owners), OWNERS_A_CALL):
        body = {
            "status_filter": 0,
            "owner_filter": {"userid_list": list(owners[first : first + OWNERS_A_CALL])},
            "limit": GROUPS_A_PAGE,
        }
        for items, _ in reading.client.pages("groupchat/list", body):
            listed |= {
                each["chat_id"]: number(each.get("status")) for each in items if is_identifier(each.get("chat_id"))
            }
            reading.progress(0, "groups")
    for chat_id in _unread(reading, list(listed), position.begun):
        read_group(reading, chat_id, listed[chat_id])
        reading.progress(1, "groups")

    def close(conn: Connection) -> list[News]:
        table = wecom_groups
        missing = sa.and_(table.c.account == reading.account.id, table.c.owner.in_(owners), table.c.dismissed.is_(None))
        there = conn.execute(sa.select(table.c.chat_id).where(missing, table.c.told < position.begun)).all()
        gone = [row.chat_id for row in there if row.chat_id not in listed]
        mirror.put(
            conn,
            table,
            reading.account.id,
            [{"chat_id": chat_id, "told": position.begun, "dismissed": position.begun} for chat_id in gone],
        )
        position.found, position.done = len(listed), True
        reading.kept(conn, [position])
        return told_without_code(conn, reading.account.id, gone)

    reading.apply(close)


def _unread(reading: Reading, chats: Sequence[str], since: datetime) -> list[str]:
    with reading.stores.ledger.read() as conn:
        table = wecom_groups.c
        fresh = sa.and_(table.account == reading.account.id, table.read >= since)
        done = set(conn.execute(sa.select(table.chat_id).where(fresh)).scalars())
    return [chat_id for chat_id in chats if chat_id not in done]


def read_group(reading: Reading, chat_id: str, status: int | None = None) -> None:
    """One group and its members."""
    at = reading.now()
    try:
        answer = reading.client.call("groupchat/get", body={"chat_id": chat_id, "need_name": 0})
    except PlatformError as error:
        if error.platform_code not in NO_GROUP:
            raise
        answer = {}
    group = answer.get("group_chat") or {}
    reading.apply(lambda conn: _store(conn, reading.account.id, chat_id, group, status, at))


def _store(
    conn: Connection, account: int, chat_id: str, group: Mapping[str, Any], status: int | None, at: datetime
) -> list[News]:
    row: dict[str, Any] = {"chat_id": chat_id, "told": at, "read": at}
    if not group:
        mirror.put(conn, wecom_groups, account, [{**row, "dismissed": at}])
        return told_without_code(conn, account, [chat_id])
    row |= {
        "name": printable(str(group.get("name") or "")),
        "owner": str(group.get("owner") or ""),
        "notice": printable(str(group.get("notice") or "")),
        "created": _moment(group.get("create_time")),
        "version": str(group.get("member_version") or ""),
    }
    if status is not None:
        row["status"] = status
    mirror.put(conn, wecom_groups, account, [row])
    return _seat(conn, account, chat_id, list(_seats(cast("list[Any]", group.get("member_list") or []))), at)


@dataclass(slots=True)
class Seat:
    """Somebody in a group, as listed."""

    member: str
    customer: bool
    joined: datetime | None
    scene: int | None
    state: str
    unionid: str


def _seats(members: Iterable[Mapping[str, Any]]) -> Iterable[Seat]:
    for each in members:
        userid, unionid = each.get("userid"), each.get("unionid")
        if isinstance(userid, str) and is_identifier(userid):
            yield Seat(
                userid,
                each.get("type") == CUSTOMER,
                _moment(each.get("join_time")),
                number(each.get("join_scene")),
                printable(str(each.get("state") or "")),
                unionid if isinstance(unionid, str) and is_identifier(unionid) else "",
            )


def _seat(conn: Connection, account: int, chat_id: str, seats: Sequence[Seat], at: datetime) -> list[News]:
    """Who is there, who came and who left since; what a callback told later than this was asked stays."""
    table = wecom_group_members
    known = {
        row.member: row
        for row in conn.execute(sa.select(table).where(table.c.account == account, table.c.chat_id == chat_id))
    }
    news: list[News] = []
    rows: list[dict[str, Any]] = []
    for each in seats:
        before = known.get(each.member)
        joined = each.joined or at
        rows.append(
            {
                "chat_id": chat_id,
                "member": each.member,
                "customer": each.customer,
                "joined": joined,
                "scene": each.scene,
                "state": each.state,
                "untold": False,
                "told": at,
                "left": None,
            }
        )
        new = before is None or before.untold or (before.left is not None and before.told <= at)
        if each.customer and new:
            key = joined_key(account, chat_id, each.member, joined)
            news.append(joined_news(chat_id, each.member, joined, key, each.scene, each.state))
            if each.unionid:
                who = (("external_userid", each.member), ("unionid", each.unionid))
                news.append(News("", at, who, f"wecom:{account}:unionid:{each.member}:{each.unionid}"))
    mirror.put(conn, table, account, rows)
    there = {each.member for each in seats}
    gone = [row for member, row in known.items() if member not in there and row.left is None and row.told < at]
    return [*news, *_gone(conn, account, gone, at)]


def _gone(conn: Connection, account: int, rows: Sequence[Any], at: datetime) -> list[News]:
    """Who is in the group no longer, by its list; who came by a code and was not told of is told of first."""
    left = {"told": at, "left": at, "untold": False}
    changed = [{"chat_id": row.chat_id, "member": row.member, "customer": row.customer, **left} for row in rows]
    mirror.put(conn, wecom_group_members, account, changed)
    news: list[News] = []
    for row in rows:
        if row.untold and row.joined is not None:
            key = joined_key(account, row.chat_id, row.member, row.joined)
            news.append(joined_news(row.chat_id, row.member, row.joined, key, row.scene, ""))
        if row.customer:
            key = f"wecom:{account}:left:{row.chat_id}:{row.member}:{int(at.timestamp())}"
            news.append(left_news(row.chat_id, row.member, at, key, None))
    return news


def _moment(seconds: object) -> datetime | None:
    try:
        return moment(seconds) if seconds else None
    except ValueError:
        return None
