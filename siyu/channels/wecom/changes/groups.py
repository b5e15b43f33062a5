"""Customer groups: made, changed, joined, left, dismissed (C.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback
from siyu.channels.platform.documents import number, text
from siyu.channels.platform.news import News
from siyu.channels.wecom import mirror
from siyu.channels.wecom.changes.family import Family, change_of, key_of, needing
from siyu.channels.wecom.fields import items
from siyu.channels.wecom.friendship import NEVER
from siyu.channels.wecom.groups import (
    BY_CODE,
    is_customer,
    joined_key,
    joined_news,
    left_news,
    told_without_code,
)
from siyu.channels.wecom.tables import wecom_group_members, wecom_groups
from siyu.channels.wecom.wanted import call_for_reading, settled

SCENES = {0: 1, 3: BY_CODE}
"""Of a callback's ``JoinScene`` in the list's words: invited, by a code."""


@dataclass(slots=True)
class Group:
    """A group as far as the platform told."""

    chat_id: str
    told: datetime = NEVER
    version: str = ""
    dismissed: datetime | None = None
    reread: datetime | None = None


@dataclass(slots=True)
class Seat:
    """Somebody in a group, now or before."""

    chat_id: str
    member: str
    customer: bool
    joined: datetime | None = None
    scene: int | None = None
    untold: bool = False
    told: datetime = NEVER
    left: datetime | None = None


_GROUP = tuple(Group.__slots__)
_SEAT = tuple(Seat.__slots__)
Seats = dict[tuple[str, str], Seat]


def apply(conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
    """Into the mirror; who joined and left."""
    groups = _groups(conn, account, list(dict.fromkeys(str(each.fields["ChatId"]) for each in callbacks)))
    seats = _seats(conn, account, callbacks)
    news: list[News] = []
    for each in callbacks:
        group = groups[str(each.fields["ChatId"])]
        detail = text(each.fields, "UpdateDetail")
        if change_of(each) == "update" and detail in ("add_member", "del_member"):
            movers = [seats[group.chat_id, who] for who in _movers(each)]
            news += [told for seat in movers for told in _moved(each, seat, detail == "add_member")]
            if any(seat.untold for seat in movers):
                group.reread = mirror.latest(group.reread, settled(each.time))
        _note(group, each)
    mirror.put(conn, wecom_groups, account, [_row(each, _GROUP) for each in groups.values()], always=True)
    mirror.put(conn, wecom_group_members, account, [_row(each, _SEAT) for each in seats.values()], always=True)
    news += _empty(conn, account, [each for each in groups.values() if each.dismissed])
    if any(each.reread for each in groups.values()):
        call_for_reading(conn, account, max(each.time for each in callbacks))
    return news


def _note(group: Group, callback: Callback) -> None:
    change, at = change_of(callback), callback.time
    if change == "dismiss":
        group.dismissed = group.dismissed or at
    else:
        before, after = text(callback.fields, "LastMemVer"), text(callback.fields, "CurMemVer")
        moved = number(text(callback.fields, "MemChangeCnt")) or 0
        if before and before == group.version and moved > 0 and len(_movers(callback)) == moved:
            group.version = after  # the change is all there is to know
        else:
            group.reread = mirror.latest(group.reread, settled(at))
    group.told = max(group.told, at)


def _movers(callback: Callback) -> list[str]:
    return list(dict.fromkeys(items(callback.fields, "MemChangeList")))


def _moved(callback: Callback, seat: Seat, came: bool) -> list[News]:
    """Somebody came or went: the later word counts; either is told, customers only. A callback of a joining that the
    list showed before tells nothing; one by a code waits until the group was read."""
    at, latest = callback.time, callback.time >= seat.told
    known = came and seat.joined is not None and seat.left is None and at <= max(seat.told, seat.joined)
    waited = seat.untold and latest and not came
    if latest:
        seat.told = at
        _came(callback, seat, known) if came else _left(callback, seat)
    if known or not seat.customer or (came and latest and seat.untold):
        return []
    key = key_of(callback, seat.member)
    if came:
        return [joined_news(seat.chat_id, seat.member, at, key, _scene(callback), "")]
    news = [left_news(seat.chat_id, seat.member, at, key, number(text(callback.fields, "QuitScene")) == 1)]
    if waited and seat.joined is not None:  # gone before the group was read: by which code nobody knows
        before = joined_key(callback.account, seat.chat_id, seat.member, seat.joined)
        news.insert(0, joined_news(seat.chat_id, seat.member, seat.joined, before, BY_CODE, ""))
    return news


def _came(callback: Callback, seat: Seat, known: bool) -> None:
    seat.joined = seat.joined if known else callback.time
    seat.scene, seat.left = _scene(callback) or seat.scene, None
    seat.untold = seat.untold or (seat.customer and not known and seat.scene == BY_CODE)


def _left(callback: Callback, seat: Seat) -> None:
    seat.left, seat.untold = callback.time, False


def _scene(callback: Callback) -> int | None:
    return SCENES.get(number(text(callback.fields, "JoinScene")) or 0)


def _groups(conn: Connection, account: int, chats: list[str]) -> dict[str, Group]:
    found = {chat: Group(chat) for chat in chats}
    for row in mirror.look_up(conn, wecom_groups, account, [(chat,) for chat in chats], _GROUP):
        found[row[0]] = Group(*row)
    return found


def _seats(conn: Connection, account: int, callbacks: Sequence[Callback]) -> Seats:
    keys = dict.fromkeys((str(each.fields["ChatId"]), who) for each in callbacks for who in _movers(each))
    found: Seats = {(chat, who): Seat(chat, who, is_customer(who)) for chat, who in keys}
    for row in mirror.look_up(conn, wecom_group_members, account, list(keys), _SEAT):
        found[row[0], row[1]] = Seat(*row)
    return found


def _row(each: Group | Seat, names: tuple[str, ...]) -> dict[str, object]:
    return {name: getattr(each, name) for name in names}


def _empty(conn: Connection, account: int, dismissed: Sequence[Group]) -> list[News]:
    """Nobody is in a group that is no more (at most 500 are in one)."""
    seat = wecom_group_members
    news = told_without_code(conn, account, [each.chat_id for each in dismissed])
    for each in dismissed:
        there = sa.and_(seat.c.account == account, seat.c.chat_id == each.chat_id, seat.c.left.is_(None))
        conn.execute(sa.update(seat).where(there).values(left=each.dismissed, told=each.dismissed))
    return news


FAMILY = Family(needing("change_external_chat", ("create", "update", "dismiss"), "ChatId"), apply)
