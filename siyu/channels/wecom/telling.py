"""What WeCom's mirror means for people, as news. Pure: the same change is told under the same key."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from siyu.channels.platform.news import News
from siyu.channels.wecom.fields import is_identifier, printable
from siyu.channels.wecom.friendship import Contact

SEXES = {1: "male", 2: "female"}


class Customer(msgspec.Struct, gc=False):
    """What is used of an ``external_contact``; fields as the platform writes them, of any type."""

    external_userid: Any = None
    name: Any = None
    gender: Any = None
    avatar: Any = None
    corp_name: Any = None
    position: Any = None
    unionid: Any = None


Profile = tuple[Mapping[str, Any], str]
"""Traits, and the union id ("" where the platform tells none)."""
NO_PROFILE: Profile = ({}, "")


def friendship_news(contact: Contact, event: str, at: datetime, key: str, profile: Profile = NO_PROFILE) -> News:
    """A friendship began or ended; with it, where it is given, who the customer is."""
    traits, unionid = profile
    properties: dict[str, Any] = {"staff": contact.userid}
    if contact.channel:
        properties["channel_state"] = contact.channel
    if contact.add_way is not None:
        properties["add_way"] = contact.add_way
    return News(event, at, _who(contact.external_userid, unionid), key, properties, traits)


def _who(external_userid: str, unionid: str) -> tuple[tuple[str, str], ...]:
    who = (("external_userid", external_userid),)
    return (*who, ("unionid", unionid)) if unionid else who


def consent_news(contact: Contact, event: str, at: datetime, key: str) -> list[News]:
    """Who adds an adviser agrees to messages on WeCom, and who deletes one does so no longer: where the owner's notice
    at the code says so."""
    says = {"friend_added": "consent_given", "friend_lost": "consent_withdrawn"}.get(event)
    if says is None:
        return []
    properties = {"purpose": "marketing", "channel": "wecom", "evidence": f"wecom:{event}:{contact.userid}"}
    return [News(says, at, (("external_userid", contact.external_userid),), f"{key}:consent", properties)]


def profile_of(customer: Customer) -> Profile:
    """Who they are."""
    traits: dict[str, Any] = {}
    name = printable(str(customer.name or "")).strip()[:64]
    if name:
        traits["name"] = name
    if customer.gender in (1, 2):
        traits["sex"] = SEXES[customer.gender]
    told = ((customer.avatar, "avatar"), (customer.corp_name, "company"), (customer.position, "position"))
    for value, trait in told:
        text = printable(str(value)) if value else ""
        if text:
            traits[trait] = text
    return traits, customer.unionid if is_identifier(customer.unionid) else ""


def fingerprint(profile: Profile) -> str:
    """Changes whenever what is told of a customer does."""
    told = msgspec.json.encode(profile, order="deterministic")
    return hashlib.sha256(told).hexdigest()[:16]


def profile_news(account: int, external_userid: str, profile: Profile, mark: str, at: datetime) -> News:
    """Who they are. ``mark`` is the fingerprint."""
    traits, unionid = profile
    key = f"wecom:{account}:profile:{external_userid}:{mark}"
    return News("", at, _who(external_userid, unionid), key, traits=traits)
