"""Asking for what was counted: by member or owner, by day, in all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from siyu.channels.wecom.statistics.measures import Kind, Measure
from siyu.channels.wecom.tables import wecom_members
from siyu.storage import Stores

ROWS_MAX = 20_000
DAY_ROWS_MAX = 100_000

Values = Mapping[str, int | float | None]
"""A measure's name → its value; None where there was nothing to count."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of which account, from which day to which (both counted), and of whom: a user id, "" for all."""

    account: int
    first: date
    last: date
    who: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One member or owner, or one of their days (``day``, "" for all days together). ``gone``: left the company."""

    who: str
    name: str
    gone: bool
    day: str
    values: Values


def by_who(stores: Stores, kind: Kind, wanted: Wanted) -> list[Line]:
    """All of the days together, a line a member or owner, by user id. (20,000 at most.)"""
    table = kind.table
    grouped = _summed(kind, wanted, table.c.who).group_by(table.c.who).subquery("grouped")
    latest = [table.c[each.name] for each in kind.measures if each.together == "latest"]
    on_last_day = sa.and_(
        table.c.account == wanted.account, table.c.who == grouped.c.who, table.c.day == grouped.c.newest
    )
    named = sa.and_(wecom_members.c.account == wanted.account, wecom_members.c.userid == grouped.c.who)
    query = (
        sa.select(grouped, *latest, wecom_members.c.name.label("called"), wecom_members.c.gone.label("left"))
        .join_from(grouped, table, on_last_day)
        .join(wecom_members, named, isouter=True)
        .order_by(grouped.c.who)
        .limit(ROWS_MAX)
    )
    with stores.ledger.read() as conn:
        rows = conn.execute(query).mappings().all()
    return [
        Line(row["who"], row["called"] or "", row["left"] is not None, "", _values(kind, _named(row))) for row in rows
    ]


def by_day(stores: Stores, kind: Kind, wanted: Wanted) -> list[tuple[str, Values]]:
    """All of them together, a line a day on which something is known, the first first."""
    table = kind.table
    latest = [sa.func.sum(table.c[each.name]).label(each.name) for each in kind.measures if each.together == "latest"]
    query = _summed(kind, wanted, table.c.day, *latest).group_by(table.c.day).order_by(table.c.day)
    with stores.ledger.read() as conn:
        rows = conn.execute(query).mappings().all()
    return [(row["day"], _values(kind, _named(row))) for row in rows]


def in_all(stores: Stores, kind: Kind, wanted: Wanted) -> Values | None:
    """Everything together; None where nothing is known."""
    with stores.ledger.read() as conn:
        row = conn.execute(_summed(kind, wanted)).mappings().one()
    if row["newest"] is None:
        return None
    latest = [each for each in kind.measures if each.together == "latest"]
    ends = by_who(stores, kind, wanted) if latest else []
    ended = {each.name: sum(int(line.values[each.name] or 0) for line in ends) for each in latest}
    return _values(kind, {**_named(row), **ended})


def day_lines(stores: Stores, kind: Kind, wanted: Wanted) -> list[Line]:
    """A line a member or owner and day, as the platform told it; the newest days first. (100,000 at most.)"""
    table = kind.table
    named = sa.and_(wecom_members.c.account == table.c.account, wecom_members.c.userid == table.c.who)
    query = (
        sa.select(table, wecom_members.c.name.label("called"), wecom_members.c.gone.label("left"))
        .join_from(table, wecom_members, named, isouter=True)
        .where(*_within(kind, wanted))
        .order_by(table.c.day.desc(), table.c.who)
        .limit(DAY_ROWS_MAX)
    )
    with stores.ledger.read() as conn:
        rows = conn.execute(query).mappings().all()
    names = [each.name for each in kind.measures]
    return [
        Line(row["who"], row["called"] or "", row["left"] is not None, row["day"], {name: row[name] for name in names})
        for row in rows
    ]


def read_at(stores: Stores, kind: Kind, account: int) -> tuple[str, datetime] | None:
    """The newest day that is known of an account, and when it was read; None before."""
    table = kind.table
    newest = sa.select(sa.func.max(table.c.day)).where(table.c.account == account).scalar_subquery()
    query = sa.select(table.c.day, sa.func.max(table.c.read)).where(table.c.account == account, table.c.day == newest)
    with stores.ledger.read() as conn:
        row = conn.execute(query.group_by(table.c.day)).one_or_none()
    return None if row is None else (row[0], row[1])


def in_order(lines: Sequence[Line], words: str, sort: str, *, descending: bool) -> list[Line]:
    """Those whose name or id holds ``words``, sorted by a measure, ``who`` or ``day``; what is unknown comes last."""
    wanted = words.casefold()
    found = [each for each in lines if wanted in each.name.casefold() or wanted in each.who.casefold()]
    if sort == "day":
        return sorted(found, key=lambda each: each.day, reverse=descending)
    if sort in ("", "who"):
        return sorted(found, key=lambda each: (each.name or each.who, each.who), reverse=descending)
    known = [each for each in found if each.values[sort] is not None]
    unknown = [each for each in found if each.values[sort] is None]
    return [*sorted(known, key=lambda each: each.values[sort] or 0, reverse=descending), *unknown]


def _within(kind: Kind, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    column = kind.table.c
    found = [column.account == wanted.account]
    found.append(column.day.between(wanted.first.isoformat(), wanted.last.isoformat()))
    return [*found, column.who == wanted.who] if wanted.who else found


def _summed(kind: Kind, wanted: Wanted, *by: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Sums, and of means the weighted sum and its weight; ``newest`` is the last day that is known."""
    column = kind.table.c
    parts: list[sa.ColumnElement[Any]] = []
    for each in kind.measures:
        if each.together == "sum":
            parts.append(sa.func.sum(column[each.name]).label(each.name))
        elif each.together == "mean":
            parts += _weighted(column[each.name], column[each.weight], each)
    return sa.select(*by, *parts, sa.func.max(column.day).label("newest")).where(*_within(kind, wanted))


def _weighted(value: sa.Column[Any], weight: sa.Column[Any], measure: Measure) -> list[sa.ColumnElement[Any]]:
    # A day of which the platform tells a share counts for something even where the member's own chats are none.
    heavy = sa.case((value.is_not(None), sa.case((weight > 0, weight), else_=1)), else_=0)
    return [
        sa.func.sum(value * heavy).label(f"{measure.name}_weighed"),
        sa.func.sum(heavy).label(f"{measure.name}_weight"),
    ]


def _named(row: RowMapping) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def _values(kind: Kind, row: Mapping[str, Any]) -> Values:
    found: dict[str, int | float | None] = {}
    for each in kind.measures:
        if each.together == "mean":
            weight = float(row[f"{each.name}_weight"] or 0)
            found[each.name] = round(float(row[f"{each.name}_weighed"]) / weight, 2) if weight else None
        else:
            found[each.name] = int(row[each.name] or 0)
    return found
