"""Ocean Engine (巨量引擎) as the client sees it."""

from __future__ import annotations

from siyu.channels.ocean.endpoints import ENDPOINTS
from siyu.channels.ocean.failures import FAILURES
from siyu.channels.platform.limiter import Limit, Window
from siyu.channels.platform.platform import Answer, Platform, TokenSource
from siyu.channels.protocol import Account


def code_of(answer: Answer) -> int:
    return int(answer.get("code") or 0)


def said_of(answer: Answer) -> str:
    return str(answer.get("message") or "")


def app_of(account: Account) -> str:
    return str(account.settings["app_id"])


def _refresh(account: Account) -> dict[str, str]:
    return {
        "app_id": app_of(account),
        "secret": account.secrets["app_secret"],
        "grant_type": "refresh_token",
        "refresh_token": account.secrets["refresh_token"],
    }


OCEAN = Platform(
    name="ocean",
    default_base_url="https://api.oceanengine.com",
    endpoints=ENDPOINTS,
    failures=FAILURES,
    tokens={"access": TokenSource("refresh_token", _refresh, "refresh_token", within="data", renews="refresh_token")},
    # No limit is published for these calls: two a second is far below any that was met.
    limits={"default": Limit((Window(120, 60),), slots=2)},
    limited_by=app_of,
    token_header="Access-Token",
    code_of=code_of,
    said_of=said_of,
)
