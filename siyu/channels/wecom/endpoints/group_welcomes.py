"""Group welcomes (D.7). There is no list of them, so one whose making had no answer can't be found again."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint

_TEMPLATE = "/cgi-bin/externalcontact/group_welcome_template"

ROWS = (
    Endpoint("group_welcome_template/add", "POST", f"{_TEMPLATE}/add", False),
    Endpoint("group_welcome_template/edit", "POST", f"{_TEMPLATE}/edit", True),
    Endpoint("group_welcome_template/del", "POST", f"{_TEMPLATE}/del", True),
)
