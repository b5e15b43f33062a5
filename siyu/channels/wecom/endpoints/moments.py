"""Moments (D.6). A result is asked for with GET."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint, Pages

_CONTACT = "/cgi-bin/externalcontact"

ROWS = (
    Endpoint("add_moment_task", "POST", f"{_CONTACT}/add_moment_task", False),
    Endpoint("get_moment_task_result", "GET", f"{_CONTACT}/get_moment_task_result", True),
    Endpoint("get_moment_list", "POST", f"{_CONTACT}/get_moment_list", True, pages=Pages("moment_list")),
    Endpoint("get_moment_task", "POST", f"{_CONTACT}/get_moment_task", True, pages=Pages("task_list")),
    Endpoint(
        "get_moment_send_result", "POST", f"{_CONTACT}/get_moment_send_result", True, pages=Pages("customer_list")
    ),
    Endpoint("get_moment_comments", "POST", f"{_CONTACT}/get_moment_comments", True),
    Endpoint("cancel_moment_task", "POST", f"{_CONTACT}/cancel_moment_task", True),
)
