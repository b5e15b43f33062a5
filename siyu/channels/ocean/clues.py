"""A lead as the platform writes it, read or pushed: who it is, what they asked, what they agreed to.

Both ways come together: what is read page by page is put into the inbox of callbacks like what is pushed, and applied
from there. A lead is told once, by its number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.ocean.tables import ocean_clues
from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.documents import Document, any_json, unreadable
from siyu.channels.platform.news import News
from siyu.channels.platform.reading import first_moment, inner, listed, loads, spelt, text
from siyu.channels.platform.signed import proved
from siyu.channels.protocol import Account
from siyu.storage import BadInput, insert_into

CLUE = "clue"
SOURCE = "巨量引擎"
ADS, LIFE = "ads", "life"
NO_CONSENT = "none"
SHOWN = {
    "clue_type": "clue_type",
    "clue_source": "clue_source",
    "site_name": "form",
    "module_name": "form",
    "promotion_name": "campaign",
    "ad_name": "campaign",
    "action_type": "action",
    "flow_type": "flow",
    "product_name": "product",
    "remark": "wish",
    "form_remark": "wish",
    "weixin": "weixin",
    "author_aweme_id": "author",
    "staff_nickname": "staff",
}
"""Field of the platform → property of the event."""


@dataclass(frozen=True)
class OceanReceiver:
    """See :class:`~siyu.channels.platform.callbacks.Receiver`."""

    platform: str = "ocean"
    known: frozenset[str] = frozenset({CLUE})

    def receive(self, account: Account, delivery: Delivery) -> Received:
        if delivery.method != "POST":
            raise BadInput("clue_post", "线索推送请用 POST。", "Leads are told by POST.")
        proved(account, delivery, "push_secret")
        found = any_json(delivery.body)
        document: Document = {"list": found} if isinstance(found, list) else loads(delivery.body)
        clues = listed(inner(document, "data") or document, "list") or [document]
        return Received(tuple(kept(account, kind_of(clue), clue) for clue in clues), b'{"code":0}', "application/json")

    def hurries(self, body: bytes) -> bool:
        return False

    def read(self, body: bytes) -> Told:
        document = loads(body)
        clue = inner(document, "clue")
        if not text(clue, "clue_id"):
            raise unreadable()
        return Told(CLUE, first_moment(clue, "create_time_detail", "create_time", "date"), document)

    def apply(self, conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
        by_number = {text(inner(each.fields, "clue"), "clue_id"): each for each in reversed(callbacks)}
        rows = [
            {
                "account": account,
                "clue": number,
                "kind": text(each.fields, "kind"),
                "owner": owner_of(inner(each.fields, "clue")),
                "created": each.time,
            }
            for number, each in by_number.items()
        ]
        known = set(
            conn.execute(
                sa.select(ocean_clues.c.clue).where(
                    ocean_clues.c.account == account, ocean_clues.c.clue.in_(list(by_number))
                )
            ).scalars()
        )
        conn.execute(insert_into(conn, ocean_clues).on_conflict_do_nothing(), rows)
        return [one for number, each in by_number.items() if number not in known for one in _news(account, each)]


def kept(account: Account, kind: str, clue: Document) -> bytes:
    """A lead as it goes to disk: with what the account says of its forms at this time."""
    settings = account.settings
    said = {"kind": kind, "consent": settings.get("consent") or NO_CONSENT, "notice": settings.get("notice") or ""}
    whole = {**said, "clue": clue}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str).encode()


def kind_of(clue: Document) -> str:
    return LIFE if clue.get("local_account_id") else ADS


def owner_of(clue: Document) -> str:
    return text(clue, "advertiser_id", "local_account_id")


def _news(account: int, callback: Callback) -> list[News]:
    clue, at = inner(callback.fields, "clue"), callback.time
    number = text(clue, "clue_id")
    found = [(kind, spelt(kind, text(clue, field))) for kind, field in (("phone", "telephone"), ("email", "email"))]
    whose = tuple(each for each in found if each[1]) or (("anonymous_id", f"clue:{account}:{number}"),)
    key = f"ocean:{account}:{number}"
    properties: dict[str, Any] = {"clue_id": number, "account": account, "platform": "ocean"}
    for field, name in SHOWN.items():
        if text(clue, field):
            properties.setdefault(name, text(clue, field))
    campaign = (SOURCE, text(clue, "promotion_name", "ad_name", "author_aweme_id"))
    news = [News("lead_received", at, whose, f"{key}:lead", properties, campaign=campaign)]
    traits = _traits(clue)
    if traits:
        news.append(News("", at, whose, f"{key}:who", traits=traits))
    consent = text(callback.fields, "consent")
    if consent not in ("", NO_CONSENT) and whose[0][0] != "anonymous_id":
        agreed = {"purpose": consent, "channel": "any", "evidence": f"ocean clue {number}"}
        news.append(News("consent_given", at, whose, f"{key}:consent", {**agreed, "notice": _notice(callback.fields)}))
    return news


def _traits(clue: Document) -> Mapping[str, str]:
    told = {
        "name": text(clue, "name", characters_max=60),
        "province": text(clue, "province_name", "auto_province_name", characters_max=60),
        "city": text(clue, "city_name", "auto_city_name", characters_max=60),
    }
    return {name: value for name, value in told.items() if value}


def _notice(document: Document) -> str:
    return text(document, "notice")
