"""Order platforms in the list of channels: what an account needs, and whether it has been heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from siyu.channels.addresses import NetworkPolicy, Policy
from siyu.channels.orders import mirror
from siyu.channels.orders.dialect import Dialect
from siyu.channels.orders.receiver import DIALECTS
from siyu.channels.orders.source import Source
from siyu.channels.orders.sources import source_of
from siyu.channels.platform.hearing import hearing
from siyu.channels.platform.signed import check_secret
from siyu.channels.protocol import About, Account, Check, Message, Outcome
from siyu.channels.steps import Finding
from siyu.storage import BadInput, Stores

PATIENCE_SECONDS = 5.0


@dataclass(frozen=True)
class OrderChannel:
    """Holds accounts; what they tell comes through the door of callbacks."""

    stores: Stores
    dialect: Dialect
    source: Source | None = None

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
        heard = hearing(self.stores, account.id)
        with self.stores.ledger.read() as conn:
            found = mirror.feed(conn, account.id)
        if heard.state == "bad" or not found:
            return self._asked(account, _check(replace(heard.finding, needed=True)))
        detail = {"orders": found["orders"], "waiting": found["waiting"], "heard": _iso(found["heard"])}
        waits_zh = f"，{found['waiting']} 笔退款在等它的订单" if found["waiting"] else ""
        waits_en = f"; {found['waiting']} returns wait for their order" if found["waiting"] else ""
        zh = f"推送正常，已记录 {found['orders']} 个付款订单{waits_zh}。"
        en = f"Messages come in; {found['orders']} paid orders so far{waits_en}."
        return self._asked(account, _check(Finding("callback", "good", zh, en), **detail))

    def _asked(self, account: Account, told: Check) -> Check:
        """With what reading orders came to, where the owner has switched it on."""
        source = self.source
        found = source.check(account, PATIENCE_SECONDS) if source and source.reads(account.settings) else None
        if found is None:
            return told
        state = "good" if found.works else "bad"
        steps = (*told.steps, Finding("orders", state, found.zh, found.en))
        if told.works and not found.works:
            return Check(False, found.zh, found.en, {**told.detail, **found.detail}, steps)
        return replace(told, steps=steps)

    def close(self) -> None:
        if self.source is not None:
            self.source.close()


def _check(finding: Finding, **detail: Any) -> Check:
    """Of the one step: nothing works without it."""
    if finding.state == "open":
        zh = "还没有收到任何推送。请在平台后台发送一条测试消息，再检查一次。"
        en = "Nothing has come yet. Send a test from the platform's console, then check again."
        finding = Finding("callback", "open", zh, en)
    return Check(finding.state == "good", finding.zh, finding.en, detail, (finding,))


def _iso(at: datetime) -> str:
    return at.isoformat()


def order_channels(stores: Stores, policy: Policy = NetworkPolicy) -> tuple[OrderChannel, ...]:
    return tuple(OrderChannel(stores, dialect, source_of(stores, dialect.about.name, policy)) for dialect in DIALECTS)
