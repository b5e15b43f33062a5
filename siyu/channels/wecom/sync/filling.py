"""Customers as the platform lists them → mirror and news, by set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.news import News
from siyu.channels.wecom import tagging
from siyu.channels.wecom.changes.contacts import consents_by_adding
from siyu.channels.wecom.friendship import FRIENDS, MET, Contact, Pair, contacts_known, contacts_of, store
from siyu.channels.wecom.sync.listing import Found, pairs_of
from siyu.channels.wecom.tables import wecom_contacts
from siyu.channels.wecom.telling import NO_PROFILE, consent_news, friendship_news, profile_news

MISSED_A_STEP = 1_000


def fill(conn: Connection, account: int, found: Sequence[Found], *, apart: bool) -> list[News]:
    """Into the mirror (``mirror.alone`` before); what is new for people.

    Who somebody is is told with the beginning of the friendship. ``apart`` tells it by itself: where the beginning may
    have been told before (and counts once), so that what they are called since then is not lost with its repeat.
    """
    if not found:
        return []
    known = contacts_known(conn, account, pairs_of(found))
    before = {pair: contact.tags for pair, contact in known.items()}
    marked = tagging.marked_since(conn, account, found)
    consents = consents_by_adding(conn, account)
    met: dict[Pair, Contact] = {}
    news: list[News] = []
    for each in found:
        contact = known.get(each.pair) or met.get(each.pair)
        if contact is None:
            contact = met[each.pair] = Contact(*each.pair)
        marks = marked.get(each.pair)
        event = contact.find(each.at, tagging.with_own_marks(each.listed, marks) if marks else each.listed)
        news += _news(account, contact, each, event, consents, apart)
    store(conn, account, list(known.values()))
    store(conn, account, list(met.values()), MET)
    tagging.note_changes(conn, account, [(contact, before[pair]) for pair, contact in known.items()])
    tagging.note_changes(conn, account, [(contact, "") for contact in met.values()])
    return news


def _news(account: int, contact: Contact, found: Found, event: str, consents: bool, apart: bool) -> Iterator[News]:
    changed, contact.profile = contact.profile != found.mark, found.mark
    traits, unionid = profile = found.profile
    if event:
        since = contact.since or found.at
        profile = {**traits, "adviser": contact.userid}, unionid
        key = f"wecom:{account}:friend:{contact.external_userid}:{contact.userid}:{int(since.timestamp())}"
        yield friendship_news(contact, event, since, key, NO_PROFILE if apart else profile)
        if consents:
            yield from consent_news(contact, event, since, key)
    if (event and apart) or (changed and not event):
        yield profile_news(account, contact.external_userid, profile, found.mark + event[:1], found.at)


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
