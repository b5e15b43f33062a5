"""Customer acquisition links (D.10)."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint, Pages

_CONTACT = "/cgi-bin/externalcontact"
_LINKS = f"{_CONTACT}/customer_acquisition"

ROWS = (
    Endpoint("acquisition/create_link", "POST", f"{_LINKS}/create_link", False),
    Endpoint("acquisition/list_link", "POST", f"{_LINKS}/list_link", True, pages=Pages("link_id_list")),
    Endpoint("acquisition/get", "POST", f"{_LINKS}/get", True),
    Endpoint("acquisition/update_link", "POST", f"{_LINKS}/update_link", True),
    Endpoint("acquisition/delete_link", "POST", f"{_LINKS}/delete_link", True),
    Endpoint("acquisition/customer", "POST", f"{_LINKS}/customer", True, pages=Pages("customer_list")),
    # These two differ in method and in path: the quota is read, a link's statistic is asked for.
    Endpoint("acquisition/quota", "GET", f"{_CONTACT}/customer_acquisition_quota", True),
    Endpoint("acquisition/statistic", "POST", f"{_LINKS}/statistic", True),
)
