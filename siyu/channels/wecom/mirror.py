"""Rows of the mirror, by set: looked up and put, later times winning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.storage import Instant, gathered, insert_into, put_rows, sent
from siyu.storage.ledger import from_millis, to_millis
from siyu.storage.sets import Column

_LOCK = 0x51595700
"""PostgreSQL advisory lock, one an account: callbacks and syncs must not read and write the mirror between another's
reading and writing. (On SQLite there is one writer.)"""


def alone(conn: Connection, account: int) -> None:
    """Be the only one to change an account's mirror until the transaction ends."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK + account)))


def look_up(
    conn: Connection, table: sa.Table, account: int, keys: Sequence[tuple[Any, ...]], names: Sequence[str]
) -> list[tuple[Any, ...]]:
    """The rows of an account with these ``keys``, in the order of the columns of the primary key behind ``account``
    (or of its first ones), with the columns ``names``."""
    if not keys:
        return []
    columns = list(table.primary_key.columns)[: 1 + len(keys[0])]
    values: list[list[Any]] = [[account] * len(keys), *map(list, zip(*keys, strict=True))]
    asked = sent(conn, **{column.name: (column.type, given) for column, given in zip(columns, values, strict=True)})
    # The account is sent with each key: as a constant it would have SQLite go through all rows of the account for each
    # of what is asked for.
    same = sa.and_(*(column == asked.c[column.name] for column in columns))
    chosen = [table.c[name] for name in names]
    found = gathered(conn, sa.select(*chosen).join_from(asked, table, same))
    return list(zip(*(_read(conn, column, given) for column, given in zip(chosen, found, strict=True)), strict=True))


def _read(conn: Connection, column: sa.Column[Any], values: list[Any]) -> list[Any]:
    """Values as the column's type has them; SQLite gathers them as they are stored."""
    if conn.dialect.name != "sqlite":
        return values
    if isinstance(column.type, Instant):
        return [None if each is None else from_millis(each) for each in values]
    if isinstance(column.type, sa.Boolean):
        return [None if each is None else bool(each) for each in values]
    return values


def put(
    conn: Connection,
    table: sa.Table,
    account: int,
    rows: Sequence[Mapping[str, Any]],
    *,
    always: bool = False,
    keep: Sequence[str] = (),
) -> None:
    """Insert rows (all with the same columns), or take them over where they are not older by ``told``; ``always``
    whatever their times. ``keep``: columns that stay as they are where the row is there."""
    if rows:
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        put_columns(conn, table, account, columns, always=always, keep=keep)


def put_columns(
    conn: Connection,
    table: sa.Table,
    account: int,
    columns: Mapping[str, list[Any]],
    *,
    always: bool = False,
    keep: Sequence[str] = (),
) -> None:
    """The same, of rows that are given by column."""
    keys = {column.name for column in table.primary_key.columns}
    stored = insert_into(conn, table)
    stored = stored.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: stored.excluded[name] for name in columns if name not in keys and name not in keep},
        where=None if always else table.c.told <= stored.excluded.told,
    )
    put_rows(conn, stored, stored_columns(table, account, columns))


def stored_columns(table: sa.Table, account: int, columns: Mapping[str, list[Any]]) -> dict[str, Column]:
    """Values of an account's rows as they are stored."""
    many = len(next(iter(columns.values())))
    given = {name: _column(table.c[name], values) for name, values in columns.items()}
    return {"account": (sa.BigInteger, [account] * many), **given}


def _column(column: sa.Column[Any], values: list[Any]) -> Column:
    if not isinstance(column.type, Instant):
        return column.type, values
    millis = {each: None if each is None else to_millis(each) for each in set(values)}  # many are of one moment
    return sa.BigInteger, [millis[each] for each in values]


def latest(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
