"""Orders read from Youzan's cloud. How its token is got and by which time a period counts is not published in a form
that could be checked here, so it is off until the owner says so, and both are settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from siyu.channels.orders.source import Page
from siyu.channels.platform.checking import Family, check_of, tried
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.documents import Document
from siyu.channels.platform.endpoints import Endpoint, table
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import Failure
from siyu.channels.platform.limiter import Limit, Window
from siyu.channels.platform.platform import Answer, Platform, TokenSource
from siyu.channels.platform.reading import CHINA, inner, listed
from siyu.channels.protocol import Account, Check, Field

PAGE_SIZE, PAGES_MAX = 100, 100
PATIENCE_SECONDS = 120.0
TOKEN_DAYS = 6
"""Youzan's tokens live for seven days."""
LISTS = ("full_order_info_list", "trades", "list")
WRITTEN = "%Y-%m-%d %H:%M:%S"

FIELDS = (
    Field(
        "reads_orders",
        "yes_no",
        "主动读取订单",
        "Read orders",
        "补读历史订单，或推送里只有订单号时查询全文；需要应用有“交易查询”权限",
        "For orders of before, and where a message says only the number; the app needs the right to query trades",
        default=False,
    ),
    Field("kdt_id", "text", "店铺编号 kdt_id", "Shop number (kdt_id)", "读取订单时必填", "Needed to read orders"),
    Field(
        "orders_by",
        "choice",
        "按什么时间读取",
        "By which time",
        "以有赞文档为准",
        "Youzan's documents decide",
        default="update",
        choices=(("update", "更新时间", "Last change"), ("created", "下单时间", "Placed")),
    ),
    Field(
        "token_path",
        "text",
        "取令牌的路径",
        "Path of the token call",
        "以有赞文档为准",
        "Youzan's documents decide",
        default="/auth/token",
    ),
    Field("base_url", "text", "接口地址", "API address", "一般留空；演练时填写", "Usually empty; for rehearsals"),
)


def code_of(answer: Answer) -> int:
    """The gateway's error, or a code that is no success."""
    gateway = answer.get("gw_err_resp")
    if isinstance(gateway, dict):
        return int(gateway.get("err_code") or -1)
    code = int(answer.get("code") or 0)
    return 0 if code in (0, 200) else code


def said_of(answer: Answer) -> str:
    gateway = answer.get("gw_err_resp")
    return str((gateway if isinstance(gateway, dict) else answer).get("err_msg") or answer.get("message") or "")


def _asked(account: Account) -> Mapping[str, Any]:
    return {
        "authorize_type": "silent",
        "client_id": str(account.settings["client_id"]),
        "client_secret": account.secrets["client_secret"],
        "grant_id": str(account.settings.get("kdt_id") or ""),
    }


YOUZAN = Platform(
    name="youzan",
    default_base_url="https://open.youzanyun.com",
    endpoints=table(
        Endpoint("auth/token", "POST", "/auth/token", True, token=None),
        Endpoint("trades.sold.get", "POST", "/api/youzan.trades.sold.get/4.0.4", True),
        Endpoint("trade.get", "POST", "/api/youzan.trade.get/4.0.2", True),
    ),
    failures={
        -1: Failure("passing", "有赞系统繁忙。", "Youzan is busy.", "again"),
        4201: Failure("account", "有赞不接受访问令牌。", "Youzan does not take the access token.", "new_token"),
    },
    tokens={
        "access": TokenSource("auth/token", _asked, "client_secret", within="data", life_seconds=TOKEN_DAYS * 86_400)
    },
    # No limit is published for these calls: five a second is far below any that was met.
    limits={"default": Limit((Window(300, 60, burst=0.1),), slots=4)},
    limited_by=lambda account: str(account.settings["client_id"]),
    path_settings={"auth/token": "token_path"},
    code_of=code_of,
    said_of=said_of,
)


@dataclass(frozen=True)
class YouzanSource:
    """See :class:`~siyu.channels.orders.source.Source`."""

    exchange: Exchange
    pages_max: int = PAGES_MAX

    def reads(self, settings: Mapping[str, Any]) -> bool:
        return reads(settings)

    def detail(self, account: Account, number: str) -> bytes:
        answer = self._client(account).call("trade.get", body={"tid": number})
        return kept(account, _data(answer))

    def page(self, account: Account, since: datetime, until: datetime, page: int) -> Page:
        by = str(account.settings.get("orders_by") or "update")
        period = {f"start_{by}": _written(since), f"end_{by}": _written(until)}
        body = {**period, "page_no": page, "page_size": PAGE_SIZE}
        data = _data(self._client(account).call("trades.sold.get", body=body))
        found = next((rows for name in LISTS if (rows := listed(data, name))), [])
        return Page([kept(account, each) for each in found], len(found) < PAGE_SIZE)

    def check(self, account: Account, patience: float) -> Check | None:
        now = self.exchange.stores.clock.now()
        family = Family(
            "查询订单",
            "Querying trades",
            lambda client: client.call("trades.sold.get", body=_one_day(account, now)),
            True,
            ("请在有赞云给应用开通交易查询权限。", "Give the app the right to query trades."),
        )
        client = PlatformClient(self.exchange, account, YOUZAN, patience=patience)
        found, said = tried(client, YOUZAN, None, [family])
        return check_of(found, said, "可以读取订单。", "Orders can be read.")

    def close(self) -> None:
        self.exchange.close()

    def _client(self, account: Account) -> PlatformClient:
        return PlatformClient(self.exchange, account, YOUZAN, patience=PATIENCE_SECONDS)


def reads(settings: Mapping[str, Any]) -> bool:
    """Whether the owner has said that orders are read."""
    return bool(settings.get("reads_orders") and settings.get("kdt_id"))


def kept(account: Account, order: Document) -> bytes:
    """An order that was read, as it is kept among what was told."""
    whole = {"read": order, "kdt_id": str(account.settings.get("kdt_id") or "")}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str).encode()


def _data(answer: Mapping[str, Any]) -> Document:
    return inner(answer, "data") or inner(answer, "response") or answer


def _one_day(account: Account, now: datetime) -> dict[str, Any]:
    by = str(account.settings.get("orders_by") or "update")
    since = now - timedelta(days=1)
    return {f"start_{by}": _written(since), f"end_{by}": _written(now), "page_no": 1, "page_size": 1}


def _written(at: datetime) -> str:
    return at.astimezone(CHINA).strftime(WRITTEN)
