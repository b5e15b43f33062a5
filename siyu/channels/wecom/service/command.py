"""What the command line and the API answer of service conversations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, to_builtins
from sqlalchemy.engine import Row

from siyu.channels.wecom.service import answering
from siyu.channels.wecom.service.answering import Chat
from siyu.storage import Stores

ROWS_MAX = 200


class ChatAnswer(Struct, frozen=True):
    """A conversation. ``left``: answers that may be sent until ``until``; ``state``: 0 new, 1 app, 2 waiting for
    staff, 3 with staff, 4 ended, null: not told."""

    id: int
    account: int
    open_kfid: str
    external_userid: str
    last: datetime
    until: datetime | None
    left: int
    state: int | None
    servicer: str

    @classmethod
    def of(cls, chat: Chat) -> ChatAnswer:
        who = (chat.account, chat.open_kfid, chat.external_userid)
        return cls(chat.id, *who, chat.last, chat.until, chat.left, chat.state, chat.servicer)


class ChatMessage(Struct, frozen=True):
    """``origin``: customer, platform, staff, app; ``state``: received, or of ours sending, sent, failed, unknown."""

    at: datetime
    origin: str
    servicer: str
    kind: str
    text: str
    state: str
    reason: str | None

    @classmethod
    def of(cls, row: Row[Any]) -> ChatMessage:
        return cls(row.at, row.origin, row.servicer, row.kind, row.text, row.state, row.reason)


class ChatsAnswer(Struct, frozen=True):
    """Conversations, the one that somebody wrote in last first."""

    chats: list[ChatAnswer]


class ChatDetail(Struct, frozen=True):
    """A conversation with its last messages."""

    chat: ChatAnswer
    messages: list[ChatMessage]


class Answered(Struct, frozen=True):
    """``became``: sent, or unknown where no answer came."""

    became: str


def detail(stores: Stores, chat: int) -> ChatDetail:
    """Raises :class:`NotFound`."""
    found = answering.get_chat(stores, chat)
    return ChatDetail(ChatAnswer.of(found), [ChatMessage.of(row) for row in answering.messages(stores, chat)])


def list_all(stores: Stores) -> Mapping[str, Any]:
    """:class:`ChatsAnswer` as plain data."""
    return to_builtins(ChatsAnswer([ChatAnswer.of(each) for each in answering.chats(stores, rows_max=ROWS_MAX)]))


def show(stores: Stores, chat: int) -> Mapping[str, Any]:
    """:class:`ChatDetail` as plain data."""
    return to_builtins(detail(stores, chat))
