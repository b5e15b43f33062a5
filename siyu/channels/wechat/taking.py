"""What a run of callbacks changes, gathered and put into the mirror by set; and what it means for people, as news."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback
from siyu.channels.platform.documents import text
from siyu.channels.platform.news import News
from siyu.channels.wechat.grants import Answered, count_answers
from siyu.channels.wechat.receiving import NAME_CHARACTERS_MAX, msgid_of, openid_of, printable, subscriptions
from siyu.channels.wechat.tables import wechat_codes, wechat_results, wechat_sends
from siyu.channels.wechat.users import Seen, forget, see
from siyu.channels.wechat.windows import Allowance, Opened, open_windows
from siyu.storage import insert_into, sent
from siyu.storage.ledger import to_millis

ANSWERS = frozenset({"subscribe_msg_popup_event", "subscribe_msg_change_event"})
SENT = "subscribe_msg_sent_event"
WITHDRAWN = frozenset({"user_authorization_revoke", "user_authorization_cancellation"})
TAKEN_BY_ALL = ANSWERS | WITHDRAWN | {SENT}
"""What official accounts and mini programs tell alike."""
FAILED = "message_failed"
WITHDREW = "authorization_withdrawn"


@dataclass
class Taken:
    """``identifier``: the kind under which these people are known (``openid:<app>``)."""

    platform: str
    account: int
    identifier: str
    seen: list[Seen] = field(default_factory=list[Seen])
    opened: list[Opened] = field(default_factory=list[Opened])
    answers: list[Answered] = field(default_factory=list[Answered])
    scanned: Counter[tuple[str, bool]] = field(default_factory=Counter[tuple[str, bool]])
    results: list[tuple[Callback, str, str]] = field(default_factory=list[tuple[Callback, str, str]])
    withdrawn: list[str] = field(default_factory=list[str])
    news: list[News] = field(default_factory=list[News])

    def tell(self, callback: Callback, event: str, part: str = "", **properties: Any) -> None:
        """``part`` tells apart what one callback says of several things."""
        self.news.append(
            News(
                event,
                callback.time,
                ((self.identifier, openid_of(callback.fields)),),
                f"{self.platform}:{callback.account}:{callback.key}{part}",
                {name: value for name, value in properties.items() if value},
            )
        )

    def took(self, callback: Callback) -> bool:
        """Take what official accounts and mini programs tell alike; whether it was that."""
        if callback.name in ANSWERS:
            self.answered(callback)
        elif callback.name in WITHDRAWN:
            self.withdrew(callback)
        elif callback.name == SENT:
            self.sent(callback)
        return callback.name in TAKEN_BY_ALL

    def answered(self, callback: Callback) -> None:
        """What a person answered when asked for consent to subscription messages, or changed afterwards."""
        for place, each in enumerate(subscriptions(callback.fields)):
            agreed = text(each, "SubscribeStatusString") == "accept"
            template = printable(text(each, "TemplateId"))[:NAME_CHARACTERS_MAX]
            self.answers.append(Answered(openid_of(callback.fields), template, agreed, callback.time))
            event = "subscription_accepted" if agreed else "subscription_declined"
            self.tell(callback, event, f":{place}", template=template)

    def sent(self, callback: Callback) -> None:
        """What became of subscription messages."""
        for each in subscriptions(callback.fields):
            code = text(each, "ErrorCode") or "0"
            status = "success" if code == "0" else printable(f"{code} {text(each, 'ErrorStatus')}")
            self.results.append((callback, msgid_of(each), status))

    def wrote(self, callback: Callback) -> None:
        """A person's own message."""
        kind = callback.name.partition(".")[2]
        said = printable(text(callback.fields, "Content", "Recognition", "Label", "Title"))
        self.tell(callback, "customer_wrote", text=said or f"[{kind}]", message_type=kind, channel=self.platform)

    def withdrew(self, callback: Callback) -> None:
        """They withdrew what they had allowed: what was read of them is dropped, and it is told."""
        self.withdrawn.append(openid_of(callback.fields))
        self.tell(callback, WITHDREW, channel=self.platform)

    def store(self, conn: Connection, allowances: Mapping[str, Allowance]) -> list[News]:
        see(conn, self.account, self.seen)
        open_windows(conn, self.account, allowances, self.opened)
        count_answers(conn, self.account, self.answers)
        _count_codes(conn, self.account, self.scanned)
        if self.withdrawn:
            forget(conn, self.account, self.withdrawn)
        self._store_results(conn)
        return self.news

    def _store_results(self, conn: Connection) -> None:
        """Keep what became of messages; what did not arrive is news of the person."""
        results = [(callback, msgid, status) for callback, msgid, status in self.results if msgid]
        if not results:
            return
        by_id = {msgid: (callback, status) for callback, msgid, status in results}
        rows = sent(
            conn,
            msgid=(sa.Text, list(by_id)),
            openid=(sa.Text, [openid_of(callback.fields) for callback, _ in by_id.values()]),
            status=(sa.Text, [status for _, status in by_id.values()]),
            at=(sa.BigInteger, [to_millis(callback.time) for callback, _ in by_id.values()]),
        )
        columns = ("msgid", "openid", "status", "at")
        typed = [sa.type_coerce(rows.c[name], wechat_results.c[name].type) for name in columns]
        chosen = sa.select(sa.literal(self.account, sa.BigInteger), *typed).where(sa.true())
        kept = insert_into(conn, wechat_results).from_select(["account", *columns], chosen)
        conn.execute(kept.on_conflict_do_nothing())
        failed = {msgid: found for msgid, found in by_id.items() if found[1] != "success"}
        if not failed:
            return
        asked = sent(conn, msgid=(sa.Text, list(failed)))
        mine = wechat_sends.c
        known = conn.execute(
            sa.select(mine.msgid, mine.delivery_id).where(
                mine.account == self.account, mine.msgid.in_(sa.select(asked.c.msgid))
            )
        )
        deliveries = {row.msgid: row.delivery_id for row in known}
        for msgid, (callback, status) in failed.items():
            delivery = deliveries.get(msgid, "")
            self.tell(callback, FAILED, f":{msgid}", reason=status, delivery_id=delivery, channel=self.platform)


def _count_codes(conn: Connection, account: int, scanned: Mapping[tuple[str, bool], int]) -> None:
    """``scanned``: (scene, whether they began to follow) → how often. Scenes of codes made elsewhere are left alone."""
    for (scene, followed), times in scanned.items():
        conn.execute(
            sa.update(wechat_codes)
            .where(wechat_codes.c.account == account, wechat_codes.c.scene == scene)
            .values(scans=wechat_codes.c.scans + times, follows=wechat_codes.c.follows + (times if followed else 0))
        )
