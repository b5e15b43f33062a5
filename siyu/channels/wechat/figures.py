"""How an official account or a mini program stands: who follows, who may be answered, what was sent and what became
of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.accounts import usable_account
from siyu.channels.wechat.codes import platform_of
from siyu.channels.wechat.tables import (
    wechat_calls,
    wechat_grants,
    wechat_readings,
    wechat_results,
    wechat_sends,
    wechat_tags,
    wechat_users,
    wechat_windows,
)
from siyu.storage import Stores

DAYS = 7
CALLS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class MassCall:
    """One mass message: how many it was for, and what the platform told when it was done."""

    at: datetime
    state: str
    size: int
    result: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Standing:
    """``people`` by state; ``unread``: of whom something new has to be read; ``answerable``: who may be answered now;
    ``grants``: consents left by template; ``sent``: of the last days, by form and state; ``failed``: what did not
    arrive after all, by the platform's words; ``listed``/``list_finished``: the last reading of the list."""

    people: Mapping[str, int]
    unread: int
    answerable: int
    grants: Mapping[str, int]
    sent: Mapping[str, Mapping[str, int]]
    failed: Mapping[str, int]
    masses: Sequence[MassCall]
    tags: Mapping[str, int]
    listed: int | None
    list_finished: datetime | None
    days: int = DAYS


def standing(stores: Stores, account: int) -> Standing:
    """Raises :class:`NotFound`, :class:`BadInput` for an account of another channel."""
    platform_of(usable_account(stores, account, disabled_too=True))
    now = stores.clock.now()
    since = now - timedelta(days=DAYS)
    with stores.ledger.read() as conn:
        reading = conn.execute(sa.select(wechat_readings).where(wechat_readings.c.account == account)).one_or_none()
        return Standing(
            people=_counted(conn, wechat_users, wechat_users.c.state, account),
            unread=_how_many(conn, wechat_users, account, wechat_users.c.stale == sa.true()),
            answerable=_answerable(conn, account, now),
            grants=_grants(conn, account),
            sent=_sent(conn, account, since),
            failed=_failed(conn, account, since),
            masses=_masses(conn, account),
            tags={row.name: row.people for row in _rows(conn, wechat_tags, account)},
            listed=reading.listed if reading else None,
            list_finished=reading.finished if reading else None,
        )


def _rows(conn: Connection, table: sa.Table, account: int) -> Sequence[Any]:
    return conn.execute(sa.select(table).where(table.c.account == account)).all()


def _how_many(conn: Connection, table: sa.Table, account: int, condition: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.c.account == account, condition)
    return int(conn.execute(query).scalar_one())


def _counted(conn: Connection, table: sa.Table, by: sa.ColumnElement[str], account: int) -> dict[str, int]:
    query = sa.select(by, sa.func.count()).where(table.c.account == account).group_by(by)
    return dict(conn.execute(query).tuples().all())


def _answerable(conn: Connection, account: int, now: datetime) -> int:
    table = wechat_windows.c
    query = sa.select(sa.func.count(sa.distinct(table.openid))).where(
        table.account == account, table.until > now, table.remaining > 0
    )
    return int(conn.execute(query).scalar_one())


def _grants(conn: Connection, account: int) -> dict[str, int]:
    table = wechat_grants.c
    query = (
        sa.select(table.template, sa.func.sum(table.granted)).where(table.account == account).group_by(table.template)
    )
    return {template: int(many or 0) for template, many in conn.execute(query).tuples()}


def _sent(conn: Connection, account: int, since: datetime) -> dict[str, dict[str, int]]:
    table = wechat_sends.c
    query = (
        sa.select(table.form, table.state, sa.func.count())
        .where(table.account == account, table.at >= since)
        .group_by(table.form, table.state)
    )
    found: dict[str, dict[str, int]] = {}
    for form, state, count in conn.execute(query).tuples():
        found.setdefault(form, {})[state] = count
    return found


def _failed(conn: Connection, account: int, since: datetime) -> dict[str, int]:
    table = wechat_results.c
    query = (
        sa.select(table.status, sa.func.count())
        .where(table.account == account, table.at >= since, table.status != "success")
        .group_by(table.status)
    )
    return dict(conn.execute(query).tuples().all())


def _masses(conn: Connection, account: int) -> list[MassCall]:
    table = wechat_calls.c
    query = (
        sa.select(table.at, table.state, table.size, table.result)
        .where(table.account == account)
        .order_by(table.at.desc())
        .limit(CALLS_SHOWN)
    )
    return [MassCall(*row) for row in conn.execute(query)]
