"""Marking tags at WeCom: the queue is emptied customer by customer, as the limits allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom import mirror
from siyu.channels.wecom.friendship import Pair
from siyu.channels.wecom.sync.company import read_tags
from siyu.channels.wecom.sync.context import Reading, at_once
from siyu.channels.wecom.tables import wecom_contacts, wecom_tag_marks
from siyu.channels.wecom.tagging import column_of, tags_of
from siyu.jobs import enqueue
from siyu.storage import insert_into, sent
from siyu.storage.ledger import to_millis

MARK = "wecom_mark_tags"
AT_ONCE = 6
MARKS_A_STEP = 300
TRIES_MAX = 5
AGAIN = timedelta(minutes=5)
KEPT = timedelta(days=1)
"""How long a mark that was made is remembered: lists asked for before it must be over by then."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A tag that a customer of a member shall have or not, decided at ``at``."""

    external_userid: str
    userid: str
    tag: str
    add: bool
    at: datetime


def wish(conn: Connection, account: int, wishes: Sequence[Wish], now: datetime) -> None:
    """Have tags marked (at most ``CHUNK_ROWS``); of two wishes about the same the later counts."""
    if not wishes:
        return
    latest = {(each.external_userid, each.userid, each.tag): each for each in sorted(wishes, key=lambda each: each.at)}
    rows = list(latest.values())
    given = sent(
        conn,
        external_userid=(sa.Text, [each.external_userid for each in rows]),
        userid=(sa.Text, [each.userid for each in rows]),
        tag=(sa.Text, [each.tag for each in rows]),
        add=(sa.Boolean, [each.add for each in rows]),
        at=(sa.BigInteger, [to_millis(each.at) for each in rows]),
    )
    names = ("external_userid", "userid", "tag", "add", "at")
    typed = [sa.type_coerce(given.c[name], wecom_tag_marks.c[name].type) for name in names]
    due = sa.literal(now, wecom_tag_marks.c.due.type)
    chosen = sa.select(sa.literal(account, sa.BigInteger), *typed, sa.literal("waiting"), due).where(sa.true())
    stored = insert_into(conn, wecom_tag_marks).from_select(["account", *names, "state", "due"], chosen)
    anew = {name: stored.excluded[name] for name in ("add", "at", "state", "due")}
    conn.execute(
        stored.on_conflict_do_update(
            index_elements=["account", "external_userid", "userid", "tag"],
            set_={**anew, "tries": 0, "settled": None, "code": ""},
            where=wecom_tag_marks.c.at < stored.excluded.at,
        )
    )
    enqueue(conn, MARK, {"account": account}, now=now, key=f"{MARK}:{account}", again=True)


@dataclass(slots=True)
class _Call:
    """What is marked of one customer of one member in one call, and how that ended."""

    pair: Pair
    add: list[str] = field(default_factory=list[str])
    remove: list[str] = field(default_factory=list[str])
    at: dict[str, datetime] = field(default_factory=dict[str, datetime])
    error: PlatformError | None = None


def mark(reading: Reading) -> int:
    """Mark what waits; how many tags were settled. Raises :class:`PlatformError` where the account is at fault: all
    of it goes on waiting."""
    settled = 0
    while calls := _waiting(reading):
        at_once(AT_ONCE, lambda each: _ask(reading, each), calls)
        with reading.stores.ledger.write() as conn:
            mirror.alone(conn, reading.account.id)
            _settle(conn, reading, calls)
        stopped = next((each.error for each in calls if each.error and each.error.failure.kind == "account"), None)
        if stopped is not None:
            raise stopped
        settled += sum(len(each.at) for each in calls)
        reading.progress(sum(len(each.at) for each in calls), "tags")
    _forget(reading)
    return settled


def _waiting(reading: Reading) -> list[_Call]:
    table = wecom_tag_marks.c
    mine = sa.and_(table.state == "waiting", table.account == reading.account.id, table.due <= reading.now())
    found: dict[Pair, _Call] = {}
    with reading.stores.ledger.read() as conn:
        for row in conn.execute(sa.select(wecom_tag_marks).where(mine).order_by(table.due).limit(MARKS_A_STEP)):
            pair = (row.external_userid, row.userid)
            call = found.setdefault(pair, _Call(pair))
            (call.add if row.add else call.remove).append(row.tag)
            call.at[row.tag] = row.at
    return list(found.values())


def _ask(reading: Reading, call: _Call) -> None:
    external_userid, userid = call.pair
    body: dict[str, Any] = {"userid": userid, "external_userid": external_userid}
    body |= {name: tags for name, tags in (("add_tag", call.add), ("remove_tag", call.remove)) if tags}
    try:
        reading.client.call("mark_tag", body=body)
    except PlatformError as error:
        call.error = error


def _settle(conn: Connection, reading: Reading, calls: Sequence[_Call]) -> None:
    """What became of each; what was marked is in the mirror, so that the callback which follows says nothing new.
    What was wished anew meanwhile waits on."""
    table, now = wecom_tag_marks, reading.now()
    for call in calls:
        external_userid, userid = call.pair
        for tag, at in call.at.items():
            same = sa.and_(
                table.c.account == reading.account.id,
                table.c.external_userid == external_userid,
                table.c.userid == userid,
                table.c.tag == tag,
                table.c.at == at,
            )
            conn.execute(sa.update(table).where(same).values(**_outcome(call, now)))
        if call.error is None:
            _mirror(conn, reading.account.id, call)


def _outcome(call: _Call, now: datetime) -> dict[str, Any]:
    error = call.error
    if error is None:
        return {"state": "done", "settled": now}
    tries = wecom_tag_marks.c.tries + 1
    if error.failure.kind in ("passing", "account"):
        again = sa.case((tries < TRIES_MAX, "waiting"), else_="failed")
        state = again if error.failure.kind == "passing" else "waiting"
        return {"state": state, "due": now + AGAIN, "tries": tries, "code": str(error.platform_code)}
    return {"state": "failed", "settled": now, "tries": tries, "code": str(error.platform_code)}


def _mirror(conn: Connection, account: int, call: _Call) -> None:
    table = wecom_contacts
    same = sa.and_(table.c.account == account, table.c.external_userid == call.pair[0], table.c.userid == call.pair[1])
    known = conn.execute(sa.select(table.c.tags).where(same)).scalar_one_or_none()
    if known is not None:
        tags = (tags_of(known) | set(call.add)) - set(call.remove)
        conn.execute(sa.update(table).where(same).values(tags=column_of(tags)))


def make_tags(reading: Reading, missing: Mapping[str, Sequence[str]]) -> None:
    """Make tags at WeCom: group → names. A name that is there already is the same tag."""
    for group, names in missing.items():
        body: dict[str, Any] = {"group_name": group, "tag": [{"name": name} for name in names]}
        agent = str(reading.account.settings.get("agent_id") or "")
        reading.client.call("add_corp_tag", body={**body, **({"agentid": int(agent)} if agent.isdigit() else {})})
    read_tags(reading)


def _forget(reading: Reading) -> None:
    table = wecom_tag_marks.c
    old = sa.and_(table.account == reading.account.id, table.state == "done", table.settled < reading.now() - KEPT)
    with reading.stores.ledger.write() as conn:
        conn.execute(sa.delete(wecom_tag_marks).where(old))
