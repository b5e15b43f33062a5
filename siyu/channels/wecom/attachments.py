"""Attachments as WeCom's calls take them (document 92135)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def attachments_of(given: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """In WeCom's shape, in order."""
    return [_WRITERS[each["kind"]](each) for each in given]


def _link(given: Mapping[str, str]) -> dict[str, Any]:
    link = {
        "title": given["title"],
        "picurl": given.get("picture"),
        "desc": given.get("description"),
        "url": given["url"],
    }
    return {"msgtype": "link", "link": {name: value for name, value in link.items() if value}}


_WRITERS = {"link": _link}
