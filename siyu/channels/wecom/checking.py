"""The way to connect a WeCom account, and a live look at each step of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from siyu.channels.platform.checking import Family, check_of, tried
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.hearing import hearing
from siyu.channels.protocol import Account, Check
from siyu.channels.steps import Step
from siyu.channels.wecom import sidebar_settings
from siyu.channels.wecom.contacts import members_with_customers
from siyu.channels.wecom.endpoints import ENDPOINTS
from siyu.channels.wecom.platform import AGENT_TICKET, PAGE_TICKET, WECOM

PATIENCE_SECONDS = 5.0
LISTED = timedelta(days=1)
ALLOW = (
    "请在管理后台 → 客户联系 → API → “可调用接口的应用”里加入这个应用。",
    "Add this app under Customer contact → API → apps that may call.",
)

STEPS = (
    Step(
        "token",
        (
            (
                "管理后台 → 我的企业 → 企业信息，复制“企业 ID”",
                "Console → My company → Company information: copy the corp id",
            ),
            (
                "应用管理 → 自建 → 您的应用，复制 AgentId 和 Secret（没有应用就先创建，可见范围选会加客户的员工）",
                "Apps → your own app: copy agent id and secret (make one that sees the staff who have customers)",
            ),
        ),
    ),
    Step(
        "address",
        (
            (
                "应用页底部 → 企业可信 IP，填本机的出口 IP；不知道就直接检查，平台会说出它看到的 IP",
                "At the end of the app's page → trusted IP: enter this server's outgoing address; if you do not know "
                "it, check, and the platform names it",
            ),
        ),
    ),
    Step(
        "callback",
        (
            (
                "应用 → 接收消息 → 设置 API 接收，URL 填下面的地址，Token 和 EncodingAESKey 与这里一致，点保存",
                "App → receive messages → API: enter the address below as URL, token and AES key as here, save",
            ),
            (
                "客户联系 → API → 接收事件服务器，选同一个应用，客户与客户群的变化才会推送",
                "Customer contact → API → event server: choose the same app, so that changes of customers and groups "
                "are told",
            ),
        ),
    ),
    Step(
        "permission",
        (
            (
                "管理后台 → 客户联系 → API → “可调用接口的应用”里加入这个应用；微信客服在它自己的 API 页同样操作",
                "Console → Customer contact → API → apps that may call: add this app; for WeChat customer service the "
                "same on its own API page",
            ),
        ),
    ),
)


def checked(exchange: Exchange, account: Account) -> Check:
    """Every step, live; nobody is reached."""
    client = PlatformClient(exchange, account, WECOM, patience=PATIENCE_SECONDS)
    found: list[str] = []
    families = [*_families(found, exchange.stores.clock.now()), *_sidebar(account)]
    findings, said = tried(client, WECOM, lambda client: client.call("get_api_domain_ip"), families)
    findings.insert(2, hearing(exchange.stores, account.id).finding)
    lacking = [each.family for each in findings if each.state == "bad" and each.family]
    without_zh = f"；没有权限：{'、'.join(zh for zh, _ in lacking)}" if lacking else ""
    without_en = f"; not allowed: {', '.join(en for _, en in lacking)}" if lacking else ""
    return check_of(
        findings,
        said,
        f"密钥和权限正常，{len(found)} 位成员有客户联系权限{without_zh}。",
        f"Secret and permission work; {len(found)} members may have customers{without_en}.",
        members=len(found),
    )


def _families(members: list[str], now: datetime) -> list[Family]:
    """``members`` is filled by the first: those who may have customers."""

    def contacts(client: PlatformClient) -> list[str]:
        members.extend(members_with_customers(client))
        return members

    def groups(client: PlatformClient) -> Any:
        owners = {"owner_filter": {"userid_list": members[:1]}} if members else {}
        return client.call("groupchat/list", body={"status_filter": 0, "limit": 1, **owners})

    since, until = int((now - LISTED).timestamp()), int(now.timestamp())
    span = {"start_time": since, "end_time": until}
    kf = (
        "请在管理后台 → 微信客服 → API → “可调用接口的应用”里加入这个应用。",
        "Add this app under WeChat customer service → API → apps that may call.",
    )
    return [
        Family("客户", "Customers", contacts, True, ALLOW),
        Family("客户群", "Customer groups", groups, False, ALLOW),
        _asking("客户标签", "Customer tags", "get_corp_tag_list", {}),
        _asking("联系我（渠道码）", "Contact ways", "list_contact_way", {**span, "limit": 1}),
        _asking("群发", "Mass messages", "get_groupmsg_list_v2", {"chat_type": "single", **span, "limit": 1}),
        *_if_known("客户朋友圈", "Moments", "get_moment_list", {**span, "limit": 1}),
        *_if_known("获客助手", "Acquisition links", "acquisition/list_link", {"limit": 1}),
        _asking("微信客服", "WeChat customer service", "kf/account/list", {"offset": 0, "limit": 1}, kf),
        Family(
            "通讯录",
            "Address book",
            lambda client: client.call("department/simplelist"),
            lacking=("可以不开；员工姓名和部门将只显示编号。", "It may stay so: members show by their ids."),
        ),
    ]


def _sidebar(account: Account) -> list[Family]:
    """What pages in the sidebar are signed with, where the account has one."""
    if account.settings.get("sidebar", sidebar_settings.OFF) == sidebar_settings.OFF:
        return []
    return [
        Family(
            "侧边栏",
            "Sidebar",
            lambda client: (client.token(PAGE_TICKET), client.token(AGENT_TICKET)),
            True,
            ("请设置应用的可信域名。", "Set the app's trusted domain."),
        )
    ]


def _asking(zh: str, en: str, endpoint: str, body: dict[str, Any], lacking: tuple[str, str] = ALLOW) -> Family:
    return Family(zh, en, lambda client: client.call(endpoint, body=body), lacking=lacking)


def _if_known(zh: str, en: str, endpoint: str, body: dict[str, Any]) -> list[Family]:
    """Calls that this version makes use of."""
    return [_asking(zh, en, endpoint, body)] if endpoint in ENDPOINTS else []
