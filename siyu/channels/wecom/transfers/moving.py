"""The calls that hand over, in hundreds, and what became of them (documents 92125, 94096, 94100, 95703, 92127).

What is called is noted before. A call without an answer may have done it: then the platform's list of results (of
groups their owner) says whether, and only what surely was not done is called again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom import mirror
from siyu.channels.wecom.friendship import contacts_of, store
from siyu.channels.wecom.transfers.handovers import TOO_OFTEN, too_often
from siyu.channels.wecom.transfers.tables import wecom_handover_items as items
from siyu.channels.wecom.transfers.tables import wecom_handovers as table
from siyu.channels.wecom.transfers.tables import wecom_unassigned
from siyu.storage import Stores, in_chunks, insert_into, sent
from siyu.storage.ledger import to_millis

CALL_MAX = 100
PAGE = 1_000
GROUPS_A_DAY = 300
"""That one member may take."""
FIRST_LOOK = timedelta(seconds=60)
LOOK_MAX = timedelta(hours=1)
ASKED_FOR = timedelta(seconds=180)
"""So long a call without an answer may still be at work."""
CLOCKS_APART = timedelta(seconds=300)
OVERDUE = timedelta(days=7)
"""A customer has 24 hours; who is settled by nobody then is given up."""
GOING_ON = (40100, 40129, 90507)
"""It is under way already: what comes of it is in the results."""
BECAME: Mapping[int, str] = {1: "done", 3: "refused", 4: "full"}


@dataclass(frozen=True)
class Mover:
    """Hands over for one account."""

    stores: Stores
    client: PlatformClient
    account: int

    def step(self) -> Mapping[str, int]:
        """Look at what was called, then call what waits. Raises :class:`PlatformError` where more makes no sense now;
        what was not called stays recorded."""
        looked = self._look_at_customers() + self._look_at_groups()
        return {"looked": looked, "called": self._call_all()}

    # --- calling

    def _call_all(self) -> int:
        called = 0
        for handover, kind in self._waiting():
            self._hold(handover, kind)
            while chosen := self._begin(handover, kind):
                self._call(handover, kind, chosen)
                called += len(chosen)
        return called

    def _waiting(self) -> list[tuple[Row[Any], str]]:
        mine = sa.and_(items.c.account == self.account, items.c.state == "recorded")
        pairs = sa.select(items.c.handover, items.c.kind).where(mine).distinct().subquery()
        query = sa.select(table, pairs.c.kind).join(pairs, pairs.c.handover == table.c.id)
        with self.stores.ledger.read() as conn:
            return [(row, row.kind) for row in conn.execute(query.order_by(table.c.id, pairs.c.kind))]

    def _hold(self, handover: Row[Any], kind: str) -> None:
        """What was handed on too often is not called: the platform would refuse it."""
        if kind == "group" and handover.left:
            return
        now = self.stores.clock.now()
        with self.stores.ledger.write() as conn:
            mine = sa.and_(items.c.handover == handover.id, items.c.kind == kind, items.c.state == "recorded")
            often = items.c.item.in_(too_often(self.account, kind, now))
            values = {"state": "failed", "code": TOO_OFTEN[kind], "settled": now}
            conn.execute(sa.update(items).where(mine, often).values(**values))

    def _begin(self, handover: Row[Any], kind: str) -> list[str]:
        now = self.stores.clock.now()
        with self.stores.ledger.write() as conn:
            room = CALL_MAX if kind == "customer" else min(CALL_MAX, self._room(conn, handover.taker, now))
            if room <= 0:
                return []
            mine = sa.and_(items.c.handover == handover.id, items.c.kind == kind, items.c.state == "recorded")
            chosen = list(
                conn.execute(sa.select(items.c.item).where(mine).order_by(items.c.item).limit(room)).scalars()
            )
            self._put(conn, handover.id, kind, chosen, state="calling", called=now, next=now + FIRST_LOOK)
            return chosen

    def _room(self, conn: Connection, taker: str, now: datetime) -> int:
        """Groups that a member may still take today."""
        query = sa.select(sa.func.count()).select_from(items.join(table, table.c.id == items.c.handover))
        lately = sa.and_(items.c.kind == "group", items.c.called > now - timedelta(days=1), items.c.state != "recorded")
        return (
            GROUPS_A_DAY
            - conn.execute(query.where(table.c.account == self.account, table.c.taker == taker, lately)).scalar_one()
        )

    def _call(self, handover: Row[Any], kind: str, chosen: Sequence[str]) -> None:
        name, body = _asking(handover, kind, chosen)
        try:
            answer = self.client.call(name, body=body)
        except PlatformError as error:
            self._not_called(handover.id, kind, chosen, error)
            return
        now = self.stores.clock.now()
        codes = _codes(kind, answer)
        going = [each for each in chosen if codes.get(each, 0) in (0, *GOING_ON)]
        with self.stores.ledger.write() as conn:
            if kind == "group":
                done = [each for each in going if not codes.get(each, 0)]
                self._put(conn, handover.id, kind, done, state="done", settled=now, next=None)
                going = [each for each in going if codes.get(each, 0)]
            self._put(conn, handover.id, kind, going, state="waiting", next=now + FIRST_LOOK)
            for code in {codes[each] for each in codes} - {0, *GOING_ON}:
                these = [each for each in chosen if codes.get(each) == code]
                self._put(conn, handover.id, kind, these, state="failed", code=code, settled=now, next=None)

    def _not_called(self, number: int, kind: str, chosen: Sequence[str], error: PlatformError) -> None:
        """Nothing came of the call, or nobody knows: then the results say."""
        if error.unknown:
            return
        passing = error.failure.kind in ("passing", "account")
        code = error.platform_code if isinstance(error.platform_code, int) else None
        values: dict[str, Any] = (
            {"state": "recorded", "called": None, "next": None}
            if passing
            else {"state": "failed", "code": code, "settled": self.stores.clock.now(), "next": None}
        )
        with self.stores.ledger.write() as conn:
            self._put(conn, number, kind, chosen, **values)
        if passing:
            raise error

    # --- what became of it?

    def _due(self, kind: str) -> list[Row[Any]]:
        mine = sa.and_(items.c.account == self.account, items.c.state.in_(("calling", "waiting")))
        due = sa.and_(mine, items.c.kind == kind, items.c.next <= self.stores.clock.now())
        query = sa.select(table).where(table.c.id.in_(sa.select(items.c.handover).where(due)))
        with self.stores.ledger.read() as conn:
            return list(conn.execute(query.order_by(table.c.id)))

    def _look_at_customers(self) -> int:
        due = self._due("customer")
        for handover in due:
            name = "resigned/transfer_result" if handover.left else "transfer_result"
            body = {"handover_userid": handover.giver, "takeover_userid": handover.taker}
            listed: set[str] = set()
            for page, _ in self.client.pages(name, body):
                listed |= self._settle(handover, page)
            self._not_listed(handover, listed)
        return len(due)

    def _settle(self, handover: Row[Any], page: Sequence[Mapping[str, Any]]) -> set[str]:
        """Take over a page; customers whom the platform knows to be under way or settled."""
        told = {str(each["external_userid"]): each for each in page if int(each.get("status") or 0) in (1, 2, 3, 4)}
        now = self.stores.clock.now()
        with self.stores.ledger.write() as conn:
            mirror.alone(conn, self.account)
            open_ones = self._open(conn, handover.id, told)
            known = {name: told[name] for name, called in open_ones.items() if not _older(told[name], called)}
            for state in ("done", "refused", "full"):
                these = [name for name, each in known.items() if BECAME.get(int(each["status"])) == state]
                self._put(conn, handover.id, "customer", these, state=state, settled=now, next=None)
                if state == "done" and handover.left:
                    self._left_behind(conn, handover.giver, {name: _taken(known[name], now) for name in these})
            under_way = [name for name, each in known.items() if int(each["status"]) == 2]
            for name in under_way:
                later = now + min(max((now - open_ones[name]) / 4, FIRST_LOOK), LOOK_MAX)
                self._put(conn, handover.id, "customer", [name], state="waiting", next=later)
        return set(known)

    def _open(self, conn: Connection, number: int, names: Iterable[str]) -> dict[str, datetime]:
        given = sent(conn, item=(sa.Text, list(names)))
        mine = sa.and_(
            items.c.handover == number, items.c.kind == "customer", items.c.state.in_(("calling", "waiting"))
        )
        rows = conn.execute(
            sa.select(items.c.item, items.c.called).where(mine, items.c.item.in_(sa.select(given.c.item)))
        )
        return {row.item: row.called for row in rows}

    def _left_behind(self, conn: Connection, giver: str, taken: Mapping[str, datetime]) -> None:
        """Nobody calls back for a member who left: the friendship ends here."""
        contacts = contacts_of(conn, self.account, [(customer, giver) for customer in taken])
        known = [each for each in contacts.values() if each.since is not None]
        for each in known:
            each.end("transferred", taken[each.external_userid])
        store(conn, self.account, known)
        given = sent(conn, id=(sa.Text, list(taken)))
        mine = sa.and_(wecom_unassigned.c.account == self.account, wecom_unassigned.c.userid == giver)
        conn.execute(
            sa.delete(wecom_unassigned).where(mine, wecom_unassigned.c.external_userid.in_(sa.select(given.c.id)))
        )

    def _not_listed(self, handover: Row[Any], listed: set[str]) -> None:
        """Of whom the results say nothing: not called after all, or given up after a week."""
        now = self.stores.clock.now()
        mine = sa.and_(items.c.handover == handover.id, items.c.kind == "customer", items.c.next <= now)
        query = sa.select(items.c.item, items.c.state, items.c.called).where(
            mine, items.c.state.in_(("calling", "waiting"))
        )
        with self.stores.ledger.write() as conn:
            rows = [row for row in conn.execute(query) if row.item not in listed]
            again = [row.item for row in rows if row.state == "calling" and now - row.called > ASKED_FOR]
            ended = [row.item for row in rows if row.state == "waiting" and now - row.called > OVERDUE]
            later = [row.item for row in rows if row.item not in {*again, *ended}]
            self._put(conn, handover.id, "customer", again, state="recorded", called=None, next=None)
            self._put(conn, handover.id, "customer", ended, state="unsettled", settled=now, next=None)
            self._put(conn, handover.id, "customer", later, next=now + FIRST_LOOK)

    def _look_at_groups(self) -> int:
        due = self._due("group")
        for handover in due:
            open_ones = sa.and_(items.c.handover == handover.id, items.c.kind == "group")
            query = sa.select(items.c.item, items.c.called, items.c.state).where(
                open_ones, items.c.state.in_(("calling", "waiting")), items.c.next <= self.stores.clock.now()
            )
            with self.stores.ledger.read() as conn:
                rows = list(conn.execute(query))
            for row in rows:
                group = self.client.call("groupchat/get", body={"chat_id": row.item, "need_name": 0})["group_chat"]
                self._group_found(handover, row, owner=str(group.get("owner")))
        return len(due)

    def _group_found(self, handover: Row[Any], row: Row[Any], *, owner: str) -> None:
        now = self.stores.clock.now()
        values: dict[str, Any] = {"next": now + FIRST_LOOK}
        if owner == handover.taker:
            values = {"state": "done", "settled": now, "next": None}
        elif row.state == "calling" and now - row.called > ASKED_FOR:
            values = {"state": "recorded", "called": None, "next": None}
        elif now - row.called > OVERDUE:
            values = {"state": "unsettled", "settled": now, "next": None}
        with self.stores.ledger.write() as conn:
            self._put(conn, handover.id, "group", [row.item], **values)

    def _put(self, conn: Connection, number: int, kind: str, names: Sequence[str], **values: Any) -> None:
        if names:
            given = sent(conn, item=(sa.Text, list(names)))
            mine = sa.and_(items.c.handover == number, items.c.kind == kind, items.c.item.in_(sa.select(given.c.item)))
            conn.execute(sa.update(items).where(mine).values(**values))

    # --- members who left

    def read_unassigned(self) -> int:
        """Read whole who waits for somebody since a member left; how many."""
        begun, count = self.stores.clock.now(), 0
        for page, _ in self.client.pages("get_unassigned_list", {"page_size": PAGE}):
            for part in in_chunks(page):
                self._keep_unassigned(part, begun)
            count += len(page)
        gone = sa.and_(wecom_unassigned.c.account == self.account, wecom_unassigned.c.read < begun)
        with self.stores.ledger.write() as conn:
            conn.execute(sa.delete(wecom_unassigned).where(gone))
        return count

    def _keep_unassigned(self, page: Sequence[Mapping[str, Any]], begun: datetime) -> None:
        by_pair = {(str(each["handover_userid"]), str(each["external_userid"])): each for each in page}
        if not by_pair:
            return
        with self.stores.ledger.write() as conn:
            given = sent(
                conn,
                userid=(sa.Text, [pair[0] for pair in by_pair]),
                external_userid=(sa.Text, [pair[1] for pair in by_pair]),
                left=(sa.BigInteger, [int(each.get("dimission_time") or 0) * 1000 for each in by_pair.values()]),
            )
            fixed = {
                "account": sa.literal(self.account, sa.BigInteger),
                "read": sa.literal(to_millis(begun), sa.BigInteger),
            }
            names = ("userid", "external_userid", "left")
            chosen = sa.select(*(given.c[name] for name in names), *fixed.values()).where(sa.true())
            stored = insert_into(conn, wecom_unassigned).from_select([*names, *fixed], chosen)
            keys = list(wecom_unassigned.primary_key.columns)
            newer = {name: stored.excluded[name] for name in ("left", "read")}
            conn.execute(stored.on_conflict_do_update(index_elements=keys, set_=newer))


def _asking(handover: Row[Any], kind: str, chosen: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The call and its body."""
    if kind == "group":
        name = "groupchat/transfer" if handover.left else "groupchat/onjob_transfer"
        return name, {"chat_id_list": list(chosen), "new_owner": handover.taker}
    body = {
        "handover_userid": handover.giver,
        "takeover_userid": handover.taker,
        "external_userid": list(chosen),
    }
    if handover.left:
        return "resigned/transfer_customer", body
    return "transfer_customer", body | ({"transfer_success_msg": handover.message} if handover.message else {})


def _codes(kind: str, answer: Mapping[str, Any]) -> dict[str, int]:
    """Each has a code of its own: the whole is 0."""
    rows, key = ("failed_chat_list", "chat_id") if kind == "group" else ("customer", "external_userid")
    return {str(each[key]): int(each.get("errcode") or 0) for each in answer.get(rows) or []}


def _taken(told: Mapping[str, Any], otherwise: datetime) -> datetime:
    seconds = int(told.get("takeover_time") or 0)
    return datetime.fromtimestamp(seconds, UTC) if seconds else otherwise


def _older(told: Mapping[str, Any], called: datetime) -> bool:
    """Whether that is the result of an earlier hand-over between the two."""
    seconds = int(told.get("takeover_time") or 0)
    return bool(seconds) and datetime.fromtimestamp(seconds, UTC) < called - CLOCKS_APART
