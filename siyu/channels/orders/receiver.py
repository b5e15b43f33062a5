"""Receiving orders: the same for every platform but for its dialect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.orders import details, mirror
from siyu.channels.orders.dialect import TEST, Dialect
from siyu.channels.orders.douyin_shop import DouyinShop
from siyu.channels.orders.generic import Generic
from siyu.channels.orders.taobao import Taobao
from siyu.channels.orders.youzan import Youzan
from siyu.channels.orders.youzan_source import reads as reads_youzan
from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.news import News
from siyu.channels.platform.reading import loads
from siyu.channels.protocol import Account
from siyu.channels.tables import accounts
from siyu.storage import BadInput

DIALECTS: tuple[Dialect, ...] = (Youzan(), DouyinShop(), Taobao(), Generic())
PAID = "order_paid"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class OrderReceiver:
    """See :class:`~siyu.channels.platform.callbacks.Receiver`."""

    dialect: Dialect

    @property
    def platform(self) -> str:
        return self.dialect.about.name

    @property
    def known(self) -> frozenset[str]:
        return self.dialect.known

    def receive(self, account: Account, delivery: Delivery) -> Received:
        if delivery.method != "POST":
            raise BadInput("order_post", "订单推送请用 POST。", "Orders are told by POST.")
        return self.dialect.receive(account, delivery)

    def hurries(self, body: bytes) -> bool:
        return False

    def read(self, body: bytes) -> Told:
        told = self.dialect.told(loads(body))
        if told.name in self.known and told.name != TEST:  # what can't be applied is kept as not understood
            self.dialect.facts(Callback(self.platform, 0, "", told.name, told.time or BEGINNING, told.fields))
        return told

    def _asks(self, conn: Connection, account: int) -> bool:
        """Whether this account's platform can be asked for whole orders."""
        asks = READS.get(self.platform)
        if asks is None:
            return False
        settings = conn.execute(sa.select(accounts.c.settings).where(accounts.c.id == account)).scalar_one_or_none()
        return settings is not None and asks(settings)

    def apply(self, conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
        facts = [(each, fact) for each in callbacks if each.name != TEST for fact in self.dialect.facts(each)]
        news = mirror.apply(conn, self.platform, account, [fact for _, fact in facts])
        latest = max((each.time for each in callbacks if each.name != TEST), default=callbacks[-1].time)
        wanted = {fact.number: self.dialect.as_told(each) for each, fact in facts if fact.wants}
        if wanted and self._asks(conn, account):
            details.want(conn, account, list(wanted.items()), callbacks[-1].time)
        tested = any(each.name == TEST for each in callbacks)
        mirror.heard(conn, account, latest, test=tested, orders=sum(each.event == PAID for each in news))
        return news


READS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "youzan": reads_youzan,
    "taobao": lambda settings: bool(settings.get("detail_url")),
}
"""Whether an account's settings let its platform be asked for whole orders."""


def order_receivers() -> tuple[OrderReceiver, ...]:
    return tuple(OrderReceiver(dialect) for dialect in DIALECTS)
