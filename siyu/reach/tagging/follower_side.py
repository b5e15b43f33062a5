"""An official account's tags: hung on followers, in no groups; the platform tells of no change, so they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.official_account.asking import ask_to_read_again
from siyu.channels.official_account.callbacks import NAME, identifier_of
from siyu.channels.official_account.marking import make_tags
from siyu.channels.official_account.reading import Reader
from siyu.channels.official_account.tagging import Wish, apps_of, feed_having, wish
from siyu.channels.wechat.tables import wechat_tag_changes, wechat_tag_marks, wechat_tags, wechat_users
from siyu.channels.wechat.users import FOLLOWING
from siyu.jobs.model import Job
from siyu.people.tables import identifiers, people
from siyu.reach.tagging.sides import Change, Subject, Theirs, Wanted
from siyu.storage import Stores, sent


@dataclass(frozen=True)
class FollowerSide:
    """See :class:`~siyu.reach.tagging.sides.Side`."""

    channel: str = NAME
    origin: str = NAME
    words: tuple[str, str] = ("公众号", "Official account")
    group_here: str = "公众号"

    def theirs(self, conn: Connection, account: int) -> Sequence[Theirs]:
        table = wechat_tags.c
        rows = conn.execute(sa.select(table.number, table.name).where(table.account == account).order_by(table.number))
        return [Theirs(str(row.number), "", row.name) for row in rows]

    def marks(self, conn: Connection, account: int) -> Mapping[str, int]:
        table = wechat_tag_marks.c
        query = sa.select(table.state, sa.func.count()).where(table.account == account).group_by(table.state)
        return dict(conn.execute(query).tuples().all())

    def subjects(self, conn: Connection, persons: Sequence[int]) -> Iterable[tuple[int, Subject]]:
        apps = apps_of(conn)
        if not persons or not apps:
            return []
        asked = sent(conn, person=(sa.BigInteger, list(persons)))
        app = sent(
            conn,
            account=(sa.BigInteger, list(apps)),
            kind=(sa.Text, [identifier_of(app_id) for app_id in apps.values()]),
        )
        user = wechat_users.c
        mine = sa.and_(user.account == app.c.account, user.openid == identifiers.c.value, user.state == FOLLOWING)
        rows = conn.execute(
            sa.select(people.c.kept, user.account, user.openid, user.tags)
            .select_from(asked)
            .join(people, people.c.kept == asked.c.person)
            .join(identifiers, identifiers.c.person == people.c.person)
            .join(app, app.c.kind == identifiers.c.kind)
            .join(wechat_users, mine)
        )
        return [(row.kept, Subject(row.account, (row.openid,), frozenset(map(str, row.tags or ())))) for row in rows]

    def wish(self, conn: Connection, account: int, wanted: Sequence[Wanted], now: datetime) -> None:
        wish(conn, account, [Wish(each.key[0], int(each.outside), each.add, each.at) for each in wanted], now)

    def changes(self, conn: Connection, rows_max: int) -> Sequence[Change]:
        table = wechat_tag_changes
        return [
            Change(
                row.id,
                row.account,
                (row.openid,),
                frozenset(map(str, row.added)),
                frozenset(map(str, row.removed)),
                row.at,
            )
            for row in conn.execute(sa.select(table).order_by(table.c.id).limit(rows_max))
        ]

    def taken_over(self, conn: Connection, numbers: Sequence[int]) -> None:
        done = sent(conn, id=(sa.BigInteger, list(numbers)))
        conn.execute(sa.delete(wechat_tag_changes).where(wechat_tag_changes.c.id.in_(sa.select(done.c.id))))

    def persons(self, conn: Connection, changes: Sequence[Change]) -> Mapping[int, int]:
        apps = apps_of(conn)
        known = [each for each in changes if each.account in apps]
        asked = sent(
            conn,
            change=(sa.BigInteger, [each.id for each in known]),
            kind=(sa.Text, [identifier_of(apps[each.account]) for each in known]),
            value=(sa.Text, [each.key[0] for each in known]),
        )
        same = sa.and_(identifiers.c.kind == asked.c.kind, identifiers.c.value == asked.c.value)
        rows = conn.execute(
            sa.select(asked.c.change, people.c.kept)
            .select_from(asked)
            .join(identifiers, same)
            .join(people, sa.and_(people.c.person == identifiers.c.person, people.c.gone.is_(None)))
        )
        return {row.change: row.kept for row in rows}

    def feed(self, conn: Connection, link: Any, now: datetime, rows_max: int) -> str | None:
        return feed_having(conn, link.account, int(link.outside), link.inward, now, rows_max)

    def make(self, stores: Stores, job: Job, account: int, missing: Mapping[str, Sequence[str]]) -> None:
        with Reader(stores, account) as reader:
            make_tags(stores, reader, [name for names in missing.values() for name in names])

    def read_again(self, conn: Connection, account: int) -> None:
        ask_to_read_again(conn, account)
