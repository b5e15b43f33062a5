"""The calls of Douyin's open platform that are used here: one row each."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint, table

ENDPOINTS = table(
    Endpoint("oauth/refresh_token", "POST", "/oauth/refresh_token/", True, token=None),
    Endpoint("oauth/userinfo", "POST", "/oauth/userinfo/", True),
    Endpoint("im/send/msg", "POST", "/im/send/msg/", False),
)
