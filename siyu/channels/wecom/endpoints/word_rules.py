"""Rules for sensitive words (D.11)."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint

_CONTACT = "/cgi-bin/externalcontact"

ROWS = (
    Endpoint("add_intercept_rule", "POST", f"{_CONTACT}/add_intercept_rule", False),
    Endpoint("get_intercept_rule_list", "GET", f"{_CONTACT}/get_intercept_rule_list", True),
    Endpoint("get_intercept_rule", "POST", f"{_CONTACT}/get_intercept_rule", True),
    Endpoint("update_intercept_rule", "POST", f"{_CONTACT}/update_intercept_rule", True),
    Endpoint("del_intercept_rule", "POST", f"{_CONTACT}/del_intercept_rule", True),
)
