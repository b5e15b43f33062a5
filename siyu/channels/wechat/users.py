"""Who is known to an account: do they follow, since when, by which code. Nothing comes in order: later times win."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.protocol import Bar
from siyu.channels.wechat.tables import wechat_users as table
from siyu.storage import insert_into, sent
from siyu.storage.ledger import to_millis

FOLLOWING, LEFT, USER = "following", "left", "user"
RANKS = {USER: 0, FOLLOWING: 1, LEFT: 2}
"""Of two things told of the same second (the platform's times have no smaller part) the higher rank is the later."""

ACTED = 0
"""Rank of following that is only seen from what somebody did: less than that of beginning to follow."""

CHINA = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one callback says of a person. ``began``: they began to follow (with the ``scene`` of a code)."""

    openid: str
    state: str
    at: datetime
    began: bool = False
    scene: str = ""

    @property
    def told(self) -> datetime:
        rank = ACTED if self.state == FOLLOWING and not self.began else RANKS[self.state]
        return self.at.replace(microsecond=0) + timedelta(milliseconds=rank)


def see(conn: Connection, account: int, seen: Sequence[Seen]) -> None:
    """Put what was told into the mirror, by set; ``seen`` in the order of time."""
    last: dict[str, Seen] = {}
    began: dict[str, Seen] = {}
    ended: dict[str, datetime] = {}
    for each in seen:
        if each.openid not in last or each.told >= last[each.openid].told:
            last[each.openid] = each
        if each.began:
            began[each.openid] = each
        if each.state == LEFT:
            ended[each.openid] = each.at
    if not last:
        return
    openids = list(last)
    begins = [began.get(openid) for openid in openids]
    rows = sent(
        conn,
        openid=(sa.Text, openids),
        state=(sa.Text, [last[openid].state for openid in openids]),
        told=(sa.BigInteger, [to_millis(last[openid].told) for openid in openids]),
        since=(sa.BigInteger, [_millis(each.at if each else None) for each in begins]),
        ended=(sa.BigInteger, [_millis(ended.get(openid)) for openid in openids]),
        scene=(sa.Text, [each.scene if each else "" for each in begins]),
        stale=(sa.Integer, [int(each is not None) for each in begins]),
    )
    columns = ("openid", "state", "told", "since", "ended", "scene")
    typed = [sa.type_coerce(rows.c[name], table.c[name].type) for name in columns]
    # Somebody seen for the first time has to be read, whatever they did.
    chosen = sa.select(sa.literal(account, sa.BigInteger), *typed, sa.true()).where(sa.true())
    made = insert_into(conn, table).from_select(["account", *columns, "stale"], chosen)
    new = made.excluded
    newer = new.told >= table.c.told
    begins_later = sa.and_(new.since.is_not(None), sa.or_(table.c.since.is_(None), new.since >= table.c.since))
    ends_later = sa.and_(new.ended.is_not(None), sa.or_(table.c.ended.is_(None), new.ended >= table.c.ended))
    made = made.on_conflict_do_update(
        index_elements=["account", "openid"],
        set_={
            "state": sa.case((newer, new.state), else_=table.c.state),
            "told": sa.case((newer, new.told), else_=table.c.told),
            "since": sa.case((begins_later, new.since), else_=table.c.since),
            "scene": sa.case((begins_later, new.scene), else_=table.c.scene),
            "ended": sa.case((ends_later, new.ended), else_=table.c.ended),
            "stale": sa.or_(table.c.stale, begins_later),
            # Who leaves loses their tags there: what is read next is not what somebody took from them.
            "tags": sa.case((begins_later, sa.null()), else_=table.c.tags),
        },
    )
    conn.execute(made)


def forget(conn: Connection, account: int, openids: Iterable[str]) -> None:
    """Drop what was read of people who withdrew what they had allowed; that they follow stays known."""
    rows = sent(conn, openid=(sa.Text, list(openids)))
    conn.execute(
        sa.update(table)
        .where(table.c.account == account, table.c.openid.in_(sa.select(rows.c.openid)))
        .values(unionid="", tags=sa.null(), scene="", stale=False)
    )


def note_unionid(conn: Connection, account: int, openid: str, unionid: str) -> None:
    """What was read of one person; nothing more has to be."""
    mine = sa.and_(table.c.account == account, table.c.openid == openid)
    conn.execute(sa.update(table).where(mine).values(unionid=unionid, stale=False))


def _millis(moment: datetime | None) -> int | None:
    return None if moment is None else to_millis(moment)


def not_following(account: int) -> Bar:
    """Only followers can be sent to."""

    def holds(address: sa.ColumnElement[str], now: datetime) -> sa.ColumnElement[bool]:
        found = sa.exists().where(table.c.account == account, table.c.openid == address, table.c.state == FOLLOWING)
        return sa.not_(found)

    return Bar("not_following", holds)


# --- how many mass messages a person had in a month


def month_of(now: datetime) -> str:
    """The month in China that a moment lies in."""
    return (now.astimezone(UTC) + CHINA).strftime("%Y-%m")


def next_month(now: datetime) -> datetime:
    """When the month in China ends that a moment lies in."""
    local = now.astimezone(UTC) + CHINA
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1) - CHINA


def mass_used_up(account: int, quota: int) -> Bar:
    """So many mass messages reach a person in a month; the platform drops more."""

    def holds(address: sa.ColumnElement[str], now: datetime) -> sa.ColumnElement[bool]:
        return sa.exists().where(
            table.c.account == account,
            table.c.openid == address,
            table.c.mass_month == month_of(now),
            table.c.mass_count >= quota,
        )

    return Bar("mass_quota", holds, next_month)


def take_mass(conn: Connection, account: int, openids: Sequence[str], now: datetime, quota: int) -> set[str]:
    """Count one mass message for each who may have one more; who they are."""
    month = month_of(now)
    rows = sent(conn, openid=(sa.Text, list(openids)))
    same = table.c.mass_month == month
    taken = conn.execute(
        sa.update(table)
        .where(table.c.account == account, table.c.openid.in_(sa.select(rows.c.openid)))
        .where(sa.or_(sa.not_(same), table.c.mass_count < quota))
        .values(mass_month=month, mass_count=sa.case((same, table.c.mass_count + 1), else_=1))
        .returning(table.c.openid)
    )
    return set(taken.scalars())


def give_mass_back(conn: Connection, account: int, openids: Sequence[str]) -> None:
    """The mass message surely did not go."""
    rows = sent(conn, openid=(sa.Text, list(openids)))
    conn.execute(
        sa.update(table)
        .where(table.c.account == account, table.c.openid.in_(sa.select(rows.c.openid)), table.c.mass_count > 0)
        .values(mass_count=table.c.mass_count - 1)
    )


def never(reason: str) -> Bar:
    """What this account may not send at all."""
    return Bar(reason, lambda address, now: address.is_not(None))  # a bare TRUE would fold its whole query away
