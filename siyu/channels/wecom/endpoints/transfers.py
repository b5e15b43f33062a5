"""Customers and groups that go to another member (D.9). Without an answer they are asked about, never called again."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint, Pages

_CONTACT = "/cgi-bin/externalcontact"
_LEFT = f"{_CONTACT}/resigned"
_GROUP = f"{_CONTACT}/groupchat"

ROWS = (
    Endpoint("transfer_customer", "POST", f"{_CONTACT}/transfer_customer", False),
    Endpoint("transfer_result", "POST", f"{_CONTACT}/transfer_result", True, pages=Pages("customer")),
    Endpoint("get_unassigned_list", "POST", f"{_CONTACT}/get_unassigned_list", True, pages=Pages("info")),
    Endpoint("resigned/transfer_customer", "POST", f"{_LEFT}/transfer_customer", False),
    Endpoint("resigned/transfer_result", "POST", f"{_LEFT}/transfer_result", True, pages=Pages("customer")),
    Endpoint("groupchat/transfer", "POST", f"{_GROUP}/transfer", False),
    Endpoint("groupchat/onjob_transfer", "POST", f"{_GROUP}/onjob_transfer", False),
)
