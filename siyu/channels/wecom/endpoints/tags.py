"""The company's tags, and who has them (D.2)."""

from __future__ import annotations

from siyu.channels.platform.endpoints import Endpoint

_CONTACT = "/cgi-bin/externalcontact"

ROWS = (
    Endpoint("get_corp_tag_list", "POST", f"{_CONTACT}/get_corp_tag_list", True),
    # A name exists once in a group, so adding it again gives the same tag.
    Endpoint("add_corp_tag", "POST", f"{_CONTACT}/add_corp_tag", True),
    Endpoint("edit_corp_tag", "POST", f"{_CONTACT}/edit_corp_tag", True),
    Endpoint("del_corp_tag", "POST", f"{_CONTACT}/del_corp_tag", True),
    Endpoint("mark_tag", "POST", f"{_CONTACT}/mark_tag", True),
)
