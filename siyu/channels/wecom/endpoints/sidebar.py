"""Beside the chat: tickets its page is signed with (D.14), members who sign in (D.15)."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint

ROWS = (
    Endpoint("get_jsapi_ticket", "GET", "/cgi-bin/get_jsapi_ticket", True),
    Endpoint("ticket/get", "GET", "/cgi-bin/ticket/get", True),
    # A code works once: asked again after no answer it would be refused, so whoever signs in begins anew.
    Endpoint("auth/getuserinfo", "GET", "/cgi-bin/auth/getuserinfo", False),
)
