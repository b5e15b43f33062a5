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
from siyu.storage import insert_into, put_rows


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
    for external_userid, userid, tag, add, state, settled in mirror.look_up(
        conn, wecom_tag_marks, account, list(at_of), names
    ):
        pair = (external_userid, userid)
        if state == "done" and settled >= at_of[pair]:
            found.setdefault(pair, []).append(Mark(tag, add))
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
    rows = [(contact, *_changes(before, contact.tags)) for contact, before in contacts if contact.tags != before]
    if not rows:
        return
    columns = {
        "external_userid": [contact.external_userid for contact, _, _ in rows],
        "userid": [contact.userid for contact, _, _ in rows],
        "added": [added for _, added, _ in rows],
        "removed": [removed for _, _, removed in rows],
        "at": [_changed(contact) for contact, _, _ in rows],
    }
    feed = wecom_tag_changes
    put_rows(conn, insert_into(conn, feed), mirror.stored_columns(feed, account, columns))


def _changes(before: str, after: str) -> tuple[str, str]:
    """Which were added and which removed, as columns."""
    if not before:
        return after, ""
    was, now = tags_of(before), tags_of(after)
    return column_of(now - was), column_of(was - now)


def _changed(contact: Contact) -> datetime:
    told = contact.reread and contact.reread - SETTLES
    return told or contact.read or contact.told
