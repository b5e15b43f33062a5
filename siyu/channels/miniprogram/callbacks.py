"""What a mini program is told: who writes or enters the chat, who consents to messages, what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.documents import text
from siyu.channels.platform.news import News
from siyu.channels.protocol import Account
from siyu.channels.tables import accounts
from siyu.channels.wechat.receiving import openid_of, printable, read_told, receive
from siyu.channels.wechat.taking import Taken
from siyu.channels.wechat.users import USER, Seen
from siyu.channels.wechat.windows import ACTED, WROTE, Allowance, Opened

NAME = "miniprogram"
MESSAGES = frozenset(f"message.{kind}" for kind in ("text", "image", "link", "miniprogrampage"))
ANSWERS = frozenset({"subscribe_msg_popup_event", "subscribe_msg_change_event"})
SENT, ENTERED = "subscribe_msg_sent_event", "user_enter_tempsession"
WITHDRAWN = frozenset({"user_authorization_revoke", "user_authorization_cancellation"})
KNOWN = MESSAGES | ANSWERS | WITHDRAWN | {SENT, ENTERED}

ALLOWANCES = {WROTE: Allowance(timedelta(hours=48), 5), ACTED: Allowance(timedelta(minutes=1), 2)}


def identifier_of(app_id: str) -> str:
    return f"mp_openid:{app_id}"


@dataclass(frozen=True)
class MiniprogramReceiver:
    """See :class:`~siyu.channels.platform.callbacks.Receiver`."""

    platform: str = NAME
    known: frozenset[str] = KNOWN

    def receive(self, account: Account, delivery: Delivery) -> Received:
        return receive(account, delivery)

    def hurries(self, body: bytes) -> bool:
        return False

    def read(self, body: bytes) -> Told:
        return read_told(body, KNOWN)

    def apply(self, conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
        app_id = conn.execute(sa.select(accounts.c.settings).where(accounts.c.id == account)).scalar_one()["app_id"]
        taken = Taken(NAME, account, identifier_of(app_id))
        for each in callbacks:
            openid = openid_of(each.fields)
            taken.seen.append(Seen(openid, USER, each.time))
            if each.name in MESSAGES:
                taken.opened.append(Opened(openid, WROTE, each.time))
                taken.wrote(each)
            elif each.name in ANSWERS:
                taken.answered(each)
            elif each.name in WITHDRAWN:
                taken.withdrew(each)
            elif each.name == SENT:
                taken.sent(each)
            else:
                taken.opened.append(Opened(openid, ACTED, each.time))
                taken.tell(each, "service_entered", name=printable(text(each.fields, "SessionFrom")))
        return taken.store(conn, ALLOWANCES)
