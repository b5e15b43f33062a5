"""Who may be written to: after they wrote (24 hours, 6 messages), entered the chat (30 seconds, 3), or allowed it by
button (once a day, 3 messages). A message takes its place in a window before the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.douyin.tables import douyin_windows as table
from siyu.channels.protocol import Bar
from siyu.storage import insert_into, sent

WROTE, ENTERED, AUTHORISED = "wrote", "entered", "authorised"


@dataclass(frozen=True, slots=True)
class Scene:
    """``name``: the platform's word for it in a call."""

    name: str
    lasts: timedelta
    messages: int


SCENES: Mapping[str, Scene] = {
    WROTE: Scene("im_reply_msg", timedelta(hours=24), 6),
    ENTERED: Scene("im_enter_direct_msg", timedelta(seconds=30), 3),
    AUTHORISED: Scene("im_authorize_message", timedelta(days=1), 3),
}


class Opened(NamedTuple):
    """``until``: the end where the platform says one; None for the scene's own."""

    open_id: str
    scene: str
    at: datetime
    message: str = ""
    conversation: str = ""
    until: datetime | None = None


class Place(NamedTuple):
    """What a message is sent under."""

    scene: str
    message: str
    conversation: str


def open_windows(conn: Connection, account: int, opened: Sequence[Opened]) -> None:
    """Take in what opens windows; of one person and scene the latest counts, and begins anew."""
    last: dict[tuple[str, str], Opened] = {}
    for each in sorted(opened, key=lambda each: (each.at, each.message)):
        last[each.open_id, each.scene] = each
    rows = [
        {
            "account": account,
            "open_id": each.open_id,
            "scene": each.scene,
            "opened": each.at,
            "until": each.until or each.at + SCENES[each.scene].lasts,
            "used": 0,
            "message": each.message,
            "conversation": each.conversation,
        }
        for each in last.values()
    ]
    if rows:
        made = insert_into(conn, table)
        anew: dict[str, Any] = {
            name: made.excluded[name] for name in ("opened", "until", "used", "message", "conversation")
        }
        keys = ["account", "open_id", "scene"]
        later = table.c.opened < made.excluded.opened
        conn.execute(made.on_conflict_do_update(index_elements=keys, set_=anew, where=later), rows)


def take_place(conn: Connection, account: int, open_id: str, now: datetime) -> Place | None:
    """A place for one message in a window that is open, reply first; None where there is none."""
    for scene in SCENES:
        mine = sa.and_(table.c.account == account, table.c.open_id == open_id, table.c.scene == scene)
        taken = sa.update(table).where(mine, _open(scene, now)).values(used=table.c.used + 1)
        row = conn.execute(taken.returning(table.c.message, table.c.conversation)).one_or_none()
        if row is not None:
            return Place(scene, row.message, row.conversation)
    return None


def give_place_back(conn: Connection, account: int, open_id: str, scene: str) -> None:
    """The message surely did not go out."""
    mine = sa.and_(table.c.account == account, table.c.open_id == open_id, table.c.scene == scene)
    conn.execute(sa.update(table).where(mine, table.c.used > 0).values(used=table.c.used - 1))


def close_window(conn: Connection, account: int, open_id: str, scene: str) -> None:
    """The platform says that this window is over."""
    mine = sa.and_(table.c.account == account, table.c.open_id == open_id, table.c.scene == scene)
    conn.execute(sa.update(table).where(mine).values(used=SCENES[scene].messages))


def forget_people(conn: Connection, known: Sequence[tuple[str, str]]) -> None:
    """When somebody is erased (identifiers: kind, value), their windows go."""
    theirs = [value for kind, value in known if kind.partition(":")[0] == "douyin_openid"]
    if theirs:
        asked = sent(conn, open_id=(sa.Text, theirs))
        conn.execute(sa.delete(table).where(table.c.open_id.in_(sa.select(asked.c.open_id))))


def window_closed(account: int) -> Bar:
    """Nobody may be written to who has not just written, or allowed it."""

    def holds(address: sa.ColumnElement[str], now: datetime) -> sa.ColumnElement[bool]:
        mine = sa.and_(table.c.account == account, table.c.open_id == address)
        return sa.not_(sa.exists().where(mine, sa.or_(*(_open(scene, now) for scene in SCENES))))

    return Bar("window_closed", holds)


def _open(scene: str, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.scene == scene, table.c.until > now, table.c.opened <= now, table.c.used < SCENES[scene].messages
    )
