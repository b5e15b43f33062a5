"""What Douyin calls about: proved, read, and what it means for people and for the windows."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from siyu.channels.douyin.windows import AUTHORISED, ENTERED, WROTE, Opened, open_windows
from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.documents import Document, unreadable
from siyu.channels.platform.news import News
from siyu.channels.platform.reading import first_moment, inner, is_part, listed, loads, spelt, text
from siyu.channels.protocol import Account
from siyu.storage import BadInput, NotAllowed

VERIFY = "verify_webhook"
LEAD_CARD = "retain_consult_card"
FILLED = "1"
TEXT_CHARACTERS_MAX = 1_000
NAME_CHARACTERS_MAX = 60
GROUP = "2"
"""Kind of conversation."""
FOLLOWED = "1"

SENT = ("im_send_msg", "im_group_send_msg")
NOTES = (
    *SENT,
    "im_recall_msg",
    "authorize",
    "unauthorize",
    "union_auth_info_for_b",
    "union_auth_info_for_c",
    "dial_phone",
    "website_contact",
    "personal_tab_contact",
    "enter_group_audit_change",
)
"""Known, kept, and no event in a person's life."""

CARD_LABELS: Mapping[str, str] = {
    "手机号": "phone",
    "电话": "phone",
    "手机": "phone",
    "联系电话": "phone",
    "姓名": "name",
    "称呼": "name",
    "城市": "city",
}
"""What a lead card asks for, by the label that the customer saw."""


@dataclass(frozen=True)
class DouyinReceiver:
    """See :class:`~siyu.channels.platform.callbacks.Receiver`."""

    platform: str = "douyin"

    @property
    def known(self) -> frozenset[str]:
        return frozenset({*TELLING, *NOTES})

    def receive(self, account: Account, delivery: Delivery) -> Received:
        if delivery.method != "POST":
            raise BadInput("douyin_post", "抖音回调请用 POST。", "Douyin calls back by POST.")
        signed = hashlib.sha1(account.secrets["client_secret"].encode() + delivery.body).hexdigest()
        given = delivery.headers.get("x-douyin-signature", "")
        if not hmac.compare_digest(signed.encode(), given.lower().encode()):
            raise NotAllowed("callback_signature", "签名不正确。", "The signature is wrong.")
        document = loads(delivery.body)
        if text(document, "event") == VERIFY:
            challenge = inner(document, "content").get("challenge")
            if not isinstance(challenge, str | int):
                raise unreadable()
            return Received(None, json.dumps({"challenge": challenge}).encode(), "application/json")
        return Received(delivery.body, b"{}", "application/json")

    def hurries(self, body: bytes) -> bool:
        return False

    def read(self, body: bytes) -> Told:
        document = loads(body)
        name, content = text(document, "event"), inner(document, "content")
        if name in TELLING and not (_who(name, document, content) and is_part(_client(document))):
            raise unreadable()
        return Told(name, first_moment(content, "create_time", "action_time", "update_time"), document)

    def apply(self, conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
        told = [_What(account, each) for each in callbacks if each.name in TELLING]
        open_windows(conn, account, [window for what in told if (window := _window(what)) is not None])
        return [one for what in told for one in TELLING[what.name](what)]


class _What:
    """One callback, taken apart."""

    def __init__(self, account: int, callback: Callback) -> None:
        self.account = account
        self.callback = callback
        self.name = callback.name
        self.content = inner(callback.fields, "content")
        self.at: datetime = callback.time
        self.open_id = _who(callback.name, callback.fields, self.content)
        self.identifier = (f"douyin_openid:{_client(callback.fields)}", self.open_id)

    def news(self, event: str, part: str, **properties: Any) -> News:
        shown = {name: value for name, value in properties.items() if value not in ("", None)}
        key = f"douyin:{self.account}:{self._about()}:{part}"
        return News(event, self.at, (self.identifier,), key, {"channel": "douyin", **shown})

    def who(self, traits: Mapping[str, str], part: str, *more: tuple[str, str]) -> News:
        key = f"douyin:{self.account}:{self._about()}:{part}"
        return News("", self.at, (*more, self.identifier), key, traits=traits)

    def _about(self) -> str:
        """A message has a number of its own; what has none is told apart by the delivery."""
        return text(self.content, "server_message_id") or self.callback.key


def _who(name: str, document: Document, content: Document) -> str:
    """Whose life it happens in."""
    found = text(content, "open_id", "comment_user_id") if name in ("group_fans_event", "item_comment_reply") else ""
    found = found or text(document, "from_user_id")
    return found if spelt("douyin_openid", found) else ""


def _client(document: Document) -> str:
    """The app to which open ids belong."""
    return text(document, "client_key") or "app"


def _window(what: _What) -> Opened | None:
    content = what.content
    message, conversation = text(content, "server_message_id"), text(content, "conversation_short_id")
    if what.name == "im_receive_msg" and text(content, "conversation_type") != GROUP:
        return Opened(what.open_id, WROTE, what.at, message, conversation)
    if what.name == "im_enter_direct_msg":
        return Opened(what.open_id, ENTERED, what.at, message, conversation)
    if what.name == "im_authorize" and text(content, "auth_status") in ("1", ""):
        until = first_moment(content, "expire_time")
        return Opened(what.open_id, AUTHORISED, what.at, message, conversation, until)
    return None


def _message(what: _What) -> list[News]:
    content = what.content
    news = _nickname(what)
    if text(content, "message_type") == LEAD_CARD:
        return [*news, *_lead(what)]
    group = text(content, "conversation_short_id") if text(content, "conversation_type") == GROUP else ""
    return [
        *news,
        what.news(
            "customer_wrote",
            "message",
            text=text(content, "text", characters_max=TEXT_CHARACTERS_MAX),
            message_type=text(content, "message_type"),
            group_id=group,
            item_id=text(content, "item_id"),
            source=text(content, "source"),
        ),
    ]


def _nickname(what: _What) -> list[News]:
    """What the person is called on Douyin, as the message says."""
    names = {text(each, "open_id"): text(each, "nick_name") for each in listed(what.content, "user_infos")}
    name = names.get(what.open_id)
    return [what.who({"douyin_name": name}, "name")] if name else []


def _lead(what: _What) -> list[News]:
    """A card that the customer filled in; one that was only sent says nothing."""
    if text(what.content, "card_status") != FILLED:
        return []
    filled = {
        CARD_LABELS[text(each, "label")]: text(each, "value", characters_max=NAME_CHARACTERS_MAX)
        for each in listed(what.content, "card_data")
        if text(each, "label") in CARD_LABELS
    }
    phone = spelt("phone", filled.get("phone", ""))
    known = (("phone", phone),) if phone else ()
    traits = {name: filled[name] for name in ("name", "city") if filled.get(name)}
    lead = what.news("lead_received", "lead", card_id=text(what.content, "card_id"), form="抖音留资卡")
    lead = News(lead.event, lead.at, (*known, *lead.identifiers), lead.key, lead.properties)
    return [lead, *([what.who(traits, "card", *known)] if traits else [])]


def _entered(what: _What) -> list[News]:
    return [what.news("service_entered", "entered", scene=text(what.content, "scene_type"))]


def _authorised(what: _What) -> list[News]:
    return []


def _joined(what: _What) -> list[News]:
    return [what.news("group_joined", "joined", group_id=text(what.content, "im_group_id"))]


def _followed(what: _What) -> list[News]:
    followed = text(what.content, "action_type") in (FOLLOWED, "")
    return [what.news("douyin_followed" if followed else "douyin_unfollowed", "follow")]


def _liked(what: _What) -> list[News]:
    return [what.news("video_liked", "like", item_id=text(what.content, "item_id"))]


def _commented(what: _What) -> list[News]:
    content = what.content
    said = text(content, "content", characters_max=TEXT_CHARACTERS_MAX)
    return [what.news("video_commented", "comment", text=said, item_id=text(content, "reply_to_item_id"))]


TELLING: Mapping[str, Callable[[_What], list[News]]] = {
    "im_receive_msg": _message,
    "im_group_receive_msg": _message,
    "im_enter_direct_msg": _entered,
    "im_authorize": _authorised,
    "group_fans_event": _joined,
    "new_follow_action": _followed,
    "new_video_digg": _liked,
    "item_comment_reply": _commented,
}
"""What each kind is in a person's life."""
