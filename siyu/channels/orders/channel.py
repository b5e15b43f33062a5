"""Order platforms in the list of channels: what an account needs, and whether it has been heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from siyu.channels.orders import mirror
from siyu.channels.orders.dialect import Dialect
from siyu.channels.orders.receiver import DIALECTS
from siyu.channels.platform.signed import check_secret
from siyu.channels.protocol import About, Account, Check, Message, Outcome
from siyu.storage import BadInput, Stores


@dataclass(frozen=True)
class OrderChannel:
    """Holds accounts; what they tell comes through the door of callbacks."""

    stores: Stores
    dialect: Dialect

    @property
    def about(self) -> About:
        return self.dialect.about

    def speaking(self, account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> About:
        return self.about

    def validate(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        for field in self.about.fields:
            if field.kind == "secret" and not secrets.get(field.name):
                raise BadInput(
                    "setting_missing", f"请填写“{field.zh}”。", f"Please fill in “{field.en}”.", field=field.name
                )
        if "secret" in secrets:  # where messages are signed by Standard Webhooks
            check_secret(secrets["secret"], "secret")

    def new_secrets(self) -> Mapping[str, str]:
        return self.dialect.new_secrets()

    def list_max(self, account: Account) -> int:
        return 1

    def send(self, account: Account, messages: Sequence[Message]) -> list[Outcome]:
        return [Outcome("refused", "channel_receives_only")] * len(messages)

    def check(self, account: Account) -> Check:
        """These platforms can't be asked: whether it works shows when they speak."""
        with self.stores.ledger.read() as conn:
            found = mirror.feed(conn, account.id)
        if not found:
            return Check(
                False,
                "还没有收到任何推送。请在平台后台发送一条测试消息，再检查一次。",
                "Nothing has come yet. Send a test from the platform's console, then check again.",
            )
        detail = {"orders": found["orders"], "waiting": found["waiting"], "heard": _iso(found["heard"])}
        waits_zh = f"，{found['waiting']} 笔退款在等它的订单" if found["waiting"] else ""
        waits_en = f"; {found['waiting']} returns wait for their order" if found["waiting"] else ""
        return Check(
            True,
            f"推送正常，已记录 {found['orders']} 个付款订单{waits_zh}。",
            f"Messages come in; {found['orders']} paid orders so far{waits_en}.",
            detail,
        )

    def close(self) -> None:
        return None


def _iso(at: datetime) -> str:
    return at.isoformat()


def order_channels(stores: Stores) -> tuple[OrderChannel, ...]:
    return tuple(OrderChannel(stores, dialect) for dialect in DIALECTS)
