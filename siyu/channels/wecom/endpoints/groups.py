"""Customer groups and their members (D.7)."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint, Pages

_GROUP = "/cgi-bin/externalcontact/groupchat"

ROWS = (
    Endpoint("groupchat/list", "POST", f"{_GROUP}/list", True, pages=Pages("group_chat_list")),
    Endpoint("groupchat/get", "POST", f"{_GROUP}/get", True),
)
