"""Answers: at most five within 48 hours after the customer wrote, counted before the call; and who has a session.

The platform does not tell what an app has sent. So the row of a message is on disk before its call; a call without an
answer leaves it *unknown*, and it is never repeated by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.channels.accounts import usable_account
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.service.tables import wecom_kf_chats, wecom_kf_messages
from siyu.storage import BadInput, Conflict, NotFound, Stores, at_machine_speed

WINDOW = timedelta(hours=48)
MESSAGES_MAX = 5
TEXT_BYTES_MAX = 2_048
MAY_SEND = (None, 0, 1, 3)
STATES: Mapping[int, tuple[str, str]] = {
    0: ("未处理", "New"),
    1: ("由应用接待", "With the app"),
    2: ("待接入池", "Waiting for staff"),
    3: ("由人工接待", "With staff"),
    4: ("已结束", "Ended"),
}
MESSAGE_STATES: Mapping[str, tuple[str, str]] = {
    "sending": ("正在发送", "Being sent"),
    "sent": ("已发送", "Sent"),
    "failed": ("未送达", "Not delivered"),
    "unknown": ("无法确定是否送达", "Not known whether it arrived"),
}
MESSAGE_KINDS: Mapping[str, tuple[str, str]] = {
    "text": ("文字", "text"),
    "image": ("图片", "picture"),
    "voice": ("语音", "voice message"),
    "video": ("视频", "film"),
    "file": ("文件", "file"),
    "location": ("位置", "place"),
    "link": ("链接", "link"),
    "business_card": ("名片", "card of a colleague"),
    "miniprogram": ("小程序", "mini program"),
    "msgmenu": ("菜单", "menu"),
    "merged_msg": ("聊天记录", "messages passed on"),
    "channels": ("视频号内容", "Channels post"),
    "channels_shop_product": ("视频号商品", "Channels product"),
    "channels_shop_order": ("视频号订单", "Channels order"),
    "meeting": ("会议", "meeting"),
    "schedule": ("日程", "appointment"),
    "note": ("笔记", "note"),
    "enter_session": ("客户进入了会话", "the customer opened the conversation"),
    "msg_send_fail": ("消息没有送达", "a message did not arrive"),
    "servicer_status_change": ("接待人员的状态变了", "a servicer's state changed"),
    "session_status_change": ("会话状态变了", "the session's state changed"),
    "user_recall_msg": ("客户撤回了一条消息", "the customer took a message back"),
    "servicer_recall_msg": ("员工撤回了一条消息", "a colleague took a message back"),
    "reject_customer_msg_switch_change": ("客户开关了消息接收", "the customer switched messages on or off"),
}
"""What may stand in a conversation besides text (document 94670)."""
SENDING = timedelta(minutes=2)
"""A message still *sending* after this was left by a process that went away: nobody knows."""
FORWARD: Mapping[int, tuple[int, ...]] = {0: (1, 2, 3, 4), 1: (2, 3, 4), 2: (3, 4), 3: (3, 4), 4: ()}
"""From a state, where it may go."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation. ``left``: messages that may be sent now; ``until``: when the window closes."""

    id: int
    account: int
    open_kfid: str
    external_userid: str
    last: datetime
    asked: datetime | None
    until: datetime | None
    left: int
    state: int | None
    servicer: str


def chats(
    stores: Stores,
    *,
    state: int | None = None,
    account: int | None = None,
    before: int | None = None,
    rows_max: int = 50,
) -> list[Chat]:
    """The one that somebody wrote in last first; ``before`` is the number of the last one seen."""
    table = wecom_kf_chats.c
    query = sa.select(wecom_kf_chats).order_by(table.last.desc(), table.id.desc()).limit(rows_max)
    if state is not None:
        query = query.where(table.state == state)
    if account is not None:
        query = query.where(table.account == account)
    with stores.ledger.read() as conn:
        if before is not None:
            place = _row(conn, before)
            query = query.where(sa.tuple_(table.last, table.id) < sa.tuple_(place.last, place.id))
        return [_chat(row, stores.clock.now()) for row in conn.execute(query)]


def get_chat(stores: Stores, chat: int) -> Chat:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return _chat(_row(conn, chat), stores.clock.now())


def messages(stores: Stores, chat: int, rows_max: int = 200) -> Sequence[Row[Any]]:
    """The last ones, the oldest of them first: msgid, at, origin, servicer, kind, text, state, reason, by."""
    table = wecom_kf_messages.c
    query = sa.select(wecom_kf_messages).where(table.chat == chat).order_by(table.at.desc(), table.id.desc())
    _give_up_on_lost(stores, chat)
    with stores.ledger.read() as conn:
        _row(conn, chat)
        return list(reversed(conn.execute(query.limit(rows_max)).all()))


def answer(stores: Stores, exchange: Exchange, by: str, chat: int, text: str) -> str:
    """Send a text; what became of it: *sent* or *unknown*. Raises :class:`Conflict` outside of the windows,
    :class:`BadInput`, and what the platform says against it."""
    words = text.strip()
    if not words or len(words.encode()) > TEXT_BYTES_MAX:
        raise BadInput(
            "service_text",
            f"请填写内容，最多 {TEXT_BYTES_MAX} 字节（一个汉字 3 字节）。",
            f"Write something, at most {TEXT_BYTES_MAX} bytes.",
            field="text",
        )
    msgid = secrets.token_hex(16)
    found = _noted(stores, by, chat, words, msgid)
    client = PlatformClient(exchange, usable_account(stores, found.account), WECOM)
    body = {"touser": found.external_userid, "open_kfid": found.open_kfid, "msgid": msgid, "msgtype": "text"}
    try:
        client.call("kf/send_msg", body={**body, "text": {"content": words}})
    except PlatformError as error:
        if error.unknown:
            _settle(stores, chat, msgid, "unknown")
            return "unknown"
        _settle(stores, chat, msgid, "failed", f"{error.failure.zh}/{error.failure.en}")
        raise
    _settle(stores, chat, msgid, "sent")
    return "sent"


def transfer(stores: Stores, exchange: Exchange, chat: int, state: int, servicer: str = "") -> None:
    """Give a session on: to the pool (2), to a member (3), or end it (4). Raises :class:`Conflict` where it can't go
    there, and what the platform says against it."""
    found = get_chat(stores, chat)
    if state not in FORWARD.get(found.state or 0, ()):
        raise Conflict("service_state", "会话不能改成这个状态。", "The session can't go to that state.")
    if state == 3 and not servicer.strip():
        raise BadInput("servicer_missing", "请填写接待人员。", "Name the member of staff.", field="servicer")
    client = PlatformClient(exchange, usable_account(stores, found.account), WECOM)
    body = {"open_kfid": found.open_kfid, "external_userid": found.external_userid, "service_state": state}
    client.call("kf/service_state/trans", body=body | ({"servicer_userid": servicer} if servicer else {}))
    _state(stores, chat, state, servicer)


def look_up(stores: Stores, exchange: Exchange, chat: int) -> None:
    """Ask the platform whose the session is now."""
    found = get_chat(stores, chat)
    client = PlatformClient(exchange, usable_account(stores, found.account), WECOM)
    body = {"open_kfid": found.open_kfid, "external_userid": found.external_userid}
    told = client.call("kf/service_state/get", body=body)
    _state(stores, chat, int(told.get("service_state") or 0), str(told.get("servicer_userid") or ""))


def _noted(stores: Stores, by: str, chat: int, words: str, msgid: str) -> Chat:
    """The message on disk and counted, before the call."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = _chat(_row(conn, chat), now)
        if found.state not in MAY_SEND:
            raise Conflict(
                "service_closed", "会话的状态不允许发送，等客户再次发来消息。", "The session does not allow sending."
            )  # fmt: skip
        if not found.left:
            raise Conflict(
                "service_window",
                f"客户最后一条消息之后 48 小时内最多发 {MESSAGES_MAX} 条；等客户再次发来消息。",
                f"At most {MESSAGES_MAX} within 48 hours after the customer wrote; wait until they write again.",
            )
        conn.execute(
            sa.update(wecom_kf_chats)
            .where(wecom_kf_chats.c.id == chat)
            .values(sent=wecom_kf_chats.c.sent + 1, last=now)
        )
        row = {"chat": chat, "msgid": msgid, "at": now, "origin": "app", "kind": "text", "text": words}
        conn.execute(sa.insert(wecom_kf_messages).values(**row, state="sending", by=by))
    return found


def _settle(stores: Stores, chat: int, msgid: str, state: str, reason: str | None = None) -> None:
    """What became of it; one that was surely refused gives its place in the window back."""
    with stores.ledger.write() as conn:
        mine = sa.and_(wecom_kf_messages.c.chat == chat, wecom_kf_messages.c.msgid == msgid)
        conn.execute(sa.update(wecom_kf_messages).where(mine).values(state=state, reason=reason))
        if state == "failed":
            some = sa.and_(wecom_kf_chats.c.id == chat, wecom_kf_chats.c.sent > 0)
            conn.execute(sa.update(wecom_kf_chats).where(some).values(sent=wecom_kf_chats.c.sent - 1))


def _give_up_on_lost(stores: Stores, chat: int) -> None:
    table = wecom_kf_messages.c
    clock = stores.clock
    long_ago = clock.now() - timedelta(seconds=at_machine_speed(clock, SENDING.total_seconds()))
    lost = sa.and_(table.chat == chat, table.state == "sending", table.at < long_ago)
    with stores.ledger.read() as conn:
        if conn.execute(sa.select(table.id).where(lost).limit(1)).first() is None:
            return
    with stores.ledger.write() as conn:
        conn.execute(sa.update(wecom_kf_messages).where(lost).values(state="unknown"))


def _state(stores: Stores, chat: int, state: int, servicer: str) -> None:
    with stores.ledger.write() as conn:
        mine = wecom_kf_chats.c.id == chat
        conn.execute(sa.update(wecom_kf_chats).where(mine).values(state=state, servicer=servicer))


def _row(conn: Connection, chat: int) -> Row[Any]:
    row = conn.execute(sa.select(wecom_kf_chats).where(wecom_kf_chats.c.id == chat)).one_or_none()
    if row is None:
        raise NotFound("chat_not_found", f"没有编号为 {chat} 的会话。", f"There is no conversation {chat}.")
    return row


def _chat(row: Row[Any], now: datetime) -> Chat:
    until = None if row.asked is None else row.asked + WINDOW
    left = max(MESSAGES_MAX - row.sent, 0) if until is not None and now < until else 0
    who = (row.account, row.open_kfid, row.external_userid)
    return Chat(row.id, *who, row.last, row.asked, until, left, row.state, row.servicer)
