"""The receiver of official accounts and mini programs: the same but for what each kind of callback does to whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.news import News
from siyu.channels.protocol import Account
from siyu.channels.tables import accounts
from siyu.channels.wechat.receiving import read_told, receive
from siyu.channels.wechat.taking import TAKEN_BY_ALL, Taken
from siyu.channels.wechat.windows import Allowance

Take = Callable[[Connection, Taken, Callback], None]
Done = Callable[[Connection, Taken], None]


def messages(*kinds: str) -> frozenset[str]:
    """The names of people's own messages of these types."""
    return frozenset(f"message.{kind}" for kind in kinds)


def _nothing(conn: Connection, taken: Taken) -> None:
    return None


@dataclass(frozen=True)
class WechatReceiver:
    """See :class:`~siyu.channels.platform.callbacks.Receiver`. ``own``: kinds that this platform alone tells of;
    ``identifier_of``: the kind of identifier that open ids of an app are; ``take`` is asked for each callback, ``done``
    once after all of them."""

    platform: str
    own: frozenset[str]
    identifier_of: Callable[[str], str]
    allowances: Mapping[str, Allowance] = field(repr=False)
    take: Take = field(repr=False)
    done: Done = field(default=_nothing, repr=False)

    @property
    def known(self) -> frozenset[str]:
        return self.own | TAKEN_BY_ALL

    def receive(self, account: Account, delivery: Delivery) -> Received:
        return receive(account, delivery)

    def hurries(self, body: bytes) -> bool:
        return False

    def read(self, body: bytes) -> Told:
        return read_told(body, self.known)

    def apply(self, conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
        settings = conn.execute(sa.select(accounts.c.settings).where(accounts.c.id == account)).scalar_one()
        taken = Taken(self.platform, account, self.identifier_of(settings["app_id"]))
        for each in callbacks:
            self.take(conn, taken, each)
        self.done(conn, taken)
        return taken.store(conn, self.allowances)
