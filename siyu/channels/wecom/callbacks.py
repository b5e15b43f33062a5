"""What WeCom calls about customers: proved, read, and put into the mirror; what it means for people as news.

Nothing comes in order. A change of state counts only where it is later than the one known; what happened is told in
any case, once. A friendship is the time between a beginning and an end, so that the two callbacks of one beginning
(the customer adds first, the member adds back) are told as one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told, moment, only
from siyu.channels.platform.documents import Document, read, text, unreadable
from siyu.channels.platform.envelope import Envelope, damaged
from siyu.channels.platform.news import News
from siyu.channels.protocol import Account
from siyu.channels.wecom.tables import wecom_contacts
from siyu.storage import insert_into, sent
from siyu.storage.ledger import to_millis

CONTACT = "change_external_contact"
BEGINS = {"add_half_external_contact": "half", "add_external_contact": "friend"}
ENDS = {"del_external_contact": "removed", "del_follow_user": "lost"}
NOTES = ("edit_external_contact", "transfer_fail", "msg_audit_approved")
KNOWN = only((*BEGINS, *ENDS, *NOTES), CONTACT)
WELCOME_CODE = b"WelcomeCode"

TOLD_OF = {"removed": "friend_removed", "lost": "friend_lost", "transferred": "friend_transferred"}

RANKS = {"half": 1, "friend": 2}
OTHER_RANK = 3
"""Of two changes in the same second (the platform's times have no smaller part) the higher rank is the later."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
TEXT_CHARACTERS_MAX = 200
_ID = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True)
class WecomReceiver:
    """See :class:`~siyu.channels.platform.callbacks.Receiver`."""

    platform: str = "wecom"
    known: frozenset[str] = KNOWN

    def receive(self, account: Account, delivery: Delivery) -> Received:
        envelope = envelope_of(account)
        signed = (delivery.given("msg_signature"), delivery.given("timestamp"), delivery.given("nonce"))
        if delivery.method == "GET":
            return Received(None, envelope.verify_url(*signed, delivery.given("echostr").replace(" ", "+")))
        sealed = text(read(delivery.body), "Encrypt", "encrypt")
        if not sealed:
            raise damaged()
        return Received(envelope.open(*signed, sealed))

    def hurries(self, body: bytes) -> bool:
        return WELCOME_CODE in body

    def read(self, body: bytes) -> Told:
        document = read(body)
        event, change = text(document, "Event", "InfoType"), text(document, "ChangeType")
        name = ".".join(filter(None, (event or f"message.{text(document, 'MsgType')}", change)))
        if name in KNOWN and not (is_id(document, "UserID") and is_id(document, "ExternalUserID")):
            raise unreadable()
        try:
            return Told(printable(name), moment(text(document, "CreateTime", "TimeStamp")), document)
        except ValueError:
            raise unreadable() from None

    def apply(self, conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
        pairs = dict.fromkeys((str(each.fields["ExternalUserID"]), str(each.fields["UserID"])) for each in callbacks)
        contacts = {**{pair: Contact(*pair) for pair in pairs}, **_stored(conn, account, list(pairs))}
        news: list[News] = []
        for each in callbacks:
            contact = contacts[str(each.fields["ExternalUserID"]), str(each.fields["UserID"])]
            event = contact.change(each)
            if event:
                news.append(_news(each, contact, event))
        _store(conn, account, list(contacts.values()))
        return news


def envelope_of(account: Account) -> Envelope:
    secrets = account.secrets
    return Envelope(secrets["callback_token"], secrets["callback_aes_key"], str(account.settings["corp_id"]))


@dataclass(slots=True)
class Contact:
    """A customer and a member, as far as the platform told. See ``tables.py``."""

    external_userid: str
    userid: str
    state: str = "unknown"
    told: datetime = NEVER
    since: datetime | None = None
    ended: datetime | None = None
    channel: str = ""
    reread: datetime | None = None
    archiving: datetime | None = None
    transfer_failed: str = ""

    def change(self, callback: Callback) -> str:
        """Take in what was told; the event it is in a person's life, "" for none."""
        change, at = callback.name.partition(".")[2], callback.time
        if change in BEGINS:
            return self._begin(BEGINS[change], at, printable(text(callback.fields, "State")))
        if change in ENDS:
            by_transfer = text(callback.fields, "Source") == "DELETE_BY_TRANSFER"
            return self._end("transferred" if by_transfer else ENDS[change], at)
        if change == "transfer_fail":
            self.transfer_failed = printable(text(callback.fields, "FailReason"))
        elif change == "msg_audit_approved":
            self.archiving = self.archiving or at
        else:
            self.reread = max(self.reread or at, at)
        return ""

    def _begin(self, state: str, at: datetime, channel: str) -> str:
        within = self.since is not None and self.since <= at and (self.ended is None or at < self.ended)
        first_half = state == "half" and self.since is not None and at <= self.since
        if self._later(state, at) and not within:
            self.since, self.ended, self.channel = at, None, channel
        elif self.since is None or first_half:
            self.since, self.channel = at, self.channel or channel
        return "" if within or first_half else "friend_added"

    def _end(self, state: str, at: datetime) -> str:
        if self._later(state, at):
            self.ended = at
        return TOLD_OF[state]

    def _later(self, state: str, at: datetime) -> bool:
        """Take the state if it is not older than the one known."""
        told = at.replace(microsecond=0) + timedelta(milliseconds=RANKS.get(state, OTHER_RANK))
        if told < self.told:
            return False
        self.state, self.told = state, told
        return True


def printable(value: str) -> str:
    return "".join(filter(str.isprintable, value))[:TEXT_CHARACTERS_MAX]


def is_id(document: Document, name: str) -> bool:
    return _ID.fullmatch(text(document, name)) is not None


def _news(callback: Callback, contact: Contact, event: str) -> News:
    properties = {"staff": contact.userid}
    if contact.channel:
        properties["channel_state"] = contact.channel
    return News(
        event,
        callback.time,
        (("external_userid", contact.external_userid),),
        f"wecom:{callback.account}:{callback.key}",
        properties,
    )


_COLUMNS = tuple(field.name for field in fields(Contact))
_MOMENTS = frozenset({"told", "since", "ended", "reread", "archiving"})


def _stored(conn: Connection, account: int, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], Contact]:
    asked = sent(
        conn, external_userid=(sa.Text, [pair[0] for pair in pairs]), userid=(sa.Text, [pair[1] for pair in pairs])
    )
    table = wecom_contacts.c
    same = sa.and_(
        table.account == account,
        table.external_userid == asked.c.external_userid,
        table.userid == asked.c.userid,
    )
    # An outer join, so that SQLite looks up what is asked for; it would go through all contacts for each otherwise.
    found = conn.execute(
        sa.select(*(table[name] for name in _COLUMNS)).join_from(asked, wecom_contacts, same, isouter=True)
    )
    return {(row.external_userid, row.userid): Contact(*row) for row in found if row.userid is not None}


def _store(conn: Connection, account: int, contacts: list[Contact]) -> None:
    columns: dict[str, Any] = {}
    for name in _COLUMNS:
        values = [getattr(contact, name) for contact in contacts]
        if name in _MOMENTS:
            columns[name] = (sa.BigInteger, [None if each is None else to_millis(each) for each in values])
        else:
            columns[name] = (sa.Text, values)
    rows = sent(conn, **columns)
    # As their columns' own type, so that a moment is not read as a number on its way.
    typed = [sa.type_coerce(rows.c[name], wecom_contacts.c[name].type) for name in _COLUMNS]
    stored = insert_into(conn, wecom_contacts).from_select(
        ["account", *_COLUMNS], sa.select(sa.literal(account, sa.BigInteger), *typed).where(sa.true())
    )
    stored = stored.on_conflict_do_update(
        index_elements=["account", "external_userid", "userid"],
        set_={name: stored.excluded[name] for name in _COLUMNS if name not in ("external_userid", "userid")},
        where=wecom_contacts.c.told <= stored.excluded.told,
    )
    conn.execute(stored)
