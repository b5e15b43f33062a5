"""api.weixin.qq.com as the client sees it: the token of an app, and how often each call may be made."""

from __future__ import annotations

from collections.abc import Mapping

from siyu.channels.platform.endpoints import Endpoint
from siyu.channels.platform.limiter import Limit, Window
from siyu.channels.platform.platform import Platform, TokenSource
from siyu.channels.protocol import Account
from siyu.channels.wechat.failures import FAILURES

BASE_URL = "https://api.weixin.qq.com"
DAY = 86_400.0

STABLE_TOKEN = Endpoint("stable_token", "POST", "/cgi-bin/stable_token", True, token=None)
API_DOMAIN_IP = Endpoint("get_api_domain_ip", "GET", "/cgi-bin/get_api_domain_ip", True)
CUSTOM_SEND = Endpoint("message/custom/send", "POST", "/cgi-bin/message/custom/send", False, rate="custom_send")


def a_day(calls: int, *, slots: int = 8, shared: bool = False) -> Limit:
    """So many calls a day, nine in ten of which may go at once: the platform counts days, not rates."""
    return Limit((Window(calls, DAY, burst=0.9),), slots=slots, shared=shared)


def platform(name: str, endpoints: Mapping[str, Endpoint], limits: Mapping[str, Limit]) -> Platform:
    """An official account or a mini program. The stable token is the same until it ends and ends nobody else's."""
    return Platform(
        name=name,
        default_base_url=BASE_URL,
        endpoints=endpoints,
        failures=FAILURES,
        tokens={"access": TokenSource(STABLE_TOKEN.name, _asked, "secret")},
        limits={"default": a_day(100_000), "custom_send": a_day(500_000), **limits},
        limited_by=app_of,
    )


def app_of(account: Account) -> str:
    return str(account.settings.get("app_id") or "")


def _asked(account: Account) -> Mapping[str, object]:
    return {
        "grant_type": "client_credential",
        "appid": app_of(account),
        "secret": account.secrets["secret"],
        "force_refresh": False,
    }
