"""What differs from one order platform to the next; everything else is the same for all."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from siyu.channels.orders.shape import Fact
from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.documents import Document
from siyu.channels.protocol import About, Account, Field
from siyu.storage import NotAllowed

READ = "order_read"
"""The name of orders that were asked for."""

TEST = "test"
"""The name of messages that a platform's console sends to try the address."""

ANSWER = b'{"code":0,"msg":"success"}'


class Dialect(Protocol):
    """One platform's way of telling of orders."""

    @property
    def about(self) -> About: ...

    @property
    def known(self) -> frozenset[str]: ...

    def receive(self, account: Account, delivery: Delivery) -> Received:
        """Prove it genuine; what to keep of it."""
        ...

    def told(self, document: Document) -> Told:
        """Name and time of a kept message. Raises :class:`BadInput`."""
        ...

    def facts(self, callback: Callback) -> Sequence[Fact]:
        """What a message says of an order. Raises :class:`BadInput`."""
        ...

    def as_told(self, callback: Callback) -> bytes:
        """The body to keep where a fact wants the whole order and nobody gives it; b"" where there is nothing to
        be taken from the message alone."""
        ...

    def new_secrets(self) -> Mapping[str, str]: ...


def prove(expected: str, given: str) -> None:
    """Raise :class:`NotAllowed` unless both are the same."""
    if not given or not hmac.compare_digest(expected.encode(), given.lower().encode()):
        raise NotAllowed("callback_signature", "签名不正确。", "The signature is wrong.")


def md5(*parts: str | bytes) -> str:
    """The platforms chose it; it proves what the secret in it proves."""
    whole = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return hashlib.md5(whole, usedforsecurity=False).hexdigest()


def about(name: str, zh: str, en: str, **more: Any) -> About:
    """What all order platforms have in common."""
    fields: tuple[Field, ...] = more.pop("fields")
    return About(
        name=name,
        zh=zh,
        en=en,
        limits_zh="推送没有上限；单条不超过 1 MB",
        limits_en="No limit on messages; at most 1 MB each",
        cost_zh="免费",
        cost_en="Free",
        settled_zh="不适用：此渠道只接收",
        settled_en="Does not apply: this channel only receives",
        address_kinds=(),
        drops_repeats=False,
        marketing=False,
        opens_by_picture=False,
        list_max=1,
        fields=fields,
        parts=(),
        sends=False,
        **more,
    )
