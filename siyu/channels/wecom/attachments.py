"""Attachments as WeCom's calls take them (document 92135)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.failures import PlatformError
from siyu.channels.protocol import Account
from siyu.channels.wecom.media import Use, media_id
from siyu.channels.wecom.platform import corp_of
from siyu.storage import NotFound, Stores

log = logging.getLogger(__name__)

Given = Mapping[str, str]
MediaId = Callable[[str], str]
"""sha-256 → the platform's name for it."""


def attachments_of(
    stores: Stores,
    client: PlatformClient,
    account: Account,
    given: Sequence[Given],
    *,
    use: Use = "message",
    leave_out: bool = False,
) -> list[dict[str, Any]]:
    """In WeCom's shape, in order; media are uploaded where they are not there.

    ``leave_out``: one whose medium can't be had is left out, rather than nothing said at all. Raises
    :class:`PlatformError`, :class:`NotFound` otherwise.
    """
    of_medium = partial(media_id, stores, client, corp_of(account), use=use)
    found: list[dict[str, Any]] = []
    for each in given:
        try:
            found.append(_WRITERS[each["kind"]](each, of_medium))
        except (PlatformError, NotFound) as error:
            if not leave_out:
                raise
            log.warning("an attachment was left out: %s", error.code)
    return found


def _link(given: Given, _: MediaId) -> dict[str, Any]:
    link = {
        "title": given["title"],
        "picurl": given.get("picture"),
        "desc": given.get("description"),
        "url": given["url"],
    }
    return {"msgtype": "link", "link": {name: value for name, value in link.items() if value}}


def _medium(given: Given, of_medium: MediaId) -> dict[str, Any]:
    return {"msgtype": given["kind"], given["kind"]: {"media_id": of_medium(given["medium"])}}


def _mini_program(given: Given, of_medium: MediaId) -> dict[str, Any]:
    program = {
        "title": given["title"],
        "pic_media_id": of_medium(given["medium"]),
        "appid": given["appid"],
        "page": given["page"],
    }
    return {"msgtype": "miniprogram", "miniprogram": program}


_WRITERS: Mapping[str, Callable[[Given, MediaId], dict[str, Any]]] = {
    "link": _link,
    "image": _medium,
    "video": _medium,
    "file": _medium,
    "miniprogram": _mini_program,
}
