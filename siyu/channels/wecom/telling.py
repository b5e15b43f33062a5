"""What WeCom's mirror means for people, as news. Pure: the same change is told under the same key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from siyu.channels.platform.news import News
from siyu.channels.wecom.fields import is_identifier, printable
from siyu.channels.wecom.friendship import Contact

SEXES = {1: "male", 2: "female"}


def friendship_news(contact: Contact, event: str, at: datetime, key: str) -> News:
    """A friendship began or ended."""
    properties: dict[str, Any] = {"staff": contact.userid}
    if contact.channel:
        properties["channel_state"] = contact.channel
    if contact.add_way is not None:
        properties["add_way"] = contact.add_way
    return News(event, at, (("external_userid", contact.external_userid),), key, properties)


def consent_news(contact: Contact, event: str, at: datetime, key: str) -> list[News]:
    """Who adds an adviser agrees to messages on WeCom, and who deletes one does so no longer: where the owner's notice
    at the code says so."""
    says = {"friend_added": "consent_given", "friend_lost": "consent_withdrawn"}.get(event)
    if says is None:
        return []
    properties = {"purpose": "marketing", "channel": "wecom", "evidence": f"wecom:{event}:{contact.userid}"}
    return [News(says, at, (("external_userid", contact.external_userid),), f"{key}:consent", properties)]


def profile_of(customer: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Of an ``external_contact``: traits, and the union id ("" where the platform tells none)."""
    traits: dict[str, Any] = {}
    name = printable(str(customer.get("name") or "")).strip()[:64]
    if name:
        traits["name"] = name
    sex = SEXES.get(customer.get("gender") or 0)
    if sex:
        traits["sex"] = sex
    for told, trait in (("avatar", "avatar"), ("corp_name", "company"), ("position", "position")):
        value = printable(str(customer.get(told) or ""))
        if value:
            traits[trait] = value
    unionid = customer.get("unionid")
    return traits, unionid if is_identifier(unionid) and isinstance(unionid, str) else ""


def fingerprint(traits: Mapping[str, Any], unionid: str) -> str:
    """Changes whenever what is told of a customer does."""
    told = json.dumps([traits, unionid], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def profile_news(
    account: int, external_userid: str, traits: Mapping[str, Any], unionid: str, mark: str, at: datetime
) -> News:
    """Who they are. ``mark`` is the fingerprint."""
    who = [("external_userid", external_userid)]
    if unionid:
        who.append(("unionid", unionid))
    return News("", at, tuple(who), f"wecom:{account}:profile:{external_userid}:{mark}", traits=traits)
