"""Rows of the mirror, by set: looked up and put, later times winning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.storage import Instant, insert_into, sent
from siyu.storage.ledger import to_millis
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
) -> list[Row[Any]]:
    """The rows of an account with these ``keys``, in the order of the columns of the primary key behind ``account``
    (or of its first ones), reading the columns ``names``."""
    if not keys:
        return []
    columns = list(table.primary_key.columns)[1 : 1 + len(keys[0])]
    asked = sent(
        conn,
        **{column.name: (column.type, [key[place] for key in keys]) for place, column in enumerate(columns)},
    )
    same = sa.and_(table.c.account == account, *(column == asked.c[column.name] for column in columns))
    # An outer join, so that SQLite looks up what is asked for; it would go through all rows for each otherwise.
    chosen = sa.select(*(table.c[name] for name in names)).join_from(asked, table, same, isouter=True)
    return [row for row in conn.execute(chosen.add_columns(table.c.account.label("there"))) if row.there is not None]


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
    if not rows:
        return
    names = list(rows[0])
    given = sent(conn, **{name: _column(table.c[name], [row[name] for row in rows]) for name in names})
    # As their columns' own type, so that a moment is not read as a number on its way.
    typed = [sa.type_coerce(given.c[name], table.c[name].type) for name in names]
    stored = insert_into(conn, table).from_select(
        ["account", *names], sa.select(sa.literal(account, sa.BigInteger), *typed).where(sa.true())
    )
    keys = {column.name for column in table.primary_key.columns}
    conn.execute(
        stored.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={name: stored.excluded[name] for name in names if name not in keys and name not in keep},
            where=None if always else table.c.told <= stored.excluded.told,
        )
    )


def _column(column: sa.Column[Any], values: list[Any]) -> Column:
    if isinstance(column.type, Instant):
        return sa.BigInteger, [None if each is None else to_millis(each) for each in values]
    return column.type, values


def latest(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
