"""Douyin (抖音) as the client sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from siyu.channels.douyin.endpoints import ENDPOINTS
from siyu.channels.douyin.failures import FAILURES
from siyu.channels.platform.limiter import Limit, Window
from siyu.channels.platform.platform import Answer, Platform, TokenSource
from siyu.channels.protocol import Account

ENVELOPES = ("data", "extra")


def code_of(answer: Answer) -> int:
    """Answers come in two envelopes: ``{data: {error_code}, extra}`` and ``{err_no}``."""
    return next((int(each["error_code"]) for each in _envelopes(answer) if each.get("error_code")), 0) or int(
        answer.get("err_no") or 0
    )


def said_of(answer: Answer) -> str:
    return next((str(each["description"]) for each in _envelopes(answer) if each.get("description")), "") or str(
        answer.get("err_msg") or ""
    )


def _envelopes(answer: Answer) -> list[Mapping[str, Any]]:
    found = [answer.get(name) for name in ENVELOPES]
    return [cast("Mapping[str, Any]", each) for each in found if isinstance(each, dict)]


def client_of(account: Account) -> str:
    return str(account.settings["client_key"])


def _refresh(account: Account) -> dict[str, str]:
    return {
        "client_key": client_of(account),
        "grant_type": "refresh_token",
        "refresh_token": account.secrets["refresh_token"],
    }


DOUYIN = Platform(
    name="douyin",
    default_base_url="https://open.douyin.com",
    endpoints=ENDPOINTS,
    failures=FAILURES,
    tokens={
        "access": TokenSource("oauth/refresh_token", _refresh, "refresh_token", within="data", renews="refresh_token")
    },
    # No limit is published for these calls: five a second is far below any that was met.
    limits={"default": Limit((Window(300, 60),), slots=4)},
    limited_by=client_of,
    token_header="access-token",
    code_of=code_of,
    said_of=said_of,
)
