"""Codes that lead to members (contact ways, D.3) and to groups (join ways, D.7)."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint, Pages

_CONTACT = "/cgi-bin/externalcontact"
_GROUP = f"{_CONTACT}/groupchat"

ROWS = (
    Endpoint("add_contact_way", "POST", f"{_CONTACT}/add_contact_way", False),
    Endpoint("get_contact_way", "POST", f"{_CONTACT}/get_contact_way", True),
    Endpoint("list_contact_way", "POST", f"{_CONTACT}/list_contact_way", True, pages=Pages("contact_way")),
    Endpoint("update_contact_way", "POST", f"{_CONTACT}/update_contact_way", True),
    Endpoint("del_contact_way", "POST", f"{_CONTACT}/del_contact_way", True),
    Endpoint("add_join_way", "POST", f"{_GROUP}/add_join_way", False),
    Endpoint("get_join_way", "POST", f"{_GROUP}/get_join_way", True),
    Endpoint("update_join_way", "POST", f"{_GROUP}/update_join_way", True),
    Endpoint("del_join_way", "POST", f"{_GROUP}/del_join_way", True),
)
