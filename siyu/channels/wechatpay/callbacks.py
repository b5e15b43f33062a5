"""What WeChat Pay tells: that a bill came to its end. Proved by WeChat Pay's key, opened by the merchant's.

No money is believed by it: it says which bill to ask for now. Of what it holds no more is kept than that.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.engine import Connection
from wechatpayv3.utils import aes_decrypt, load_public_key, rsa_verify

from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.documents import Document, unreadable
from siyu.channels.platform.news import News
from siyu.channels.platform.reading import inner, loads, text
from siyu.channels.protocol import Account
from siyu.channels.wechatpay.bills import body_of_key
from siyu.storage import BadInput, NotAllowed

BILL_ENDED = "MCHTRANSFER.BILL.FINISHED"
ALGORITHM, SIGNED_BY = "AEAD_AES_256_GCM", "WECHATPAY2-SHA256-RSA2048"
OLD_SECONDS = 5 * 60
"""As WeChat Pay itself asks of whoever checks its signatures: what is older is somebody's replay."""

Heard = Callable[[Connection, int, Collection[str], datetime], object]
"""Given an account, the numbers of its bills that ended, and when it was told."""
_heard: list[Heard] = []


def when_heard(hear: Heard) -> None:
    """Have ``hear`` called, in the transaction that applies what was told."""
    if hear not in _heard:
        _heard.append(hear)


@dataclass(frozen=True)
class WechatPayReceiver:
    """See :class:`~siyu.channels.platform.callbacks.Receiver`. ``clock``: epoch seconds of this machine, which is what
    signatures speak of."""

    platform: str = "wechatpay"
    known: frozenset[str] = frozenset({BILL_ENDED})
    clock: Callable[[], float] = time.time

    def receive(self, account: Account, delivery: Delivery) -> Received:
        if delivery.method != "POST":
            raise BadInput("pay_post", "微信支付的通知用 POST。", "WeChat Pay tells by POST.")
        self._prove(account, delivery)
        document = loads(delivery.body)
        told = loads(_opened(account, inner(document, "resource")))
        if text(told, "mch_id", "mchid") != str(account.settings["mch_id"]):
            raise NotAllowed("callback_receiver", "接收方不是这个商户。", "It is meant for another merchant.")
        kept = {
            "event_type": text(document, "event_type"),
            "out_bill_no": text(told, "out_bill_no"),
            "state": text(told, "state"),
        }
        return Received(json.dumps(kept, sort_keys=True).encode())

    def hurries(self, body: bytes) -> bool:
        return False

    def read(self, body: bytes) -> Told:
        document = loads(body)
        name = text(document, "event_type")
        if name in self.known and not text(document, "out_bill_no"):
            raise unreadable()
        return Told(name, None, document)

    def apply(self, conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
        bills = {text(each.fields, "out_bill_no") for each in callbacks}
        for hear in _heard:
            hear(conn, account, bills, callbacks[0].time)
        return []

    def _prove(self, account: Account, delivery: Delivery) -> None:
        """Raises :class:`NotAllowed` for what WeChat Pay did not sign, or signed long ago."""
        headers = delivery.headers
        stamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
            raise _unproved()
        key = _public_key(str(account.settings["public_key"]))
        genuine = (
            headers.get("wechatpay-serial") == account.settings["public_key_id"]
            and headers.get("wechatpay-signature-type", SIGNED_BY) == SIGNED_BY
            and rsa_verify(stamp, nonce, _decoded(delivery.body), headers.get("wechatpay-signature", ""), key)
        )
        if not genuine:
            raise _unproved()
        if abs(self.clock() - int(stamp)) > OLD_SECONDS:
            raise NotAllowed("callback_old", "通知已过期。", "This was signed too long ago.")


def _opened(account: Account, sealed: Document) -> str:
    """The text under the seal. Raises :class:`BadInput`."""
    nonce, data, beside = (sealed.get(name) for name in ("nonce", "ciphertext", "associated_data"))
    if sealed.get("algorithm") != ALGORITHM or not isinstance(nonce, str) or not isinstance(data, str):
        raise _damaged()
    try:
        found: str | None = aes_decrypt(nonce, data, beside if isinstance(beside, str) else "", _key(account))
    except ValueError:  # no base64, no nonce, no text
        raise _damaged() from None
    if found is None:
        raise _damaged()
    return found


def _key(account: Account) -> str:
    return account.secrets["apiv3_key"]


@lru_cache(maxsize=16)
def _public_key(pasted: str) -> Any:
    return load_public_key(body_of_key(pasted))


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise unreadable() from None


def _unproved() -> NotAllowed:
    return NotAllowed("pay_signature", "签名不正确。", "The signature is wrong.")


def _damaged() -> BadInput:
    return BadInput("pay_sealed", "无法解密。", "It can't be opened.")
