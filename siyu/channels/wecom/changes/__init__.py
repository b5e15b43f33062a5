"""What WeCom calls about, a file a family: names, the fields they can't be without, and what they change."""

from __future__ import annotations

from collections.abc import Mapping

from siyu.channels.wecom.changes import acquisition, contacts, directory, groups, service, tags
from siyu.channels.wecom.changes.family import Family

FAMILIES: tuple[Family, ...] = (
    directory.FAMILY,
    contacts.FAMILY,
    groups.FAMILY,
    tags.FAMILY,
    acquisition.FAMILY,
    service.FAMILY,
)

FAMILY_OF: Mapping[str, Family] = {name: family for family in FAMILIES for name in family.needs}
"""By the name of the callback (``event.change``)."""
