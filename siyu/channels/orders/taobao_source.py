"""Whole orders of Taobao, asked of the shop's own relay: it holds the session that the platform wants, and calls
``taobao.trade.fullinfo.get`` for us. The call is signed by Standard Webhooks with the account's secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from siyu.channels.calls import Caller
from siyu.channels.orders.source import Page
from siyu.channels.platform import failures
from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.reading import inner, loads
from siyu.channels.protocol import Account, Check, Field
from siyu.storage import BadInput

METHOD = "taobao.trade.fullinfo.get"
SECONDS = 15.0

FIELDS = (
    Field(
        "detail_url",
        "text",
        "查询订单全文的地址",
        "Address for whole orders",
        "可不填。您的转发程序收到 {method, tid} 后调用 taobao.trade.fullinfo.get 并原样返回，订单才有商品明细",
        "May be empty. Your relay gets {method, tid}, calls taobao.trade.fullinfo.get and answers as it is: only then "
        "orders have lines",
    ),
)


@dataclass(frozen=True)
class TaobaoSource:
    """See :class:`~siyu.channels.orders.source.Source`. Taobao has no list here: orders are known from messages."""

    caller: Caller
    pages_max: int = 0

    def reads(self, settings: Mapping[str, Any]) -> bool:
        return bool(settings.get("detail_url"))

    def detail(self, account: Account, number: str) -> bytes:
        body = json.dumps({"method": METHOD, "tid": number}).encode()
        url, secret = str(account.settings["detail_url"]), account.secrets["secret"]
        answer = self.caller.post(url, [secret], f"detail-{account.id}-{number}", body, seconds=SECONDS)
        if answer.fault == "address_not_allowed":
            raise PlatformError(answer.fault, failures.ADDRESS_FORBIDDEN, METHOD)
        if answer.fault is not None:
            raise PlatformError(answer.fault, failures.NO_CONNECTION, METHOD)
        if answer.status >= 500:
            raise PlatformError(f"http_{answer.status}", failures.BUSY, METHOD)
        if not answer.good:
            raise PlatformError(f"http_{answer.status}", failures.REFUSED, METHOD)
        return _kept(account, answer.words)

    def page(self, account: Account, since: datetime, until: datetime, page: int) -> Page:
        return Page((), True)

    def check(self, account: Account, patience: float) -> Check | None:
        return None

    def close(self) -> None:
        self.caller.close()


def _kept(account: Account, words: str) -> bytes:
    try:
        answer = loads(words)
        trade = inner(inner(answer, "trade_fullinfo_get_response"), "trade")
    except BadInput:
        trade = {}
    if not trade:
        raise PlatformError("no_trade", failures.NOT_UNDERSTOOD, METHOD)
    whole = {"buyer_field": str(account.settings.get("buyer_field") or ""), "read": trade}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str).encode()
