"""The calls that make a moment, and what became of it (documents 95094, 93333, 97612).

A row is noted as called before the call. One without an answer is never called again: the platform's list is asked
whether a moment of that text is there that nobody here knows; after a day without one that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.failures import PlatformError
from siyu.channels.protocol import Account
from siyu.channels.wecom.attachments import MediaId
from siyu.channels.wecom.media import media_id
from siyu.channels.wecom.moments.tables import wecom_moment_parts as parts
from siyu.channels.wecom.moments.tables import wecom_moment_people as people
from siyu.channels.wecom.moments.tables import wecom_moments as table
from siyu.channels.wecom.platform import WECOM, corp_of
from siyu.storage import NotFound, SiyuError, Stores, in_chunks, insert_into, sent

ASK_AGAIN = timedelta(seconds=30)
LOOK_MIN, LOOK_MAX = timedelta(minutes=5), timedelta(hours=6)
JOB_LIVES = timedelta(hours=24)
WATCHED = timedelta(days=7)
"""So long members may still publish it, and customers are looked for."""
CLOCKS_APART = timedelta(seconds=300)
LIST_PAGE, PAGE, REACHED_PAGE = 20, 1_000, 5_000
FINISHED = 3


@dataclass(frozen=True)
class Publisher:
    """Works for one account."""

    stores: Stores
    client: PlatformClient
    account: Account

    def step(self) -> int:
        """Every moment whose time has come; how many."""
        now = self.stores.clock.now()
        mine = sa.and_(table.c.account == self.account.id, table.c.next <= now)
        with self.stores.ledger.read() as conn:
            due = list(conn.execute(sa.select(table).where(mine).order_by(table.c.next).limit(100)))
        for row in due:
            _ACTS[row.state](self, row)
        return len(due)

    # --- making it

    def make(self, row: Row[Any]) -> None:
        now = self.stores.clock.now()
        try:
            body = self._body(row)
        except NotFound as error:
            self._refused(row, error)
            return
        self._change(row, state="calling", called=now, next=now + ASK_AGAIN)
        try:
            answer = self.client.call("add_moment_task", body=body)
        except PlatformError as error:
            if error.unknown:
                return
            if error.failure.kind in ("passing", "account"):
                self._change(row, state="recorded", called=None, next=now + LOOK_MIN)
                raise
            self._refused(row, error)
            return
        self._change(row, state="making", jobid=str(answer["jobid"]), next=now + ASK_AGAIN)

    def _body(self, row: Row[Any]) -> dict[str, Any]:
        of_medium = partial(media_id, self.stores, self.client, corp_of(self.account), use="moment")
        senders = {"user_list": row.members, "department_list": row.departments}
        visible: dict[str, Any] = {"sender_list": {name: each for name, each in senders.items() if each}}
        if row.tags:
            visible["external_contact_list"] = {"tag_list": row.tags}
        body: dict[str, Any] = {"visible_range": {name: each for name, each in visible.items() if each}}
        if row.text:
            body["text"] = {"content": row.text}
        if row.attachments:
            body["attachments"] = [_attachment(each, of_medium) for each in row.attachments]
        return body

    def _refused(self, row: Row[Any], error: SiyuError) -> None:
        self._change(row, state="refused", reason={"code": error.code, "zh": error.zh, "en": error.en}, next=None)

    # --- is it there?

    def look_for(self, row: Row[Any]) -> None:
        now = self.stores.clock.now()
        span = {
            "start_time": int((row.called - CLOCKS_APART).timestamp()),
            "end_time": int((now + CLOCKS_APART).timestamp()),
        }
        for page, _ in self.client.pages("get_moment_list", {**span, "filter_type": 0, "limit": LIST_PAGE}):
            for listed in page:
                same = str((listed.get("text") or {}).get("content") or "") == row.text
                if same and not self._known(str(listed["moment_id"])):
                    self._change(row, state="waiting", moment_id=str(listed["moment_id"]), next=now)
                    return
        if now - row.called > JOB_LIVES:
            self._change(row, state="unsettled", next=None)
        else:
            self._change(row, next=now + LOOK_MIN)

    def _known(self, moment: str) -> bool:
        with self.stores.ledger.read() as conn:
            mine = sa.and_(table.c.account == self.account.id, table.c.moment_id == moment)
            return conn.execute(sa.select(table.c.id).where(mine)).first() is not None

    def ask(self, row: Row[Any]) -> None:
        now = self.stores.clock.now()
        if now - row.called > JOB_LIVES:
            self._change(row, state="unsettled", next=None)
            return
        answer = self.client.call("get_moment_task_result", params={"jobid": row.jobid})
        if int(answer.get("status") or 0) != FINISHED:
            self._change(row, next=now + ASK_AGAIN)
            return
        result = answer.get("result") or {}
        code = int(result.get("errcode") or 0)
        if code or not result.get("moment_id"):
            failure = WECOM.failure(code)
            self._change(row, state="refused", reason={"code": code, "zh": failure.zh, "en": failure.en}, next=None)
            return
        senders = result.get("invalid_sender_list") or {}
        invalid = {
            "members": senders.get("user_list") or [],
            "departments": senders.get("department_list") or [],
            "tags": (result.get("invalid_external_contact_list") or {}).get("tag_list") or [],
        }
        left_out = {name: each for name, each in invalid.items() if each}
        self._change(row, state="waiting", moment_id=str(result["moment_id"]), invalid=left_out, next=now)

    # --- what became of it?

    def watch(self, row: Row[Any]) -> None:
        now = self.stores.clock.now()
        published = self._members(row)
        for userid in published:
            self._reached(row, userid)
            self._said(row, userid)
        age = now - row.called
        if age > WATCHED:
            self._change(row, state="done" if row.state == "waiting" else row.state, next=None)
        else:
            self._change(row, next=now + min(max(age / 4, LOOK_MIN), LOOK_MAX))

    def _members(self, row: Row[Any]) -> list[str]:
        """Note who has published it; all of those."""
        done: list[str] = []
        for page, _ in self.client.pages("get_moment_task", {"moment_id": row.moment_id, "limit": PAGE}):
            told = {str(each["userid"]): bool(int(each.get("publish_status") or 0)) for each in page}
            done += [userid for userid, published in told.items() if published]
            if not told:
                continue
            with self.stores.ledger.write() as conn:
                rows = [{"moment": row.id, "userid": userid, "published": each} for userid, each in told.items()]
                stored = insert_into(conn, parts)
                keys = list(parts.primary_key.columns)
                newer = {"published": stored.excluded.published}
                conn.execute(stored.on_conflict_do_update(index_elements=keys, set_=newer), rows)
        return done

    def _reached(self, row: Row[Any], userid: str) -> None:
        body = {"moment_id": row.moment_id, "userid": userid, "limit": REACHED_PAGE}
        for page, _ in self.client.pages("get_moment_send_result", body):
            self._keep(row.id, "reached", userid, [(str(each["external_userid"]), None) for each in page])

    def _said(self, row: Row[Any], userid: str) -> None:
        answer = self.client.call("get_moment_comments", body={"moment_id": row.moment_id, "userid": userid})
        for kind, name in (("comment", "comment_list"), ("like", "like_list")):
            self._keep(row.id, kind, userid, _by_customer(answer.get(name) or []))

    def _keep(self, number: int, kind: str, userid: str, met: Sequence[tuple[str, int | None]]) -> None:
        for some in in_chunks(list(dict(met).items())):
            with self.stores.ledger.write() as conn:
                given = sent(
                    conn,
                    external_userid=(sa.Text, [each[0] for each in some]),
                    at=(sa.BigInteger, [None if each[1] is None else each[1] * 1000 for each in some]),
                )
                fixed = {
                    "moment": sa.literal(number, sa.BigInteger),
                    "kind": sa.literal(kind),
                    "userid": sa.literal(userid),
                }
                chosen = sa.select(given.c.external_userid, given.c.at, *fixed.values()).where(sa.true())
                stored = insert_into(conn, people).from_select(["external_userid", "at", *fixed], chosen)
                keys = list(people.primary_key.columns)
                conn.execute(stored.on_conflict_do_update(index_elements=keys, set_={"at": stored.excluded.at}))

    def _change(self, row: Row[Any], **values: Any) -> None:
        with self.stores.ledger.write() as conn:
            conn.execute(sa.update(table).where(table.c.id == row.id).values(**values))


_ACTS = {
    "recorded": Publisher.make,
    "calling": Publisher.look_for,
    "making": Publisher.ask,
    "waiting": Publisher.watch,
    "cancelled": Publisher.watch,
}


def _attachment(given: Mapping[str, str], of_medium: MediaId) -> dict[str, Any]:
    kind, medium = given["kind"], of_medium(given["medium"])
    if kind == "link":
        return {"msgtype": "link", "link": {"title": given["title"], "url": given["url"], "media_id": medium}}
    return {"msgtype": kind, kind: {"media_id": medium}}


def _by_customer(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, int | None]]:
    """Customers with the last time of each; members' own words are none of a customer."""
    found: dict[str, int | None] = {}
    for each in rows:
        if each.get("external_userid"):
            when = int(each.get("create_time") or 0)
            found[str(each["external_userid"])] = max(when, found.get(str(each["external_userid"])) or 0)
    return list(found.items())
