"""Tagging followers at an official account: the queue is emptied tag by tag, fifty followers a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.official_account.reading import Reader
from siyu.channels.official_account.tagging import (
    MARK,
    TAGS_A_PERSON,
    TAGS_A_PERSON_USUAL,
    TAGS_IN_ALL,
    TAGS_IN_ALL_USUAL,
)
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wechat.tables import wechat_tag_marks, wechat_tags, wechat_users
from siyu.jobs import Job, handles
from siyu.storage import Stores

OPENIDS_A_CALL = 50
MARKS_A_STEP = 1_000
TRIES_MAX = 5
AGAIN = timedelta(minutes=5)
KEPT = timedelta(days=1)
"""How long a mark that was made is remembered: lists asked for before it must be over by then."""
NAME_BYTES_MAX = 30
TOO_MANY = "45059"
NAME_TAKEN = 45157


@handles(MARK)
def mark_tags(stores: Stores, job: Job) -> Mapping[str, Any]:
    """Mark the tags that wait."""
    with Reader(stores, int(job.arguments["account"])) as reader:
        return {"account": reader.account.id, "settled": mark(stores, reader, job)}


class _Mark(NamedTuple):
    openid: str
    tag: int
    add: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class _Ended:
    """What became of a mark: ``error`` None where it was made; ``full``: the follower has as many as may be."""

    mark: _Mark
    error: PlatformError | None = None
    full: bool = False


def mark(stores: Stores, reader: Reader, job: Job) -> int:
    """Mark what waits; how many were settled. Raises :class:`PlatformError` where the account is at fault: all of it
    goes on waiting."""
    settled = 0
    account = reader.account.id
    while marks := _waiting(stores, account):
        ended: list[_Ended] = []
        for (tag, add), those in _by_call(marks).items():
            for first in range(0, len(those), OPENIDS_A_CALL):
                ended += _marked(stores, reader, tag, add, those[first : first + OPENIDS_A_CALL])
        with stores.ledger.write() as conn:
            job.still_mine(conn)
            for each in ended:
                _settle(conn, account, each, stores.clock.now())
        settled += len(ended)
        job.progress(settled, None, "tags")
        stopped = next((each.error for each in ended if each.error and each.error.failure.kind == "account"), None)
        if stopped is not None:
            raise stopped
    _forget(stores, account)
    return settled


def make_tags(stores: Stores, reader: Reader, names: Sequence[str]) -> int:
    """Make tags at the account, as many as it may have; how many. What is there already is the same tag."""
    if not _names(stores, reader.account.id):
        reader.read_tags()
    known = _names(stores, reader.account.id)
    room = int(reader.account.settings.get(TAGS_IN_ALL) or TAGS_IN_ALL_USUAL) - len(known)
    wanted = [name for name in dict.fromkeys(names) if name not in known and len(name.encode()) <= NAME_BYTES_MAX]
    made = 0
    for name in wanted[: max(room, 0)]:
        try:
            reader.client.call("tags/create", body={"tag": {"name": name}})
            made += 1
        except PlatformError as error:
            if error.platform_code != NAME_TAKEN:
                raise
    if made:
        reader.read_tags()
    return made


def _names(stores: Stores, account: int) -> set[str]:
    with stores.ledger.read() as conn:
        return set(conn.execute(sa.select(wechat_tags.c.name).where(wechat_tags.c.account == account)).scalars())


def _waiting(stores: Stores, account: int) -> list[_Mark]:
    table = wechat_tag_marks.c
    due = sa.and_(table.state == "waiting", table.account == account, table.due <= stores.clock.now())
    with stores.ledger.read() as conn:
        rows = conn.execute(
            sa.select(table.openid, table.tag, table["add"], table.at)
            .where(due)
            .order_by(table.due)
            .limit(MARKS_A_STEP)
        )
        return [_Mark(*row) for row in rows]


def _by_call(marks: Sequence[_Mark]) -> dict[tuple[int, bool], list[_Mark]]:
    """What is taken away first: it makes room for what is given."""
    found: dict[tuple[int, bool], list[_Mark]] = {}
    for each in sorted(marks, key=lambda each: each.add):
        found.setdefault((each.tag, each.add), []).append(each)
    return found


def _marked(stores: Stores, reader: Reader, tag: int, add: bool, marks: Sequence[_Mark]) -> list[_Ended]:
    """One call; where the platform refuses because of somebody in it, the halves, down to the one."""
    full = _full(stores, reader, tag, [each.openid for each in marks]) if add else set[str]()
    ended = [_Ended(each, full=True) for each in marks if each.openid in full]
    rest = [each for each in marks if each.openid not in full]
    return ended + (_called(reader, tag, add, rest) if rest else [])


def _called(reader: Reader, tag: int, add: bool, marks: Sequence[_Mark]) -> list[_Ended]:
    body = {"openid_list": [each.openid for each in marks], "tagid": tag}
    try:
        reader.client.call("tags/members/batchtagging" if add else "tags/members/batchuntagging", body=body)
    except PlatformError as error:
        if len(marks) == 1 or error.failure.kind != "person":
            return [_Ended(each, error) for each in marks]
        middle = len(marks) // 2
        return _called(reader, tag, add, marks[:middle]) + _called(reader, tag, add, marks[middle:])
    return [_Ended(each) for each in marks]


def _full(stores: Stores, reader: Reader, tag: int, openids: Sequence[str]) -> set[str]:
    """Of these, who has as many tags as the platform allows: the whole call would be refused for them."""
    most = int(reader.account.settings.get(TAGS_A_PERSON) or TAGS_A_PERSON_USUAL)
    table = wechat_users.c
    with stores.ledger.read() as conn:
        rows = conn.execute(
            sa.select(table.openid, table.tags).where(table.account == reader.account.id, table.openid.in_(openids))
        )
        return {row.openid for row in rows if tag not in (row.tags or ()) and len(row.tags or ()) >= most}


def _settle(conn: Connection, account: int, ended: _Ended, now: datetime) -> None:
    """What became of it; what was marked is in the mirror, so that the next reading says nothing new. What was wished
    anew meanwhile waits on."""
    table, mark = wechat_tag_marks, ended.mark
    same = sa.and_(
        table.c.account == account, table.c.openid == mark.openid, table.c.tag == mark.tag, table.c.at == mark.at
    )
    conn.execute(sa.update(table).where(same).values(**_outcome(ended, now)))
    if ended.error is None and not ended.full:
        mine = sa.and_(wechat_users.c.account == account, wechat_users.c.openid == mark.openid)
        known = conn.execute(sa.select(wechat_users.c.tags).where(mine)).scalar_one_or_none()
        tags = set(known or ()) | {mark.tag} if mark.add else set(known or ()) - {mark.tag}
        conn.execute(sa.update(wechat_users).where(mine).values(tags=sorted(tags)))


def _outcome(ended: _Ended, now: datetime) -> dict[str, Any]:
    error = ended.error
    tries = wechat_tag_marks.c.tries + 1
    if ended.full:
        return {"state": "failed", "settled": now, "tries": tries, "code": TOO_MANY}
    if error is None:
        return {"state": "done", "settled": now}
    if error.failure.kind in ("passing", "account"):
        again = sa.case((tries < TRIES_MAX, "waiting"), else_="failed")
        state = again if error.failure.kind == "passing" else "waiting"
        return {"state": state, "due": now + AGAIN, "tries": tries, "code": str(error.platform_code)}
    return {"state": "failed", "settled": now, "tries": tries, "code": str(error.platform_code)}


def _forget(stores: Stores, account: int) -> None:
    table = wechat_tag_marks.c
    old = sa.and_(table.account == account, table.state == "done", table.settled < stores.clock.now() - KEPT)
    with stores.ledger.write() as conn:
        conn.execute(sa.delete(wechat_tag_marks).where(old))
