"""What the service tells: what became of messages (SmsReport), and what people reply (SmsUp).

Both come as a list, unsigned, to one address; its secret part is the proof. The service repeats what was not
acknowledged and promises no order.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.documents import Document, any_json, unreadable
from siyu.channels.platform.news import News
from siyu.channels.platform.reading import first_moment, loads, spelt, text
from siyu.channels.protocol import Account
from siyu.channels.sms.sends import mark_accepted
from siyu.storage import BadInput

REPORT, REPLY = "SmsReport", "SmsUp"
RECEIVED = '{"code":0,"msg":"接收成功"}'.encode()
TEXT_CHARACTERS_MAX = 1_000
EVIDENCE_CHARACTERS_MAX = 20
REFUSALS = frozenset({"R", "T", "TD", "退订", "退定", "拒收", "STOP", "UNSUBSCRIBE"})
"""Replies that mean: no more of this."""
_NO_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class SmsReceiver:
    """See :class:`~siyu.channels.platform.callbacks.Receiver`."""

    platform: str = "sms"

    @property
    def known(self) -> frozenset[str]:
        return frozenset({REPORT, REPLY})

    def receive(self, account: Account, delivery: Delivery) -> Received:
        if delivery.method != "POST":
            raise BadInput("sms_post", "短信回调请用 POST。", "Reports and replies come by POST.")
        found = any_json(delivery.body)
        told: list[Any] = found if isinstance(found, list) else [found]
        if not all(isinstance(each, dict) for each in told):
            raise unreadable()
        bodies = tuple(json.dumps(each, ensure_ascii=False, sort_keys=True, default=str).encode() for each in told)
        return Received(bodies, RECEIVED, "application/json")

    def hurries(self, body: bytes) -> bool:
        return False

    def read(self, body: bytes) -> Told:
        document = loads(body)
        name = REPLY if "content" in document else REPORT if "success" in document else ""
        if name and not _phone(document):
            raise unreadable()
        return Told(name, first_moment(document, "report_time", "send_time"), document)

    def apply(self, conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
        reports = [each.fields for each in callbacks if each.name == REPORT]
        mark_accepted(conn, account, {text(each, "out_id"): text(each, "biz_id") for each in reports})
        return [_reported(each) if each.name == REPORT else _replied(each) for each in callbacks]


def is_refusal(said: str) -> bool:
    """Whether a reply means: no more of this. Width, case, blanks and marks do not matter."""
    return _NO_LETTER.sub("", unicodedata.normalize("NFKC", said)).upper() in REFUSALS


def _reported(callback: Callback) -> News:
    fields = callback.fields
    about = {"delivery_id": text(fields, "out_id")} if text(fields, "out_id") else {}
    if fields.get("success") in (True, "true"):
        return _news(callback, "message_delivered", **about)
    why = " ".join(filter(None, (text(fields, "err_code"), text(fields, "err_msg"))))
    return _news(callback, "message_failed", reason=why, **about)


def _replied(callback: Callback) -> News:
    """Who refuses is unsubscribed from marketing by SMS, as by an unsubscribe link."""
    said = text(callback.fields, "content", characters_max=TEXT_CHARACTERS_MAX)
    if is_refusal(said):
        evidence = f"sms reply: {said[:EVIDENCE_CHARACTERS_MAX]}"
        return _news(callback, "unsubscribed", purpose="marketing", evidence=evidence)
    return _news(callback, "customer_wrote", text=said, message_type="text")


def _news(callback: Callback, event: str, **properties: str) -> News:
    key = f"sms:{callback.account}:{callback.key}"
    return News(event, callback.time, (("phone", _phone(callback.fields)),), key, {"channel": "sms", **properties})


def _phone(document: Document) -> str:
    """As people's identities are spelt; "" where there is none. Abroad the service leaves out the plus sign."""
    given = text(document, "phone_number")
    return spelt("phone", given) or spelt("phone", f"+{given.removeprefix('00')}")
