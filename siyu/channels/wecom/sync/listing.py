"""Customers as the platform lists them → what the mirror and people are told of them. Pure.

A page is read by type: of a hundred customers with everything that WeCom tells of each, only what is used here becomes
objects (a fifth of the time that dictionaries take). Fields stay of any type, for whoever uses one to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

import msgspec

from siyu.channels.platform.callbacks import moment
from siyu.channels.platform.documents import number
from siyu.channels.platform.failures import NOT_UNDERSTOOD, PlatformError
from siyu.channels.wecom.fields import is_identifier, printable
from siyu.channels.wecom.friendship import Listed, Pair
from siyu.channels.wecom.tagging import column_of
from siyu.channels.wecom.telling import Customer, Profile, fingerprint, profile_of


class _Follow(msgspec.Struct, gc=False):
    userid: Any = None
    createtime: Any = None
    state: Any = None
    add_way: Any = None
    tag_id: Any = None


class _Item(msgspec.Struct, gc=False):
    external_contact: Customer | None = None
    follow_info: _Follow | None = None


_items = msgspec.json.Decoder(list[_Item] | None)


class Found(msgspec.Struct, gc=False):
    """A customer of a member, as listed at ``at``. ``mark``: the fingerprint of ``profile``."""

    pair: Pair
    at: datetime
    listed: Listed
    profile: Profile
    mark: str


def of_page(items: bytes, at: datetime) -> tuple[list[Found], int]:
    """The items of ``batch/get_by_user``, as they came; and how many there were. What names nobody is left out.

    Raises :class:`PlatformError` for what is no list of customers.
    """
    try:
        listed = _items.decode(items or b"null") or []
    except msgspec.DecodeError:
        raise PlatformError("not_json", NOT_UNDERSTOOD, "batch/get_by_user", unknown=True) from None
    tags = _Tags()
    found: list[Found] = []
    for item in listed:
        customer, follow = item.external_contact, item.follow_info
        if customer is None or follow is None:
            continue
        if is_identifier(customer.external_userid) and is_identifier(follow.userid):
            found.append(_found(customer, follow, tags.column(follow.tag_id), at))
    return found, len(listed)


def of_customer(answer: Mapping[str, Any], at: datetime) -> list[Found]:
    """The answer of ``externalcontact/get``: one for each follower."""
    told = answer.get("external_contact") or {}
    if not is_identifier(told.get("external_userid")):
        return []
    customer, tags = msgspec.convert(told, Customer), _Tags()
    return [
        _found(
            customer,
            msgspec.convert(follow, _Follow),
            tags.column([tag.get("tag_id") for tag in follow.get("tags") or ()]),
            at,
        )
        for follow in answer.get("follow_user") or ()
        if is_identifier(follow.get("userid"))
    ]


def _found(customer: Customer, follow: _Follow, tags: str, at: datetime) -> Found:
    listed = Listed(_since(follow.createtime, at), printable(str(follow.state or "")), number(follow.add_way), tags)
    profile = profile_of(customer)
    return Found((customer.external_userid, follow.userid), at, listed, profile, fingerprint(profile))


class _Tags:
    """Tags for the mirror's column: sorted, with commas. Many customers have the same ones."""

    def __init__(self) -> None:
        self._columns: dict[str, str] = {}

    def column(self, tags: Any) -> str:
        if not tags or not isinstance(tags, list):
            return ""
        key = "\n".join(map(str, cast("list[Any]", tags)))
        known = self._columns.get(key)
        if known is None:
            known = self._columns[key] = column_of({tag for tag in cast("list[Any]", tags) if is_identifier(tag)})
        return known


def pairs_of(found: Iterable[Found]) -> list[Pair]:
    """Each once."""
    return list(dict.fromkeys(each.pair for each in found))


def _since(seconds: object, at: datetime) -> datetime:
    try:
        return moment(seconds) if seconds else at
    except ValueError:
        return at
