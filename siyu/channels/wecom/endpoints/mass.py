"""Mass messages that members of staff confirm (D.5)."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint, Pages

_CONTACT = "/cgi-bin/externalcontact"

ROWS = (
    Endpoint("add_msg_template", "POST", f"{_CONTACT}/add_msg_template", False),
    Endpoint("remind_groupmsg_send", "POST", f"{_CONTACT}/remind_groupmsg_send", False),
    Endpoint("cancel_groupmsg_send", "POST", f"{_CONTACT}/cancel_groupmsg_send", True),
    Endpoint("get_groupmsg_list_v2", "POST", f"{_CONTACT}/get_groupmsg_list_v2", True, pages=Pages("group_msg_list")),
    Endpoint("get_groupmsg_task", "POST", f"{_CONTACT}/get_groupmsg_task", True, pages=Pages("task_list")),
    Endpoint(
        "get_groupmsg_send_result", "POST", f"{_CONTACT}/get_groupmsg_send_result", True, pages=Pages("send_list")
    ),
)
