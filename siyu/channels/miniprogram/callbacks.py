"""What a mini program is told: who writes or enters the chat, who consents to messages, what became of them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback
from siyu.channels.platform.documents import text
from siyu.channels.wechat.receiver import WechatReceiver, messages
from siyu.channels.wechat.receiving import openid_of, printable
from siyu.channels.wechat.taking import Taken
from siyu.channels.wechat.users import USER, Seen
from siyu.channels.wechat.windows import ACTED, WROTE, Allowance, Opened

NAME = "miniprogram"
MESSAGES = messages("text", "image", "link", "miniprogrampage")
ENTERED = "user_enter_tempsession"

ALLOWANCES = {WROTE: Allowance(timedelta(hours=48), 5), ACTED: Allowance(timedelta(minutes=1), 2)}


def identifier_of(app_id: str) -> str:
    return f"mp_openid:{app_id}"


def _take(conn: Connection, taken: Taken, each: Callback) -> None:
    openid = openid_of(each.fields)
    taken.seen.append(Seen(openid, USER, each.time))
    if taken.took(each):
        return
    if each.name in MESSAGES:
        taken.opened.append(Opened(openid, WROTE, each.time))
        taken.wrote(each)
    else:
        taken.opened.append(Opened(openid, ACTED, each.time))
        taken.tell(each, "service_entered", name=printable(text(each.fields, "SessionFrom")))


RECEIVER = WechatReceiver(NAME, MESSAGES | {ENTERED}, identifier_of, ALLOWANCES, _take)
