"""The calls of WeCom that are used here: one row each."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint, Pages, table

_CONTACT = "/cgi-bin/externalcontact"

ENDPOINTS = table(
    Endpoint("gettoken", "GET", "/cgi-bin/gettoken", True, token=None),
    Endpoint("get_follow_user_list", "GET", f"{_CONTACT}/get_follow_user_list", True),
    Endpoint("externalcontact/list", "GET", f"{_CONTACT}/list", True),
    Endpoint("externalcontact/get", "GET", f"{_CONTACT}/get", True, pages=Pages("follow_user")),
    Endpoint("send_welcome_msg", "POST", f"{_CONTACT}/send_welcome_msg", False),
)
