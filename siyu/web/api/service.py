"""The API of service conversations (微信客服)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from siyu.channels.registry import Channels, exchange_of
from siyu.channels.wecom.service import answering, command
from siyu.channels.wecom.service.command import Answered, ChatAnswer, ChatDetail
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.paging import CursorText, Id, Limit, Page, page_of, value_of
from siyu.web.routes import api_read, api_write
from siyu.web.seeing import seen


class AnswerBody(msgspec.Struct, forbid_unknown_fields=True):
    """`text`: at most 2,048 bytes."""

    text: str


class TransferBody(msgspec.Struct, forbid_unknown_fields=True):
    """`state`: 2 to the pool, 3 to `servicer`, 4 end it; 1 to the app. Only forwards."""

    state: Annotated[int, msgspec.Meta(ge=1, le=4)]
    servicer: Annotated[str, msgspec.Meta(max_length=64)] = ""


@api_read("/api/service", "people.read")
def list_all(stores: Stores, cursor: CursorText = "", limit: Limit = 50) -> Page[ChatAnswer]:
    """Conversations, the one that somebody wrote in last first."""
    found = answering.chats(stores, before=value_of(cursor, int), rows_max=limit + 1)
    return page_of(found, limit, lambda each: each.id, ChatAnswer.of)


@api_read("/api/service/{chat:int}", "people.read")
def one(stores: Stores, chat: Id) -> ChatDetail:
    """A conversation with its last messages; phones and e-mails in them are masked for most roles."""
    found = command.detail(stores, chat)
    return ChatDetail(found.chat, [msgspec.structs.replace(each, text=seen(each.text)) for each in found.messages])


@api_write(
    "POST",
    "/api/service/{chat:int}/answer",
    "service.answer",
    audits="service_answered",
    about="chat:{chat}",
    status_code=200,
)
def answer(stores: Stores, channels: Channels, actor: Actor, chat: Id, data: AnswerBody) -> Answered:
    """Send a text, within 48 hours after the customer wrote, at most five."""
    return Answered(answering.answer(stores, exchange_of(channels), actor.tag, chat, data.text))


@api_write(
    "POST",
    "/api/service/{chat:int}/transfer",
    "service.answer",
    audits="service_transferred",
    about="chat:{chat}",
    status_code=200,
)
def transfer(stores: Stores, channels: Channels, chat: Id, data: TransferBody) -> ChatAnswer:
    """Give the session on, or end it."""
    answering.transfer(stores, exchange_of(channels), chat, data.state, data.servicer)
    return ChatAnswer.of(answering.get_chat(stores, chat))


ROUTES = [list_all, one, answer, transfer]
