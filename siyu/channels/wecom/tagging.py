"""Tags of customers between here and WeCom: what changed there (a feed for whoever gives tags to people), and what is
to be marked there (a queue of its own).

A mark is this installation's own change, so a list that was asked for before it was made must not undo it: what such a
list says of that tag is not believed. That is also how echoes are known: a mark that was made is in the mirror, so the
callback that follows finds nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.wecom import mirror
from siyu.channels.wecom.friendship import Contact, Listed, Pair
from siyu.channels.wecom.tables import wecom_tag_changes, wecom_tag_marks
from siyu.channels.wecom.wanted import SETTLES
from siyu.storage import sent
from siyu.storage.ledger import to_millis


class Asked(Protocol):
    """A customer of a member, asked for at a moment."""

    @property
    def pair(self) -> Pair: ...

    @property
    def at(self) -> datetime: ...


class Mark(NamedTuple):
    tag: str
    add: bool


def tags_of(text: str) -> set[str]:
    """Of the mirror's column."""
    return {tag for tag in text.split(",") if tag}


def column_of(tags: Iterable[str]) -> str:
    """For the mirror's column."""
    return ",".join(sorted(tags))


def marked_since(conn: Connection, account: int, asked: Sequence[Any]) -> Mapping[Pair, list[Mark]]:
    """Marks that were made after the customers were asked for."""
    table = wecom_tag_marks.c
    if not asked:
        return {}
    made = sa.and_(table.account == account, table.state == "done")
    earliest = min(each.at for each in asked)
    if conn.execute(sa.select(table.tag).where(made, table.settled >= earliest).limit(1)).first() is None:
        return {}
    at_of = {each.pair: each.at for each in asked}
    names = ("external_userid", "userid", "tag", "add", "state", "settled")
    found: dict[Pair, list[Mark]] = {}
    for row in mirror.look_up(conn, wecom_tag_marks, account, list(at_of), names):
        pair = (row.external_userid, row.userid)
        if row.state == "done" and row.settled >= at_of[pair]:
            found.setdefault(pair, []).append(Mark(row.tag, row.add))
    return found


def with_own_marks(listed: Listed, marks: Iterable[Mark]) -> Listed:
    """What was listed, with one's own later changes."""
    tags = tags_of(listed.tags)
    for mark in marks:
        (tags.add if mark.add else tags.discard)(mark.tag)
    return listed._replace(tags=column_of(tags))


def note_changes(conn: Connection, account: int, contacts: Sequence[tuple[Contact, str]]) -> None:
    """What the platform changed of each contact's tags, given those before, into the feed. A change is as old as the
    callback that told of it."""
    rows = [
        (contact, column_of(after - was), column_of(was - after))
        for contact, before in contacts
        if contact.tags != before
        for was, after in [(tags_of(before), tags_of(contact.tags))]
    ]
    if not rows:
        return
    given = sent(
        conn,
        external_userid=(sa.Text, [contact.external_userid for contact, _, _ in rows]),
        userid=(sa.Text, [contact.userid for contact, _, _ in rows]),
        added=(sa.Text, [added for _, added, _ in rows]),
        removed=(sa.Text, [removed for _, _, removed in rows]),
        at=(sa.BigInteger, [to_millis(_changed(contact)) for contact, _, _ in rows]),
    )
    names = ("external_userid", "userid", "added", "removed", "at")
    typed = [sa.type_coerce(given.c[name], wecom_tag_changes.c[name].type) for name in names]
    chosen = sa.select(sa.literal(account, sa.BigInteger), *typed).where(sa.true())
    conn.execute(sa.insert(wecom_tag_changes).from_select(["account", *names], chosen))


def _changed(contact: Contact) -> datetime:
    told = contact.reread and contact.reread - SETTLES
    return told or contact.read or contact.told
