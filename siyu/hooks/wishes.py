"""What a subscription may ask for: a wish as it was entered, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from siyu.audiences import queries as audiences
from siyu.audiences.filters import Filter
from siyu.channels import Caller
from siyu.hooks.model import (
    EVENTS_MAX,
    EVERY,
    FILTERS_MAX,
    KINDS_MAX,
    NAME_CHARACTERS_MAX,
    URL_CHARACTERS_MAX,
    Wish,
)
from siyu.people.identity import KINDS
from siyu.storage import BadInput, NotAllowed, Stores


def checked(stores: Stores, caller: Caller, wish: Wish, *, may_see: bool) -> dict[str, Any]:
    """The columns that a wish sets. ``may_see``: whether who asks may see phones and e-mails whole.

    Raises :class:`BadInput` by field, :class:`NotAllowed`, and :class:`NotFound` for an audience that is not there.
    """
    if wish.personal and not may_see:
        raise NotAllowed(
            "personal_not_allowed",
            "您看不到完整手机号与邮箱，因此不能让推送带上它们。",
            "You may not see phones and e-mails whole, so a subscription of yours can't carry them.",
            field="personal",
        )
    name = wish.name.strip()
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        raise _wrong(
            "name", f"名称需要 1 至 {NAME_CHARACTERS_MAX} 个字。", f"A name of 1 to {NAME_CHARACTERS_MAX} characters."
        )
    url = wish.url.strip()
    if len(url) > URL_CHARACTERS_MAX:
        raise _wrong("url", f"地址最长 {URL_CHARACTERS_MAX} 个字符。", f"At most {URL_CHARACTERS_MAX} characters.")
    caller.check(url)
    if wish.audience is not None:
        audiences.get(stores, wish.audience)
    return {
        "name": name,
        "url": url,
        "events": _events(wish.events),
        "audience": wish.audience,
        "where": _filters(wish.where),
        "identifiers": _kinds(wish.identifiers),
        "personal": wish.personal,
        "imports": wish.imports,
    }


def _events(given: Sequence[str]) -> list[str]:
    events = list(dict.fromkeys(name.strip() for name in given if name.strip()))
    if EVERY in events:
        return [EVERY]
    if not events:
        raise _wrong("events", "请至少选一种事件，* 表示全部。", "Choose one event at least; * means all.")
    if len(events) > EVENTS_MAX or any(len(name) > 200 or "\x00" in name for name in events):
        raise _wrong("events", f"最多 {EVENTS_MAX} 种事件。", f"At most {EVENTS_MAX} names of events.")
    return events


def _filters(given: Sequence[Any]) -> list[dict[str, Any]]:
    if len(given) > FILTERS_MAX:
        raise _wrong("where", f"最多 {FILTERS_MAX} 个条件。", f"At most {FILTERS_MAX} filters.")
    try:
        filters = msgspec.convert(list(given), list[Filter])
    except msgspec.ValidationError as error:
        raise _wrong("where", f"筛选条件写法不对：{error}。", f"The filters can't be read: {error}.") from None
    for place, each in enumerate(filters):
        each.check(f"where[{place}]")
    return msgspec.to_builtins(filters)


def _kinds(given: Sequence[str]) -> list[str]:
    kinds = list(dict.fromkeys(given))
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or len(kinds) > KINDS_MAX:
        known = ", ".join(KINDS)
        raise _wrong("identifiers", f"未知的身份标识。可用：{known}。", f"Unknown kind of identifier. Known: {known}.")
    return kinds


def _wrong(field: str, zh: str, en: str) -> BadInput:
    return BadInput("hook_invalid", zh, en, field=field)
