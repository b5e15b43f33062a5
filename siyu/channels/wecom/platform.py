"""WeCom (企业微信) as the client sees it."""

from __future__ import annotations

from siyu.channels.platform.limiter import Limit, Window
from siyu.channels.platform.platform import Platform, TokenSource
from siyu.channels.protocol import Account
from siyu.channels.wecom.endpoints import ENDPOINTS
from siyu.channels.wecom.failures import FAILURES

PAGE_TICKET, AGENT_TICKET = "page_ticket", "agent_ticket"
"""What a page is signed with, for the company and for the app (D.14). An app is given a hundred an hour, so they are
kept like the token."""

WECOM = Platform(
    name="wecom",
    default_base_url="https://qyapi.weixin.qq.com",
    endpoints=ENDPOINTS,
    failures=FAILURES,
    tokens={
        "access": TokenSource(
            "gettoken", lambda account: {"corpid": corp_of(account), "corpsecret": account.secrets["secret"]}, "secret"
        ),
        PAGE_TICKET: TokenSource("get_jsapi_ticket", lambda account: {}, "secret", token="ticket"),
        AGENT_TICKET: TokenSource("ticket/get", lambda account: {"type": "agent_config"}, "secret", token="ticket"),
    },
    # One company, one call (document 90454). In the hour a third may go at once, so that a sync of a few minutes
    # runs at the rate of the minute.
    limits={"default": Limit((Window(10_000, 60), Window(150_000, 3_600, burst=1 / 3)), slots=8)},
    limited_by=lambda account: corp_of(account),
)


def corp_of(account: Account) -> str:
    return str(account.settings["corp_id"])
