"""Reads who follows an official account, and of each the union id and tags: in pages, resumable, told once.

The list gives open ids in an order of its own, 10,000 a page; the place reached is kept with each page, so that a
reading that was broken off goes on. Who is not on a list that was read to its end has left. What is read of a person
is told as "who is who", so that the official account's follower and the friend on WeCom become one person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.accounts import usable_account
from siyu.channels.addresses import policy_of
from siyu.channels.official_account.asking import LIST_JOB, READ_JOB
from siyu.channels.official_account.platform import OFFICIAL_ACCOUNT
from siyu.channels.official_account.tagging import tags_read
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.news import News, tell
from siyu.channels.protocol import Account
from siyu.channels.wechat.platform import app_of
from siyu.channels.wechat.tables import wechat_readings, wechat_tags, wechat_users
from siyu.channels.wechat.users import FOLLOWING, LEFT
from siyu.jobs import Job, handles
from siyu.storage import Stores, insert_into, sent

USERS_A_CALL = 100
PATIENCE_SECONDS = 600.0


@handles(READ_JOB)
def read_job(stores: Stores, job: Job) -> Mapping[str, Any]:
    with Reader(stores, int(job.arguments["account"])) as reader:
        return {"read": reader.read_stale(job)}


@handles(LIST_JOB)
def list_job(stores: Stores, job: Job) -> Mapping[str, Any]:
    with Reader(stores, int(job.arguments["account"])) as reader:
        listed = reader.list_followers(job)
        reader.read_tags()
        return {"listed": listed, "read": reader.read_stale(job)}


class Reader:
    """Reads one official account; waits for the platform's limits."""

    def __init__(self, stores: Stores, account: int, exchange: Exchange | None = None) -> None:
        self._stores = stores
        self._account: Account = usable_account(stores, account)
        self._exchange = exchange or Exchange(stores, policy_of(stores))
        self._client = PlatformClient(self._exchange, self._account, OFFICIAL_ACCOUNT, patience=PATIENCE_SECONDS)

    @property
    def account(self) -> Account:
        return self._account

    @property
    def client(self) -> PlatformClient:
        return self._client

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._exchange.close()

    # --- the list

    def list_followers(self, job: Job) -> int:
        """Read the list from where it was left, or anew; how many are on it."""
        started, cursor, listed = self._place()
        while True:
            answer = self._client.call("user/get", params={"next_openid": cursor or None})
            data = cast("Mapping[str, Any]", answer.get("data") or {})
            openids = [str(each) for each in cast("list[Any]", data.get("openid") or [])]
            cursor = str(answer.get("next_openid") or "") if openids else ""
            listed += len(openids)
            with self._stores.ledger.write() as conn:
                if openids:
                    _on_the_list(conn, self._account.id, openids, started)
                self._keep_place(conn, started, cursor, listed)
                if not cursor:
                    _gone_from_the_list(conn, self._account.id, started)
            job.progress(listed, int(answer.get("total") or 0) or None, "listing")
            if not cursor:
                return listed

    def _place(self) -> tuple[datetime, str, int]:
        with self._stores.ledger.read() as conn:
            row = conn.execute(
                sa.select(wechat_readings).where(wechat_readings.c.account == self._account.id)
            ).one_or_none()
        if row is None or row.finished is not None:
            return self._stores.clock.now(), "", 0
        return row.started, row.cursor, row.listed

    def _keep_place(self, conn: Connection, started: datetime, cursor: str, listed: int) -> None:
        finished = None if cursor else self._stores.clock.now()
        values = {"started": started, "cursor": cursor, "listed": listed, "finished": finished}
        kept = insert_into(conn, wechat_readings).values(account=self._account.id, **values)
        conn.execute(kept.on_conflict_do_update(index_elements=["account"], set_=values))

    # --- of each

    def read_stale(self, job: Job) -> int:
        """Read everybody of whom something new is known; how many."""
        read = 0
        while stale := self._stale():
            asked = self._stores.clock.now()
            body = {"user_list": [{"openid": openid, "lang": "zh_CN"} for openid, _ in stale]}
            answer = self._client.call("user/info/batchget", body=body)
            found = {str(each["openid"]): each for each in cast("list[dict[str, Any]]", answer["user_info_list"])}
            # First told, then noted as read: a crash in between tells the same again, under the same keys.
            tell(self._stores, f"official_account:{self._account.name}", self._who_is_who(found))
            with self._stores.ledger.write() as conn:
                _note_read(conn, self._account.id, stale, found)
                tags_read(conn, self._account.id, asked, _tags_of(found))
            read += len(stale)
            job.progress(read, None, "reading")
        return read

    def _stale(self) -> Sequence[tuple[str, datetime]]:
        table = wechat_users.c
        with self._stores.ledger.read() as conn:
            rows = conn.execute(
                sa.select(table.openid, table.told)
                .where(table.account == self._account.id, table.stale == sa.true())
                .order_by(table.openid)
                .limit(USERS_A_CALL)
            )
            return [(row.openid, row.told) for row in rows]

    def _who_is_who(self, found: Mapping[str, Mapping[str, Any]]) -> list[News]:
        app_id, now = app_of(self._account), self._stores.clock.now()
        return [
            News("", now, ((f"openid:{app_id}", openid), ("unionid", union)), f"wechat:{app_id}:{openid}:{union}")
            for openid, each in found.items()
            if (union := str(each.get("unionid") or ""))
        ]

    def read_tags(self) -> int:
        """Read the account's tags; how many there are."""
        answer = self._client.call("tags/get")
        rows = cast("list[dict[str, Any]]", answer.get("tags") or [])
        now = self._stores.clock.now()
        with self._stores.ledger.write() as conn:
            conn.execute(sa.delete(wechat_tags).where(wechat_tags.c.account == self._account.id))
            if rows:
                conn.execute(
                    sa.insert(wechat_tags),
                    [
                        {
                            "account": self._account.id,
                            "number": int(row["id"]),
                            "name": str(row["name"]),
                            "people": int(row.get("count") or 0),
                            "read": now,
                        }
                        for row in rows
                    ],
                )
        return len(rows)


def _on_the_list(conn: Connection, account: int, openids: Sequence[str], started: datetime) -> None:
    """On the list that was begun at ``started``: they followed then. What was told of a later time stands."""
    table = wechat_users
    rows = sent(conn, openid=(sa.Text, list(dict.fromkeys(openids))))
    moment = sa.literal(started, table.c.told.type)
    chosen = sa.select(
        sa.literal(account, sa.BigInteger), rows.c.openid, sa.literal(FOLLOWING), moment, moment, sa.true()
    ).where(sa.true())
    made = insert_into(conn, table).from_select(["account", "openid", "state", "told", "seen", "stale"], chosen)
    back = sa.and_(table.c.state != FOLLOWING, table.c.told < started)
    made = made.on_conflict_do_update(
        index_elements=["account", "openid"],
        set_={
            "seen": made.excluded.seen,
            "state": sa.case((back, made.excluded.state), else_=table.c.state),
            "told": sa.case((back, made.excluded.told), else_=table.c.told),
            "stale": sa.or_(table.c.stale, back),
        },
    )
    conn.execute(made)


def _gone_from_the_list(conn: Connection, account: int, started: datetime) -> None:
    table = wechat_users.c
    unseen = sa.or_(table.seen.is_(None), table.seen < started)
    conn.execute(
        sa.update(wechat_users)
        .where(table.account == account, table.state == FOLLOWING, table.told < started, unseen)
        .values(state=LEFT, told=started, ended=started, stale=False)
    )


def _note_read(
    conn: Connection, account: int, stale: Sequence[tuple[str, datetime]], found: Mapping[str, Mapping[str, Any]]
) -> None:
    """What was read goes into the mirror; who changed meanwhile stays to be read again."""
    for openid, told in stale:
        each = found.get(openid, {})
        values: dict[str, Any] = {"stale": False}
        if each.get("subscribe"):
            values |= {"unionid": str(each.get("unionid") or "")}
            since = each.get("subscribe_time")
            values |= {"since": sa.func.coalesce(wechat_users.c.since, _moment(since))} if since else {}
        conn.execute(
            sa.update(wechat_users)
            .where(wechat_users.c.account == account, wechat_users.c.openid == openid, wechat_users.c.told == told)
            .values(**values)
        )


def _tags_of(found: Mapping[str, Mapping[str, Any]]) -> dict[str, set[int]]:
    """Of those who follow: who left has lost them there, and that is no word about them."""
    return {
        openid: {int(tag) for tag in each.get("tagid_list") or ()}
        for openid, each in found.items()
        if each.get("subscribe")
    }


def _moment(seconds: Any) -> sa.ColumnElement[Any]:
    return sa.literal(datetime.fromtimestamp(int(seconds), UTC), wechat_users.c.since.type)
