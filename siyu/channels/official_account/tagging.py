"""Tags of followers between here and an official account: what its console changed (a feed for whoever gives tags to
people), and what is to be marked there (a queue).

The platform tells of no change of tags: it is found when followers are read. A mark is this installation's own change,
so a list that was asked for before it was made does not undo it, and finds nothing new after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.tables import accounts
from siyu.channels.wechat.tables import wechat_tag_changes, wechat_tag_marks, wechat_users
from siyu.channels.wechat.users import FOLLOWING
from siyu.jobs import enqueue
from siyu.storage import insert_into, sent
from siyu.storage.ledger import to_millis

MARK = "wechat_mark_tags"
TAGS_A_PERSON, TAGS_IN_ALL = "tags_a_person", "tags_in_all"
"""The settings that say how many tags a follower, and the account, may have."""
TAGS_A_PERSON_USUAL, TAGS_IN_ALL_USUAL = 20, 100


@dataclass(frozen=True, slots=True)
class Wish:
    """A tag that a follower shall have or not, decided at ``at``."""

    openid: str
    tag: int
    add: bool
    at: datetime


def wish(conn: Connection, account: int, wishes: Sequence[Wish], now: datetime) -> None:
    """Have followers tagged (at most ``CHUNK_ROWS``); of two wishes about the same the later counts."""
    if not wishes:
        return
    latest = {(each.openid, each.tag): each for each in sorted(wishes, key=lambda each: each.at)}
    rows = list(latest.values())
    given = sent(
        conn,
        openid=(sa.Text, [each.openid for each in rows]),
        tag=(sa.BigInteger, [each.tag for each in rows]),
        add=(sa.Boolean, [each.add for each in rows]),
        at=(sa.BigInteger, [to_millis(each.at) for each in rows]),
    )
    names = ("openid", "tag", "add", "at")
    typed = [sa.type_coerce(given.c[name], wechat_tag_marks.c[name].type) for name in names]
    due = sa.literal(now, wechat_tag_marks.c.due.type)
    chosen = sa.select(sa.literal(account, sa.BigInteger), *typed, sa.literal("waiting"), due).where(sa.true())
    stored = insert_into(conn, wechat_tag_marks).from_select(["account", *names, "state", "due"], chosen)
    anew = {name: stored.excluded[name] for name in ("add", "at", "state", "due")}
    conn.execute(
        stored.on_conflict_do_update(
            index_elements=["account", "openid", "tag"],
            set_={**anew, "tries": 0, "settled": None, "code": ""},
            where=wechat_tag_marks.c.at < stored.excluded.at,
        )
    )
    enqueue(conn, MARK, {"account": account}, now=now, key=f"{MARK}:{account}", again=True)


def tags_read(conn: Connection, account: int, asked: datetime, listed: Mapping[str, set[int]]) -> None:
    """What the platform said at ``asked`` that followers have: into the mirror; what is new goes into the feed."""
    before = {row.openid: row for row in _users(conn, account, list(listed))}
    for openid, tags in _with_own_marks(conn, account, asked, listed).items():
        known = before.get(openid)
        if known is None:
            continue
        was: set[int] = set(known.tags or ())
        if known.tags is not None and was == tags:
            continue
        mine = sa.and_(wechat_users.c.account == account, wechat_users.c.openid == openid)
        conn.execute(sa.update(wechat_users).where(mine).values(tags=sorted(tags)))
        _feed(conn, account, openid, asked, tags - was, was - tags)


def feed_having(conn: Connection, account: int, tag: int, after: str, at: datetime, rows_max: int) -> str | None:
    """Put followers who have the tag into the feed, in the order of their open ids, ``after`` one; where to go on."""
    table = wechat_users.c
    mine = sa.and_(table.account == account, table.openid > after, table.state == FOLLOWING)
    rows = conn.execute(sa.select(table.openid, table.tags).where(mine).order_by(table.openid).limit(rows_max)).all()
    for row in rows:
        if tag in (row.tags or ()):
            _feed(conn, account, row.openid, at, {tag}, set[int]())
    return rows[-1].openid if len(rows) == rows_max else None


def _users(conn: Connection, account: int, openids: Sequence[str]) -> Sequence[Any]:
    asked = sent(conn, openid=(sa.Text, list(openids)))
    table = wechat_users.c
    mine = sa.and_(table.account == account, table.openid.in_(sa.select(asked.c.openid)))
    return conn.execute(sa.select(table.openid, table.tags).where(mine).with_for_update()).all()


def _with_own_marks(
    conn: Connection, account: int, asked: datetime, listed: Mapping[str, set[int]]
) -> dict[str, set[int]]:
    table = wechat_tag_marks.c
    given = sent(conn, openid=(sa.Text, list(listed)))
    later = sa.and_(table.account == account, table.state == "done", table.settled >= asked)
    rows = conn.execute(
        sa.select(table.openid, table.tag, table["add"]).where(later, table.openid.in_(sa.select(given.c.openid)))
    )
    found = {openid: set(tags) for openid, tags in listed.items()}
    for row in rows:
        (found[row.openid].add if row.add else found[row.openid].discard)(row.tag)
    return found


def _feed(conn: Connection, account: int, openid: str, at: datetime, added: set[int], removed: set[int]) -> None:
    if added or removed:
        row = {"account": account, "openid": openid, "added": sorted(added), "removed": sorted(removed), "at": at}
        conn.execute(sa.insert(wechat_tag_changes).values(row))


def apps_of(conn: Connection) -> dict[int, str]:
    """The app id of every official account, by number."""
    rows = conn.execute(sa.select(accounts.c.id, accounts.c.settings).where(accounts.c.channel == "official_account"))
    return {row.id: str(row.settings.get("app_id") or "") for row in rows}
