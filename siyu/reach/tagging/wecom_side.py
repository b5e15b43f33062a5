"""WeCom's tags: of a company, hung on friendships of its advisers with customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.wecom.friendship import FRIENDS
from siyu.channels.wecom.marking import Wish, make_tags, wish
from siyu.channels.wecom.tables import wecom_contacts, wecom_tag_changes, wecom_tag_marks, wecom_tags
from siyu.channels.wecom.tagging import tags_of
from siyu.channels.wecom.tasks import reading_of
from siyu.jobs.model import Job
from siyu.people.tables import identifiers, people
from siyu.reach.tagging.sides import Change, Subject, Theirs, Wanted
from siyu.reach.tagging.tables import tag_links
from siyu.storage import Stores, sent


@dataclass(frozen=True)
class WecomSide:
    """See :class:`~siyu.reach.tagging.sides.Side`."""

    channel: str = "wecom"
    origin: str = "wecom"
    words: tuple[str, str] = ("企业微信", "WeCom")
    group_here: str = ""

    def theirs(self, conn: Connection, account: int) -> Sequence[Theirs]:
        table = wecom_tags.c
        rows = conn.execute(
            sa.select(table.id, table.group_name, table.name)
            .where(table.account == account, table.gone.is_(None))
            .order_by(table.group_name, table.place.desc(), table.id)
        )
        return [Theirs(*row) for row in rows]

    def marks(self, conn: Connection, account: int) -> Mapping[str, int]:
        table = wecom_tag_marks.c
        query = sa.select(table.state, sa.func.count()).where(table.account == account).group_by(table.state)
        return dict(conn.execute(query).tuples().all())

    def subjects(self, conn: Connection, persons: Sequence[int]) -> Iterable[tuple[int, Subject]]:
        if not persons:
            return []
        asked = sent(conn, person=(sa.BigInteger, list(persons)))
        friend = wecom_contacts.c
        known = sa.and_(identifiers.c.person == people.c.person, identifiers.c.kind == "external_userid")
        rows = conn.execute(
            sa.select(people.c.kept, friend.account, friend.external_userid, friend.userid, friend.tags)
            .select_from(asked)
            .join(people, people.c.kept == asked.c.person)
            .join(identifiers, known)
            .join(wecom_contacts, friend.external_userid == identifiers.c.value)
            .where(friend.state.in_(FRIENDS), friend.account.in_(sa.select(tag_links.c.account)))
        )
        return [
            (row.kept, Subject(row.account, (row.external_userid, row.userid), frozenset(tags_of(row.tags))))
            for row in rows
        ]

    def wish(self, conn: Connection, account: int, wanted: Sequence[Wanted], now: datetime) -> None:
        wish(conn, account, [Wish(each.key[0], each.key[1], each.outside, each.add, each.at) for each in wanted], now)

    def changes(self, conn: Connection, rows_max: int) -> Sequence[Change]:
        table = wecom_tag_changes
        return [
            Change(
                row.id,
                row.account,
                (row.external_userid, row.userid),
                frozenset(tags_of(row.added)),
                frozenset(tags_of(row.removed)),
                row.at,
            )
            for row in conn.execute(sa.select(table).order_by(table.c.id).limit(rows_max))
        ]

    def taken_over(self, conn: Connection, numbers: Sequence[int]) -> None:
        done = sent(conn, id=(sa.BigInteger, list(numbers)))
        conn.execute(sa.delete(wecom_tag_changes).where(wecom_tag_changes.c.id.in_(sa.select(done.c.id))))

    def persons(self, conn: Connection, changes: Sequence[Change]) -> Mapping[int, int]:
        asked = sent(conn, value=(sa.Text, sorted({each.key[0] for each in changes})))
        found = sa.and_(identifiers.c.kind == "external_userid", identifiers.c.value == asked.c.value)
        rows = conn.execute(
            sa.select(asked.c.value, people.c.kept)
            .select_from(asked)
            .join(identifiers, found)
            .join(people, sa.and_(people.c.person == identifiers.c.person, people.c.gone.is_(None)))
        )
        kept = {row.value: row.kept for row in rows}
        return {each.id: kept[each.key[0]] for each in changes if each.key[0] in kept}

    def feed(self, conn: Connection, link: Any, now: datetime, rows_max: int) -> str | None:
        """Customers in the order of their ids."""
        friend = wecom_contacts.c
        mine = sa.and_(friend.account == link.account, friend.external_userid > link.inward)
        rows = conn.execute(
            sa.select(friend.external_userid, friend.userid, friend.tags)
            .where(mine, friend.state.in_(FRIENDS))
            .order_by(friend.external_userid)
            .limit(rows_max)
        ).all()
        if not rows:
            return None
        last = rows[-1].external_userid
        if len(rows) == rows_max and rows[0].external_userid != last:  # the last one's other advisers may follow
            rows = [row for row in rows if row.external_userid != last]
            last, more = rows[-1].external_userid, True
        else:
            more = len(rows) == rows_max
        having = [
            {
                "account": link.account,
                "external_userid": row.external_userid,
                "userid": row.userid,
                "added": link.outside,
                "removed": "",
                "at": now,
            }
            for row in rows
            if link.outside in tags_of(row.tags)
        ]
        if having:
            conn.execute(sa.insert(wecom_tag_changes), having)
        return last if more else None

    def make(self, stores: Stores, job: Job, account: int, missing: Mapping[str, Sequence[str]]) -> None:
        with reading_of(stores, job, account) as reading:
            make_tags(reading, missing)

    def read_again(self, conn: Connection, account: int) -> None:
        """Callbacks tell, and every night a sync compares."""
