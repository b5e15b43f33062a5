"""Customers who add, leave, are handed over or change (C.2)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback
from siyu.channels.platform.documents import text
from siyu.channels.platform.news import News
from siyu.channels.tables import accounts
from siyu.channels.wecom import mirror
from siyu.channels.wecom.changes.family import Family, change_of, key_of, needing
from siyu.channels.wecom.fields import told
from siyu.channels.wecom.friendship import Contact, contacts_of, store
from siyu.channels.wecom.telling import consent_news, friendship_news
from siyu.channels.wecom.wanted import call_for_reading, settled

BEGINS = {"add_half_external_contact": "half", "add_external_contact": "friend"}
ENDS = {"del_external_contact": "removed", "del_follow_user": "lost"}
NOTES = ("edit_external_contact", "transfer_fail", "msg_audit_approved")

CONSENTS = "added_means_yes"
"""The account's setting by which adding an adviser is a consent to messages on WeCom."""


def apply(conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
    """Into the mirror; what it is in people's lives."""
    pairs = dict.fromkeys((str(each.fields["ExternalUserID"]), str(each.fields["UserID"])) for each in callbacks)
    contacts = contacts_of(conn, account, list(pairs))
    consents = consents_by_adding(conn, account)
    news: list[News] = []
    for each in callbacks:
        contact = contacts[str(each.fields["ExternalUserID"]), str(each.fields["UserID"])]
        event = _change(contact, each)
        if event:
            news.append(friendship_news(contact, event, each.time, key_of(each)))
            news += consent_news(contact, event, each.time, key_of(each)) if consents else []
    store(conn, account, list(contacts.values()))
    unread = [each for each in contacts.values() if each.reread and (each.read is None or each.read < each.reread)]
    if unread:
        call_for_reading(conn, account, max(each.time for each in callbacks))
    return news


def _change(contact: Contact, callback: Callback) -> str:
    change, at = change_of(callback), callback.time
    if change in BEGINS:
        contact.reread = mirror.latest(contact.reread, settled(at))
        return contact.begin(BEGINS[change], at, told(callback.fields, "State"))
    if change in ENDS:
        by_transfer = text(callback.fields, "Source") == "DELETE_BY_TRANSFER"
        return contact.end("transferred" if by_transfer else ENDS[change], at)
    if change == "transfer_fail":
        contact.transfer_failed = told(callback.fields, "FailReason")
    elif change == "msg_audit_approved":
        contact.archiving = contact.archiving or at
    else:
        contact.reread = mirror.latest(contact.reread, settled(at))
    return ""


def consents_by_adding(conn: Connection, account: int) -> bool:
    """Whether the owner says that who adds an adviser agrees to messages (and who deletes one, no longer)."""
    settings = conn.execute(sa.select(accounts.c.settings).where(accounts.c.id == account)).scalar_one_or_none()
    return bool((settings or {}).get(CONSENTS))


FAMILY = Family(
    needing("change_external_contact", (*BEGINS, *ENDS, *NOTES), "UserID", "ExternalUserID"),
    apply,
)
