"""Callbacks of official accounts and mini programs: proved, opened where sealed, named.

In safe mode the body is sealed and its signature covers it. In plain mode the signature covers only time and nonce; who
knows neither token nor address can't make one, but the body is not proved. So safe mode is the default, and in it a
plain body is refused.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from typing import Any

from siyu.channels.platform.callbacks import Delivery, Received, Told, moment
from siyu.channels.platform.documents import Document, read, text, unreadable
from siyu.channels.platform.envelope import Envelope, damaged, signature
from siyu.channels.platform.reading import spelt
from siyu.channels.protocol import Account
from siyu.channels.wechat.platform import app_of
from siyu.storage import BadInput, NotAllowed

ECHO_CHARACTERS_MAX = 128
TEXT_CHARACTERS_MAX = 2_000
NAME_CHARACTERS_MAX = 200
_ID = re.compile(r"[A-Za-z0-9_\-@.]{1,128}")
_ECHO = re.compile(r"[\x21-\x7e]{1,128}")


def receive(account: Account, delivery: Delivery) -> Received:
    """Prove a delivery and open it. Raises :class:`NotAllowed` where it is forged, :class:`BadInput` where damaged."""
    timestamp, nonce = delivery.given("timestamp"), delivery.given("nonce")
    token = account.secrets["callback_token"]
    if delivery.method == "GET":
        _prove(token, delivery.given("signature"), timestamp, nonce)
        echo = delivery.given("echostr")
        if not _ECHO.fullmatch(echo):
            raise BadInput("callback_echo", "echostr 不正确。", "The echostr is wrong.")
        return Received(None, echo.encode())
    if account.settings.get("callback_mode") == "plain":
        _prove(token, delivery.given("signature"), timestamp, nonce)
        _a_message(read(delivery.body))
        return Received(delivery.body, b"success")
    sealed = text(read(delivery.body), "Encrypt")
    if not sealed:
        raise damaged()
    opened = envelope_of(account).open(delivery.given("msg_signature"), timestamp, nonce, sealed)
    return Received(opened, b"success")


def read_told(body: bytes, known: frozenset[str]) -> Told:
    """Events are named by themselves in lower case (``subscribe``), messages by their type (``message.text``)."""
    document = read(body)
    kind = text(document, "MsgType")
    name = text(document, "Event").lower() if kind == "event" else f"message.{kind}"
    if name in known and not (_ID.fullmatch(openid_of(document)) and spelt("openid", openid_of(document))):
        raise unreadable()
    try:
        return Told(printable(name)[:NAME_CHARACTERS_MAX], moment(text(document, "CreateTime")), document)
    except ValueError:
        raise unreadable() from None


def openid_of(document: Document) -> str:
    """Who did it; who withdrew what they had allowed is named inside."""
    return text(document, "OpenID") or text(document, "FromUserName")


def msgid_of(document: Document) -> str:
    """The platform's number of a message that was sent."""
    return printable(text(document, "MsgID", "MsgId"))[:NAME_CHARACTERS_MAX]


def envelope_of(account: Account) -> Envelope:
    return Envelope(account.secrets["callback_token"], account.secrets.get("callback_aes_key", ""), app_of(account))


def printable(value: str) -> str:
    """Without what can't be seen; line breaks become blanks."""
    return "".join(filter(str.isprintable, " ".join(value.split())))[:TEXT_CHARACTERS_MAX]


def subscriptions(document: Document) -> list[Mapping[str, Any]]:
    """The entries of a subscription event. XML nests them in an element of the event's name; JSON has them on top;
    one entry may stand alone instead of in a list."""
    nests = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent")
    place: Any = next((document[name] for name in nests if document.get(name)), document)
    found: Any = place.get("List") if isinstance(place, Mapping) else place
    entries: list[Any] = found if isinstance(found, list) else [found]
    return [each for each in entries if isinstance(each, Mapping) and text(each, "TemplateId")]


def _prove(token: str, given: str, timestamp: str, nonce: str) -> None:
    if not hmac.compare_digest(signature(token, timestamp, nonce).encode(), given.encode()):
        raise NotAllowed("callback_signature", "签名不正确。", "The signature is wrong.")


def _a_message(document: Document) -> None:
    if not text(document, "MsgType"):
        raise damaged()
