"""One message as an e-mail: headers that can't be forged from inside, plain text and HTML. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Any

from siyu.channels.protocol import Message

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
"""Plain addresses (RFC 5321 without quoting or comments): no blank, no line break, no list."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LINK = re.compile(r"\[([^\]\n]{1,200})\]\((https?://[^\s)]{1,2000})\)|(https?://[^\s<>\"'()，。！？、]{1,2000})")


def is_address(text: str) -> bool:
    return ADDRESS.fullmatch(text) is not None and len(text) <= 254


def one_line(text: str) -> str:
    """Text that can stand in a header: line breaks and control characters become one blank."""
    return _CONTROL.sub(" ", _whole(text)).strip()


def _whole(text: str) -> str:
    """Text that can be encoded: half a character (a lone surrogate, possible in JSON) becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def letter(settings: Mapping[str, Any], message: Message) -> EmailMessage:
    """The e-mail. ``settings`` are the account's; the message's content has ``subject`` and ``body``."""
    sender = str(settings["from_address"])
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(one_line(str(settings.get("from_name") or "")), addr_spec=sender)
    mail["To"] = Address(addr_spec=message.address)
    mail["Subject"] = one_line(message.content.get("subject", ""))
    mail["Date"] = format_datetime(_sent(message))
    mail["Message-ID"] = f"<{message.delivery_id}@{sender.rpartition('@')[2]}>"
    if settings.get("reply_to"):
        mail["Reply-To"] = Address(addr_spec=str(settings["reply_to"]))
    if message.unsubscribe:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    body = _whole(message.content.get("body", ""))
    identity = str(settings.get("identity") or "")
    mail.set_content(_plain(body, identity, message.unsubscribe))
    mail.add_alternative(_html(body, identity, message), subtype="html")
    return mail


def _sent(message: Message) -> datetime:
    return datetime.fromisoformat(message.sent_at) if message.sent_at else datetime.now(UTC)


def _plain(body: str, identity: str, unsubscribe: str | None) -> str:
    text = _LINK.sub(lambda m: f"{m[1]} {m[2]}" if m[1] else m[3], body)
    foot = [line for line in (identity, f"退订 Unsubscribe: {unsubscribe}" if unsubscribe else "") if line]
    return text + ("\n\n--\n" + "\n".join(foot) if foot else "") + "\n"


def _html(body: str, identity: str, message: Message) -> str:
    paragraphs = "".join(f"<p>{_linked(part)}</p>" for part in re.split(r"\n\s*\n", body.strip()))
    foot = escape(identity)
    if message.unsubscribe:
        foot += f' · <a href="{escape(message.unsubscribe)}">退订 Unsubscribe</a>'
    picture = f'<img src="{escape(message.picture)}" width="1" height="1" alt="">' if message.picture else ""
    return (
        "<!doctype html><html><body style=\"font-family:'PingFang SC','Microsoft YaHei',sans-serif;line-height:1.7;"
        f'max-width:640px;margin:0 auto;padding:16px">{paragraphs}'
        f'<p style="color:#667;font-size:12px;border-top:1px solid #dde;padding-top:12px">{foot}</p>{picture}'
        "</body></html>"
    )


def _linked(text: str) -> str:
    """Escaped text with its links made links and its line breaks kept."""
    pieces: list[str] = []
    place = 0
    for found in _LINK.finditer(text):
        pieces.append(escape(text[place : found.start()]))
        address = found[2] or found[3]
        pieces.append(f'<a href="{escape(address)}">{escape(found[1] or address)}</a>')
        place = found.end()
    pieces.append(escape(text[place:]))
    return "".join(pieces).replace("\n", "<br>")
