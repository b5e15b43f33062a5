"""Reading what the platform knows: links made here or elsewhere, who came by them, what is left to spend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from siyu.channels.accounts import usable_account
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom.acquisition.links import NO_SUCH_LINK
from siyu.channels.wecom.acquisition.tables import wecom_acquisition_links as table
from siyu.channels.wecom.acquisition.tables import wecom_link_customers as came
from siyu.channels.wecom.acquisition.tables import wecom_quotas
from siyu.channels.wecom.fields import is_identifier, printable
from siyu.channels.wecom.platform import WECOM
from siyu.jobs import enqueue
from siyu.storage import BadInput, Stores, insert_into, sent
from siyu.storage.ledger import to_millis

READ = "wecom_read_links"
PAGE = 1_000
LIST_PAGE = 100
CLOCKS_APART = timedelta(seconds=300)
CALLING = timedelta(seconds=180)
"""A call without an answer may still be at work for so long."""


@dataclass(frozen=True)
class Quota:
    """What new friends by links may still cost. ``lots``: (until, how many), the first to end first."""

    total: int
    balance: int
    lots: Sequence[tuple[datetime, int]]
    read: datetime


def ask_to_read(stores: Stores, account: int) -> int:
    """Have an account's links, who came and the quota read in the background; the job's number.

    Raises :class:`NotFound`, :class:`BadInput`.
    """
    if usable_account(stores, account).channel != WECOM.name:
        raise BadInput(
            "account_no_links", "只有企业微信账号有获客链接。", "Only WeCom accounts have such links.", field="account"
        )
    with stores.ledger.write() as conn:
        key = f"{READ}:{account}"
        return enqueue(conn, READ, {"account": account}, now=stores.clock.now(), key=key, again=True)


def quota_of(stores: Stores, account: int) -> Quota | None:
    """As last read; None before."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(wecom_quotas).where(wecom_quotas.c.account == account)).one_or_none()
    if row is None:
        return None
    lots = [(datetime.fromtimestamp(when, UTC), many) for when, many in row.lots]
    return Quota(row.total, row.balance, lots, row.read)


@dataclass(frozen=True)
class Reader:
    """Reads for one account."""

    stores: Stores
    client: PlatformClient
    account: int

    def read(self) -> Mapping[str, int]:
        """Links, then who came by each, then the quota."""
        links = self._links()
        people = sum(self._people(number, link) for number, link in links)
        self._quota()
        return {"links": len(links), "people": people}

    # --- links

    def _links(self) -> list[tuple[int, str]]:
        """Those that there are: number, name at the platform. What is no more is noted as gone."""
        begun = self.stores.clock.now()
        names = list(self._names())
        with self.stores.ledger.read() as conn:
            mine = table.c.account == self.account
            known = {row.link: row.id for row in conn.execute(sa.select(table.c.id, table.c.link).where(mine))}
        found = [(number, name) for name in names if (number := self._one(name, known.get(name))) is not None]
        with self.stores.ledger.write() as conn:
            mine = sa.and_(table.c.account == self.account, table.c.called < begun - CALLING)
            there = sent(conn, link=(sa.Text, names))
            ended = sa.and_(table.c.state == "there", table.c.link.not_in(sa.select(there.c.link)))
            conn.execute(sa.update(table).where(mine, ended).values(state="gone"))
            # The list was read after the call had surely ended: what is not in it was never made.
            conn.execute(sa.update(table).where(mine, table.c.state == "calling").values(state="refused"))
        return found

    def _names(self) -> Iterator[str]:
        for page, _ in self.client.pages("acquisition/list_link", {"limit": LIST_PAGE}):
            yield from (str(each) for each in page)

    def _one(self, name: str, number: int | None) -> int | None:
        """Take over a link as the platform has it; its number, None where it has just gone."""
        try:
            answer = self.client.call("acquisition/get", body={"link_id": name})
        except PlatformError as error:
            if error.platform_code == NO_SUCH_LINK:
                return None
            raise
        told, whose = answer.get("link") or {}, answer.get("range") or {}
        created = datetime.fromtimestamp(int(told.get("create_time") or 0), UTC)
        called = printable(str(told.get("link_name") or name))
        values: dict[str, Any] = {
            "link": name,
            "name": called,
            "url": str(told.get("url") or ""),
            "members": [str(each) for each in whose.get("user_list") or []],
            "departments": [int(each) for each in whose.get("department_list") or []],
            "preferred": answer.get("priority_option") or {},
            "skip_verify": bool(told.get("skip_verify", True)),
            "state": "there",
            "created": created,
        }
        with self.stores.ledger.write() as conn:
            number = number or self._awaited(conn, called, created)
            if number is not None:
                conn.execute(sa.update(table).where(table.c.id == number).values(values))
                return number
            fresh = {**values, "account": self.account, "called": created}
            return int(conn.execute(sa.insert(table).values(fresh).returning(table.c.id)).scalar_one())

    def _awaited(self, conn: sa.Connection, name: str, created: datetime) -> int | None:
        """The row of a call without an answer that made this link."""
        mine = sa.and_(table.c.account == self.account, table.c.state == "calling", table.c.name == name)
        since = table.c.called <= created + CLOCKS_APART
        return conn.execute(sa.select(table.c.id).where(mine, since, table.c.link.is_(None)).limit(1)).scalar()

    # --- who came

    def _people(self, number: int, link: str) -> int:
        count = 0
        body = {"link_id": link, "limit": PAGE}
        for page, _ in self.client.pages("acquisition/customer", body):
            rows = [each for each in page if is_identifier(each.get("external_userid")) and each.get("userid")]
            self._keep(link, rows)
            count += len(rows)
        with self.stores.ledger.write() as conn:
            conn.execute(sa.update(table).where(table.c.id == number).values(read=self.stores.clock.now()))
        return count

    def _keep(self, link: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        by_pair = {(str(each["external_userid"]), str(each["userid"])): each for each in rows}
        with self.stores.ledger.write() as conn:
            given = sent(
                conn,
                external_userid=(sa.Text, [pair[0] for pair in by_pair]),
                userid=(sa.Text, [pair[1] for pair in by_pair]),
                chatted=(sa.Integer, [int(each.get("chat_status") or 0) for each in by_pair.values()]),
                channel=(sa.Text, [printable(str(each.get("state") or "")) for each in by_pair.values()]),
            )
            fixed = {
                "account": sa.literal(self.account, sa.BigInteger),
                "link": sa.literal(link),
                "found": sa.literal(to_millis(self.stores.clock.now()), sa.BigInteger),
            }
            names = ("external_userid", "userid", "chatted", "channel")
            chosen = sa.select(*(given.c[name] for name in names), *fixed.values()).where(sa.true())
            stored = insert_into(conn, came).from_select([*names, *fixed], chosen)
            newer = {name: stored.excluded[name] for name in ("chatted", "channel")}
            conn.execute(stored.on_conflict_do_update(index_elements=list(came.primary_key.columns), set_=newer))

    # --- what is left

    def _quota(self) -> None:
        answer = self.client.call("acquisition/quota")
        lots = [[int(each["expire_date"]), int(each["balance"])] for each in answer.get("quota_list") or []]
        values = {
            "total": int(answer.get("total") or 0),
            "balance": int(answer.get("balance") or 0),
            "lots": sorted(lots),
            "read": self.stores.clock.now(),
        }
        with self.stores.ledger.write() as conn:
            stored = insert_into(conn, wecom_quotas).values(account=self.account, **values)
            conn.execute(stored.on_conflict_do_update(index_elements=["account"], set_=values))


class Came(Struct, frozen=True):
    """Somebody who came by a link. ``chatted``: 0 not yet, 1 yes, 2 not told."""

    external_userid: str
    userid: str
    chatted: int
    channel: str
    found: datetime


def who_came(
    stores: Stores, account: int, link: str, *, after: tuple[str, str] | None = None, rows_max: int = 50
) -> list[Came]:
    """Who came by a link, by their ids, from behind ``after`` on."""
    query = sa.select(came.c.external_userid, came.c.userid, came.c.chatted, came.c.channel, came.c.found)
    query = query.where(came.c.account == account, came.c.link == link)
    if after is not None:
        query = query.where(sa.tuple_(came.c.external_userid, came.c.userid) > sa.tuple_(*map(sa.literal, after)))
    query = query.order_by(came.c.external_userid, came.c.userid).limit(rows_max)
    with stores.ledger.read() as conn:
        return [Came(*row) for row in conn.execute(query)]
