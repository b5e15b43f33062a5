"""WeCom's side of receiving: a delivery proved and opened, its name and time read, applied by its family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told, moment
from siyu.channels.platform.documents import read, text, unreadable
from siyu.channels.platform.envelope import Envelope, damaged
from siyu.channels.platform.news import News
from siyu.channels.protocol import Account
from siyu.channels.wecom import mirror
from siyu.channels.wecom.changes import FAMILIES, FAMILY_OF
from siyu.channels.wecom.fields import is_id, printable

WELCOME_CODE = b"WelcomeCode"


@dataclass(frozen=True)
class WecomReceiver:
    """See :class:`~siyu.channels.platform.callbacks.Receiver`."""

    platform: str = "wecom"
    known: frozenset[str] = frozenset(FAMILY_OF)

    def receive(self, account: Account, delivery: Delivery) -> Received:
        envelope = envelope_of(account)
        signed = (delivery.given("msg_signature"), delivery.given("timestamp"), delivery.given("nonce"))
        if delivery.method == "GET":
            return Received(None, envelope.verify_url(*signed, delivery.given("echostr").replace(" ", "+")))
        sealed = text(read(delivery.body), "Encrypt", "encrypt")
        if not sealed:
            raise damaged()
        return Received(envelope.open(*signed, sealed))

    def hurries(self, body: bytes) -> bool:
        return WELCOME_CODE in body

    def read(self, body: bytes) -> Told:
        document = read(body)
        event, change = text(document, "Event", "InfoType"), text(document, "ChangeType")
        name = ".".join(filter(None, (event or f"message.{text(document, 'MsgType')}", change)))
        family = FAMILY_OF.get(name)
        if family is not None and not all(is_id(document, field) for field in family.needs[name]):
            raise unreadable()
        try:
            return Told(printable(name), moment(text(document, "CreateTime", "TimeStamp")), document)
        except ValueError:
            raise unreadable() from None

    def apply(self, conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
        mirror.alone(conn, account)
        news: list[News] = []
        for family in FAMILIES:
            of_family = [each for each in callbacks if each.name in family.needs]
            if of_family:
                news += family.apply(conn, account, of_family)
        return news


def envelope_of(account: Account) -> Envelope:
    secrets = account.secrets
    return Envelope(secrets["callback_token"], secrets["callback_aes_key"], str(account.settings["corp_id"]))
