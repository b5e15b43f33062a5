"""Customers as the platform lists them → mirror and news, by set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import moment
from siyu.channels.platform.documents import number
from siyu.channels.platform.news import News
from siyu.channels.wecom import tagging
from siyu.channels.wecom.changes.contacts import consents_by_adding
from siyu.channels.wecom.fields import is_identifier, printable
from siyu.channels.wecom.friendship import FRIENDS, Contact, Listed, Pair, contacts_of, store
from siyu.channels.wecom.tables import wecom_contacts
from siyu.channels.wecom.telling import consent_news, fingerprint, friendship_news, profile_news, profile_of

MISSED_A_STEP = 1_000


@dataclass(slots=True)
class Found:
    """A customer of a member, as listed at ``at``."""

    external_userid: str
    userid: str
    at: datetime
    listed: Listed
    customer: Mapping[str, Any] = field(repr=False)

    @property
    def pair(self) -> Pair:
        return self.external_userid, self.userid


def of_page(items: Iterable[Mapping[str, Any]], at: datetime) -> list[Found]:
    """The items of ``batch/get_by_user``; what names nobody is left out."""
    found: list[Found] = []
    for item in items:
        customer, follow = item.get("external_contact") or {}, item.get("follow_info") or {}
        if is_identifier(customer.get("external_userid")) and is_identifier(follow.get("userid")):
            found.append(_found(customer, follow, follow.get("tag_id") or (), at))
    return found


def of_customer(answer: Mapping[str, Any], at: datetime) -> list[Found]:
    """The answer of ``externalcontact/get``: one for each follower."""
    customer = answer.get("external_contact") or {}
    if not is_identifier(customer.get("external_userid")):
        return []
    return [
        _found(customer, follow, [tag["tag_id"] for tag in follow.get("tags") or () if tag.get("tag_id")], at)
        for follow in answer.get("follow_user") or ()
        if is_identifier(follow.get("userid"))
    ]


def _found(customer: Mapping[str, Any], follow: Mapping[str, Any], tags: Iterable[Any], at: datetime) -> Found:
    listed = Listed(
        since=_since(follow.get("createtime"), at),
        channel=printable(str(follow.get("state") or "")),
        add_way=number(follow.get("add_way")),
        tags=",".join(sorted({tag for tag in tags if is_identifier(tag)})),
    )
    return Found(customer["external_userid"], follow["userid"], at, listed, customer)


def _since(seconds: object, at: datetime) -> datetime:
    try:
        return moment(seconds) if seconds else at
    except ValueError:
        return at


def fill(conn: Connection, account: int, found: Sequence[Found]) -> list[News]:
    """Into the mirror (``mirror.alone`` before); what is new for people."""
    contacts = contacts_of(conn, account, list(dict.fromkeys(each.pair for each in found)))
    before = {pair: contact.tags for pair, contact in contacts.items()}
    marked = tagging.marked_since(conn, account, found)
    consents = consents_by_adding(conn, account)
    news: list[News] = []
    for each in found:
        contact = contacts[each.pair]
        listed = tagging.with_own_marks(each.listed, marked.get(each.pair, ()))
        event = contact.find(each.at, listed)
        news += _news(account, contact, each, event, consents)
    store(conn, account, list(contacts.values()))
    tagging.note_changes(conn, account, [(contact, before[pair]) for pair, contact in contacts.items()])
    return news


def _news(account: int, contact: Contact, found: Found, event: str, consents: bool) -> Iterable[News]:
    since = contact.since or found.at
    if event:
        key = f"wecom:{account}:friend:{contact.external_userid}:{contact.userid}:{int(since.timestamp())}"
        yield friendship_news(contact, event, since, key)
        if consents:
            yield from consent_news(contact, event, since, key)
    traits, unionid = profile_of(found.customer)
    mark = fingerprint(traits, unionid)
    if contact.profile != mark or event:
        contact.profile = mark
        if event:
            traits["adviser"] = contact.userid
        yield profile_news(account, contact.external_userid, traits, unionid, mark + event[:1], found.at)


def miss(conn: Connection, account: int, where: sa.ColumnElement[bool], at: datetime) -> tuple[int, list[News]]:
    """Friends (at most ``MISSED_A_STEP``) that a whole list asked for at ``at`` did not hold: they are gone. How many
    there were, and the news."""
    table = wecom_contacts.c
    unseen = sa.and_(table.account == account, table.state.in_(FRIENDS), table.told < at, where)
    unseen = sa.and_(unseen, sa.or_(table.read.is_(None), table.read < at))
    rows = conn.execute(sa.select(table.external_userid, table.userid).where(unseen).limit(MISSED_A_STEP))
    contacts = contacts_of(conn, account, [(row.external_userid, row.userid) for row in rows])
    news: list[News] = []
    for contact in contacts.values():
        event = contact.miss(at)
        if event:
            key = f"wecom:{account}:gone:{contact.external_userid}:{contact.userid}:{int(at.timestamp())}"
            news.append(friendship_news(contact, event, at, key))
    store(conn, account, list(contacts.values()))
    return len(contacts), news
