"""What members and groups did, by day (D.8)."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint

_CONTACT = "/cgi-bin/externalcontact"

ROWS = (
    Endpoint("get_user_behavior_data", "POST", f"{_CONTACT}/get_user_behavior_data", True),
    Endpoint("groupchat/statistic", "POST", f"{_CONTACT}/groupchat/statistic", True),
    Endpoint("groupchat/statistic_group_by_day", "POST", f"{_CONTACT}/groupchat/statistic_group_by_day", True),
)
