"""Codes at WeCom: contact ways (D.3), by which customers add members, and join ways (D.7), which lead into groups."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from siyu.channels.accounts import usable_account
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.tables import wecom_departments, wecom_group_members, wecom_groups, wecom_members
from siyu.storage import BadInput, Stores, sent

Kind = Literal["contact", "join"]
KINDS: dict[Kind, tuple[str, str]] = {
    "contact": ("渠道码（加员工）", "Contact code (adds an adviser)"),
    "join": ("入群码（进群）", "Group code (joins a group)"),
}
STATE_CHARACTERS_MAX = 30
REMARK_CHARACTERS_MAX = 30
ROOM_NAME_CHARACTERS_MAX = 40
USERS_MAX = 100
GROUPS_MAX = 5
GROUP_FULL, FULL_USUAL = "group_full", 180
"""The account's setting: with how many a group code leads to the next group. A scan leads into none of 200. ☆"""
SHOWN_MAX = 200
"""Members, departments or groups that a form offers."""
SEVERAL, AS_PICTURE = 2, 2
"""Of WeCom's types and scenes: a code for several members (which may have one), as a picture."""
GONE = 41044
CLOCKS_APART = timedelta(seconds=300)
LOOK_PATIENCE_SECONDS = 10.0


class Way(msgspec.Struct, frozen=True):
    """What WeCom is told of a code. Of a contact way: ``users``, ``departments``, ``skip_verify`` (friends without a
    word of the adviser). Of a join way: ``groups`` (chat ids, five at most), and whether further groups are founded
    when they are full, called ``room_name`` and a number from ``room_number`` on. ``resting`` groups are full enough:
    nobody is led into them until some have left."""

    remark: str = ""
    users: tuple[str, ...] = ()
    departments: tuple[int, ...] = ()
    skip_verify: bool = True
    groups: tuple[str, ...] = ()
    auto_create: bool = True
    room_name: str = ""
    room_number: int = 1
    resting: tuple[str, ...] = ()


class Made(msgspec.Struct, frozen=True):
    """A code at WeCom; ``qr``: where its picture is."""

    config_id: str
    qr: str


class Choice(msgspec.Struct, frozen=True):
    """A member, department or group that a code may lead to."""

    id: str
    name: str


def client_of(stores: Stores, exchange: Exchange, account: int) -> PlatformClient:
    """To be called for somebody who looks on. Raises :class:`NotFound`, :class:`BadInput`."""
    ready = usable_account(stores, account)
    if ready.channel != "wecom":
        raise BadInput(
            "account_has_no_codes", "只有企业微信账号可以建渠道码。", "Only WeCom accounts have codes.", field="account"
        )
    return PlatformClient(exchange, ready, WECOM, patience=LOOK_PATIENCE_SECONDS)


def add_way(client: PlatformClient, kind: Kind, state: str, way: Way) -> Made:
    """Have a code made. Raises :class:`PlatformError`; ``unknown``: it may be there all the same."""
    body = {"state": state, **_told(kind, way)}
    if kind == "contact":
        answer = client.call("add_contact_way", body={"type": SEVERAL, "scene": AS_PICTURE, **body})
        return Made(str(answer["config_id"]), str(answer.get("qr_code") or ""))
    answer = client.call("add_join_way", body={"scene": AS_PICTURE, **body})
    return Made(str(answer["config_id"]), "")


def change_way(client: PlatformClient, kind: Kind, config_id: str, state: str, way: Way) -> None:
    """Tell it anew, whole; doing it again changes nothing. Raises :class:`PlatformError`."""
    body = {"config_id": config_id, "state": state, **_told(kind, way)}
    if kind == "contact":
        client.call("update_contact_way", body=body)
    else:
        client.call("update_join_way", body={"scene": AS_PICTURE, **body})


def with_groups_made(client: PlatformClient, config_id: str, known: Way, wanted: Way) -> Way:
    """``wanted``, with the groups that WeCom founded meanwhile behind the code and the number it is at: being told a
    way anew it forgets them. ``known``: as it was told last. Raises :class:`PlatformError`."""
    there = _read(client, "join", config_id)
    listed = [str(each) for each in there.get("chat_id_list") or []]
    made = [each for each in listed if each not in (*known.groups, *wanted.groups)]
    room = max(wanted.room_number, int(there.get("room_base_id") or 1))
    if wanted.room_number != known.room_number:  # the operator counts anew
        room = wanted.room_number
    if made:  # the full ones are the first to go
        open_ones = [each for each in wanted.groups if each not in wanted.resting]
        full = [each for each in wanted.groups if each in wanted.resting]
        groups = [*full, *open_ones, *made][-GROUPS_MAX:]
        resting = tuple(each for each in wanted.resting if each in groups)
        wanted = msgspec.structs.replace(wanted, groups=tuple(groups), resting=resting)
    return msgspec.structs.replace(wanted, room_number=room)


def seats_taken(stores: Stores, account: int, groups: Sequence[str]) -> dict[str, int]:
    """How many are in each group, as far as the mirror knows."""
    seat = wecom_group_members.c
    with stores.ledger.read() as conn:
        asked = sent(conn, chat_id=(sa.Text, list(groups)))
        there = sa.and_(seat.account == account, seat.chat_id.in_(sa.select(asked.c.chat_id)), seat.left.is_(None))
        query = sa.select(seat.chat_id, sa.func.count()).where(there).group_by(seat.chat_id)
        return {str(row[0]): int(row[1]) for row in conn.execute(query)}


def remove_way(client: PlatformClient, kind: Kind, config_id: str) -> None:
    """Remove it; one that is gone already is no error. Raises :class:`PlatformError`."""
    try:
        client.call("del_contact_way" if kind == "contact" else "del_join_way", body={"config_id": config_id})
    except PlatformError as error:
        if error.platform_code != GONE:
            raise


def picture_of(client: PlatformClient, kind: Kind, config_id: str) -> str:
    """The address of its picture. Raises :class:`PlatformError`."""
    found = _read(client, kind, config_id)
    return str(found.get("qr_code") or "")


Known = Callable[[Sequence[str]], Collection[str]]
"""Of config ids those that are known here."""


def find_way(client: PlatformClient, state: str, since: datetime, until: datetime, known: Known) -> Made | None:
    """The contact way with that state among those made in this time that are not ``known`` here by their config ids;
    None where there is none. (Join ways are not listed by WeCom.) Raises :class:`PlatformError`."""
    for config_id in _listed(client, since, until, known):
        try:
            found = _read(client, "contact", config_id)
        except PlatformError as error:
            if error.platform_code != GONE:
                raise
            continue
        if str(found.get("state") or "") == state:
            return Made(config_id, str(found.get("qr_code") or ""))
    return None


def _listed(client: PlatformClient, since: datetime, until: datetime, known: Known) -> Iterator[str]:
    start, end = since - CLOCKS_APART, until + CLOCKS_APART
    body = {"start_time": int(start.timestamp()), "end_time": int(end.timestamp()), "limit": 100}
    for page, _ in client.pages("list_contact_way", body):
        names = [str(each.get("config_id")) for each in page]
        ours = known(names)
        yield from (each for each in names if each not in ours)


def _read(client: PlatformClient, kind: Kind, config_id: str) -> dict[str, Any]:
    name = "contact_way" if kind == "contact" else "join_way"
    return dict(client.call(f"get_{name}", body={"config_id": config_id}).get(name) or {})


def _told(kind: Kind, way: Way) -> dict[str, Any]:
    if kind == "contact":
        return {
            "remark": way.remark,
            "skip_verify": way.skip_verify,
            "user": list(way.users),
            "party": list(way.departments),
        }
    return {
        "remark": way.remark,
        "chat_id_list": [each for each in way.groups if each not in way.resting],
        "auto_create_room": int(way.auto_create),
        "room_base_name": way.room_name,
        "room_base_id": way.room_number,
    }


# --- what a code may lead to, as far as the mirror knows


def members_known(stores: Stores, account: int) -> list[Choice]:
    """Members who may have customers."""
    member = wecom_members.c
    there = sa.and_(member.account == account, member.gone.is_(None), member.follows)
    return _choices(stores, sa.select(member.userid, member.name).where(there).order_by(member.userid))


def departments_known(stores: Stores, account: int) -> list[Choice]:
    """Departments, in their order."""
    department = wecom_departments.c
    there = sa.and_(department.account == account, department.gone.is_(None))
    return _choices(stores, sa.select(department.id, department.name).where(there).order_by(department.id))


def groups_known(stores: Stores, account: int) -> list[Choice]:
    """Groups that were not dismissed, the newest first."""
    group = wecom_groups.c
    there = sa.and_(group.account == account, group.dismissed.is_(None))
    return _choices(stores, sa.select(group.chat_id, group.name).where(there).order_by(group.created.desc()))


def names_of(stores: Stores, account: int, kind: Kind, ids: Sequence[str]) -> dict[str, str]:
    """Names of members (of a contact way's figures) or groups (of a join way's), where they are known."""
    key, table = (
        (wecom_members.c.userid, wecom_members) if kind == "contact" else (wecom_groups.c.chat_id, wecom_groups)
    )
    with stores.ledger.read() as conn:
        query = sa.select(key, table.c.name).where(table.c.account == account, key.in_(list(ids)[:1_000]))
        return {str(row[0]): str(row[1]) for row in conn.execute(query) if row[1]}


def _choices(stores: Stores, query: sa.Select[Any]) -> list[Choice]:
    with stores.ledger.read() as conn:
        return [Choice(str(row[0]), str(row[1])) for row in conn.execute(query.limit(SHOWN_MAX))]
