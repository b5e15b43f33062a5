"""The company itself: its token, its members and departments (A.1, D.17)."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint

ROWS = (
    Endpoint("gettoken", "GET", "/cgi-bin/gettoken", True, token=None),
    Endpoint("get_api_domain_ip", "GET", "/cgi-bin/get_api_domain_ip", True),
    Endpoint("getcallbackip", "GET", "/cgi-bin/getcallbackip", True),
    Endpoint("user/get", "GET", "/cgi-bin/user/get", True),
    Endpoint("user/simplelist", "GET", "/cgi-bin/user/simplelist", True),
    Endpoint("department/simplelist", "GET", "/cgi-bin/department/simplelist", True),
    Endpoint("department/get", "GET", "/cgi-bin/department/get", True),
)
