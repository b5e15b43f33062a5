"""Pulls what was written: page by page, the cursor kept in the transaction that keeps the messages.

A callback only says that there is something (with a token that spares us a strict limit for ten minutes); the list
goes on while ``has_more`` says so, also after an empty page.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.accounts import usable_account
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.news import News, tell
from siyu.channels.protocol import Account
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.service.reading import FAIL_REASONS, Told, read
from siyu.channels.wecom.service.tables import wecom_kf_chats, wecom_kf_messages, wecom_kf_places
from siyu.channels.wecom.tables import wecom_kf_pulls
from siyu.jobs.turns import keep_doing
from siyu.storage import SiyuError, Stores, insert_into

log = logging.getLogger(__name__)

PAGE = 1_000
PAGES_MAX = 500
"""In one go; the rest at the next look."""
TOKEN_LIFE = timedelta(minutes=10)
REST = timedelta(seconds=30)
IDLE_SECONDS = 0.5
PATIENCE_SECONDS = 30.0
EVENTS = {"customer": "service_asked", "staff": "service_answered", "enter_session": "service_entered"}
"""By the platform's own type of event, else by who wrote."""


class Puller:
    """One in the installation at a time, by turn."""

    def __init__(self, stores: Stores, exchange: Exchange) -> None:
        self._stores = stores
        self._exchange = exchange
        self._rests: dict[int, Any] = {}

    def run_forever(self, stop: threading.Event) -> None:
        """Until ``stop``."""
        keep_doing(lambda: 0.0 if self.tick() else IDLE_SECONDS, stop, "service messages")

    def tick(self) -> int:
        """Pull everywhere where there is something; how many messages came."""
        return sum(self._pulled(row) for row in self._waiting())

    def _waiting(self) -> Sequence[sa.Row[Any]]:
        pulls, places = wecom_kf_pulls.c, wecom_kf_places.c
        same = sa.and_(places.account == pulls.account, places.open_kfid == pulls.open_kfid)
        query = (
            sa.select(pulls.account, pulls.open_kfid, pulls.token, pulls.told, places.cursor)
            .join_from(wecom_kf_pulls, wecom_kf_places, same, isouter=True)
            .where(pulls.token != "", sa.or_(places.pulled.is_(None), places.pulled < pulls.told))
        )
        now = self._stores.clock.now()
        with self._stores.ledger.read() as conn:
            return [row for row in conn.execute(query) if self._rests.get(row.account, now) <= now]

    def _pulled(self, row: sa.Row[Any]) -> int:
        try:
            account = usable_account(self._stores, row.account)
            return self._pull(account, row)
        except (PlatformError, SiyuError) as error:
            log.warning("service messages could not be pulled: %s", error.code)
            self._rests[row.account] = self._stores.clock.now() + REST
            return 0

    def _pull(self, account: Account, row: sa.Row[Any]) -> int:
        client = PlatformClient(self._exchange, account, WECOM, patience=PATIENCE_SECONDS)
        cursor, count = row.cursor or "", 0
        for _ in range(PAGES_MAX):
            body: dict[str, Any] = {"open_kfid": row.open_kfid, "limit": PAGE, "voice_format": 0}
            if cursor:
                body["cursor"] = cursor
            if self._stores.clock.now() - row.told < TOKEN_LIFE:
                body["token"] = row.token
            answer = client.call("kf/sync_msg", body=body)
            cursor = str(answer.get("next_cursor") or cursor)
            told = [each for item in answer.get("msg_list") or [] if (each := read(item)) is not None]
            more = bool(answer.get("has_more"))
            self._keep(account, row, told, cursor, done=not more)
            count += len(told)
            if not more:
                break
        return count

    def _keep(self, account: Account, row: sa.Row[Any], told: Sequence[Told], cursor: str, *, done: bool) -> None:
        """A page: messages, chats, cursor, in one transaction; what it means for people is told before it commits."""
        with self._stores.ledger.write() as conn:
            new = keep_messages(conn, account.id, told)
            values = {"cursor": cursor} | ({"pulled": row.told} if done else {})
            place = insert_into(conn, wecom_kf_places).values(
                account=account.id, open_kfid=row.open_kfid, **{"pulled": row.told - TOKEN_LIFE, **values}
            )
            conn.execute(place.on_conflict_do_update(index_elements=["account", "open_kfid"], set_=values))
            news = [each for message in new if (each := _news(account.id, message)) is not None]
            tell(self._stores, f"wecom:{account.name}", news)


def keep_messages(conn: Connection, account: int, told: Sequence[Told]) -> list[Told]:
    """Keep what is new of it, and what it says of its conversations; what was new, in order of time."""
    new: list[Told] = []
    for each in sorted(told, key=lambda one: one.at):
        chat = _chat(conn, account, each)
        row = {
            "chat": chat,
            "msgid": each.msgid,
            "at": each.at,
            "origin": each.origin,
            "servicer": each.servicer,
            "kind": each.kind,
            "text": each.text,
            "state": "received",
        }
        noted = insert_into(conn, wecom_kf_messages).values(row).on_conflict_do_nothing()
        if conn.execute(noted.returning(wecom_kf_messages.c.id)).first() is not None:
            new.append(each)
            _take_in(conn, chat, each)
    return new


def _chat(conn: Connection, account: int, told: Told) -> int:
    """The conversation, made where it is new."""
    key = {"account": account, "open_kfid": told.open_kfid, "external_userid": told.external_userid}
    table = wecom_kf_chats
    same = sa.and_(*(table.c[name] == value for name, value in key.items()))
    conn.execute(insert_into(conn, table).values(**key, last=told.at).on_conflict_do_nothing())
    return int(conn.execute(sa.select(table.c.id).where(same)).scalar_one())


def _take_in(conn: Connection, chat: int, told: Told) -> None:
    """What a message says of its conversation; of two, the later one's word stands."""
    table = wecom_kf_chats
    mine = table.c.id == chat
    conn.execute(sa.update(table).where(mine, table.c.last < told.at).values(last=told.at))
    if told.origin == "customer":
        later = sa.or_(table.c.asked.is_(None), table.c.asked <= told.at)
        conn.execute(sa.update(table).where(mine, later).values(asked=told.at, sent=0))
    if told.state is not None:
        conn.execute(sa.update(table).where(mine).values(state=told.state, servicer=told.servicer))
    if told.failed is not None:
        msgid, number = told.failed
        reason = "/".join(FAIL_REASONS.get(number, ("发送失败", "It was not sent")))
        conn.execute(
            sa.update(wecom_kf_messages)
            .where(wecom_kf_messages.c.chat == chat, wecom_kf_messages.c.msgid == msgid)
            .values(state="failed", reason=reason)
        )


def _news(account: int, told: Told) -> News | None:
    """What it is in the person's life."""
    event = EVENTS.get(told.event or told.origin, "")
    if not event:
        return None
    properties = {"open_kfid": told.open_kfid, "kind": told.kind, "text": told.text, "staff": told.servicer}
    properties |= {"channel_state": told.scene}
    who = (("external_userid", told.external_userid),)
    key = f"wecom_kf:{account}:{told.open_kfid}:{told.msgid}"
    return News(event, told.at, who, key, {name: value for name, value in properties.items() if value})
