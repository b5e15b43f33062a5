"""Customers and whose they are (D.1)."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint, Pages

_CONTACT = "/cgi-bin/externalcontact"

ROWS = (
    Endpoint("get_follow_user_list", "GET", f"{_CONTACT}/get_follow_user_list", True),
    Endpoint("externalcontact/list", "GET", f"{_CONTACT}/list", True),
    Endpoint("externalcontact/get", "GET", f"{_CONTACT}/get", True, pages=Pages("follow_user")),
    Endpoint("batch/get_by_user", "POST", f"{_CONTACT}/batch/get_by_user", True, pages=Pages("external_contact_list")),
    Endpoint("remark", "POST", f"{_CONTACT}/remark", True),
)
