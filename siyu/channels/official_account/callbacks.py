"""What an official account is told: who follows, scans, taps, writes; what became of messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.official_account.asking import ask_to_read
from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.documents import number, text
from siyu.channels.platform.news import News
from siyu.channels.protocol import Account
from siyu.channels.tables import accounts
from siyu.channels.wechat.receiving import msgid_of, openid_of, printable, read_told, receive
from siyu.channels.wechat.tables import wechat_calls
from siyu.channels.wechat.taking import Taken
from siyu.channels.wechat.users import FOLLOWING, LEFT, Seen
from siyu.channels.wechat.windows import ACTED, WROTE, Allowance, Opened

NAME = "official_account"
MESSAGES = frozenset(
    f"message.{kind}" for kind in ("text", "image", "voice", "video", "shortvideo", "location", "link")
)
ANSWERS = frozenset({"subscribe_msg_popup_event", "subscribe_msg_change_event"})
SENT = "subscribe_msg_sent_event"
TEMPLATE_DONE, MASS_DONE = "templatesendjobfinish", "masssendjobfinish"
WITHDRAWN = frozenset({"user_authorization_revoke", "user_authorization_cancellation"})
KNOWN = (
    MESSAGES
    | ANSWERS
    | WITHDRAWN
    | {"subscribe", "unsubscribe", "scan", "click", "view", SENT, TEMPLATE_DONE, MASS_DONE}
)
SCENE_PREFIX = "qrscene_"
MASS_COUNTS = ("TotalCount", "FilterCount", "SentCount", "ErrorCount")

ALLOWANCES = {WROTE: Allowance(timedelta(hours=48), 5), ACTED: Allowance(timedelta(minutes=1), 3)}


def identifier_of(app_id: str) -> str:
    return f"openid:{app_id}"


@dataclass(frozen=True)
class OfficialAccountReceiver:
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
            if each.name in MESSAGES:
                self._saw(taken, each, WROTE)
                taken.wrote(each)
            elif each.name in ANSWERS:
                taken.answered(each)
            elif each.name in WITHDRAWN:
                taken.withdrew(each)
            else:
                self._take_event(conn, taken, each)
        if taken.seen:
            ask_to_read(conn, account)
        return taken.store(conn, ALLOWANCES)

    def _take_event(self, conn: Connection, taken: Taken, each: Callback) -> None:
        key = printable(text(each.fields, "EventKey"))
        if each.name == "subscribe":
            scene = key.removeprefix(SCENE_PREFIX) if key.startswith(SCENE_PREFIX) else ""
            self._saw(taken, each, ACTED, began=True, scene=scene)
            taken.tell(each, "account_followed", channel_state=scene)
            taken.scanned.update([(scene, True)] if scene else [])
        elif each.name == "unsubscribe":
            taken.seen.append(Seen(openid_of(each.fields), LEFT, each.time))
            taken.tell(each, "account_unfollowed")
        elif each.name == "scan":
            self._saw(taken, each, ACTED)
            taken.tell(each, "code_scanned", channel_state=key)
            taken.scanned[key, False] += 1
        elif each.name in ("click", "view"):
            self._saw(taken, each, ACTED if each.name == "click" else "")
            taken.tell(each, "menu_clicked", name=key)
        elif each.name == SENT:
            taken.sent(each)
        elif each.name == TEMPLATE_DONE:
            taken.results.append((each, msgid_of(each.fields), printable(text(each.fields, "Status"))))
        else:
            _mass_done(conn, each)

    def _saw(self, taken: Taken, each: Callback, cause: str, *, began: bool = False, scene: str = "") -> None:
        """Whoever does something follows; what they do opens a window to answer in."""
        openid = openid_of(each.fields)
        taken.seen.append(Seen(openid, FOLLOWING, each.time, began, scene))
        if cause:
            taken.opened.append(Opened(openid, cause, each.time))


def _mass_done(conn: Connection, each: Callback) -> None:
    """What became of a mass message, in numbers; the platform does not say who."""
    counts = {name: found for name in MASS_COUNTS if (found := number(text(each.fields, name))) is not None}
    result = {"status": printable(text(each.fields, "Status")), **counts}
    conn.execute(
        sa.update(wechat_calls)
        .where(wechat_calls.c.account == each.account, wechat_calls.c.msgid == msgid_of(each.fields))
        .values(result=result, told=each.time)
    )
