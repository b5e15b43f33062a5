"""Many values to the ledger in one statement, as rows that can be joined; many values from it in one answer; and what
is too many for one, in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Protocol, Self, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection, CursorResult
from sqlalchemy.types import TypeEngine

from siyu.storage.ledger import CHUNK_ROWS

Kind = type[TypeEngine[Any]] | TypeEngine[Any]
Kinds = Mapping[str, Kind]
Column = tuple[Kind, Sequence[Any]]


class Sliced(Protocol):
    """A sequence, an array: what gives a part of itself."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> Self: ...


S = TypeVar("S", bound=Sliced)


def in_chunks(values: S, size: int = CHUNK_ROWS) -> Iterator[S]:
    """``values`` piece by piece, each of ``size`` but the last; nothing where there are none."""
    for first in range(0, len(values), size):
        yield values[first : first + size]


def sent(conn: Connection, **columns: Column) -> sa.FromClause:
    """``columns`` (name → type and values, all of equal length) as a FROM clause with columns of these names.

    One bound parameter on SQLite (JSON), one per column on PostgreSQL (arrays), so that neither the number of
    parameters nor parsing grows with the rows. Values: integers, texts without NUL, booleans, None; moments as
    milliseconds with ``sa.BigInteger``.
    """
    kinds = {name: kind for name, (kind, _) in columns.items()}
    lists = [values for _, values in columns.values()]
    if conn.dialect.name == "sqlite":
        return _from_json(kinds, sa.literal(_as_json(lists)))
    arrays = [sa.literal(list(values), ARRAY(sa.types.to_instance(kind))) for kind, values in columns.values()]
    return _from_arrays(kinds, arrays)


def sent_later(dialect: str, name: str, kinds: Kinds) -> sa.FromClause:
    """As :func:`sent`, of a set whose values come when the statement is carried out, as :func:`values_of` has them."""
    if dialect == "sqlite":
        return _from_json(kinds, sa.bindparam(f"sent_{name}", type_=sa.Text), name)
    arrays = [
        sa.bindparam(f"sent_{name}_{column}", type_=ARRAY(sa.types.to_instance(kind))) for column, kind in kinds.items()
    ]
    return _from_arrays(kinds, arrays, name)


def values_of(dialect: str, name: str, kinds: Kinds, lists: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The bound values of a set of :func:`sent_later`."""
    if dialect == "sqlite":
        return {f"sent_{name}": _as_json([lists[column] for column in kinds])}
    return {f"sent_{name}_{column}": list(lists[column]) for column in kinds}


ROWS_A_STATEMENT = 500
"""Of :func:`put_rows` on SQLite: with at most 60 columns within its 32,766 parameters."""


def put_rows(conn: Connection, insert: Any, columns: Mapping[str, Column]) -> None:
    """Insert ``columns`` (as for :func:`sent`) by ``insert``: one of :func:`~siyu.storage.insert_into`, with what it
    does on a conflict and nothing else given to it.

    SQLite takes them as bound values, many rows a statement: for rows of eleven columns 4 µs each, of which reading
    them from JSON takes as much again (measured).
    """
    if conn.dialect.name != "sqlite":
        given = sent(conn, **columns)
        conn.execute(insert.from_select(list(columns), sa.select(*given.c)))
        return
    row = f"({', '.join('?' * len(columns))})"
    one = insert.values({name: sa.bindparam(name) for name in columns}).compile(dialect=conn.dialect)
    head, _, tail = str(one).partition(f" VALUES {row}")
    lists = [columns[name][1] for name in one.positiontup]
    for first in range(0, len(lists[0]), ROWS_A_STATEMENT):
        part = list(zip(*(values[first : first + ROWS_A_STATEMENT] for values in lists), strict=True))
        conn.exec_driver_sql(f"{head} VALUES {','.join([row] * len(part))}{tail}", tuple(chain.from_iterable(part)))


def _from_arrays(kinds: Kinds, arrays: Sequence[Any], name: str = "sent") -> sa.FromClause:
    names = [sa.column(column, kind) for column, kind in kinds.items()]
    return sa.func.unnest(*arrays).table_valued(*names, name=name).render_derived()


def _as_json(lists: Sequence[Sequence[Any]]) -> str:
    rows = list(lists[0]) if len(lists) == 1 else list(zip(*lists, strict=True))
    return msgspec.json.encode(rows).decode()


def _from_json(kinds: Kinds, rows: sa.ColumnElement[Any], name: str = "sent") -> sa.FromClause:
    each = sa.func.json_each(rows).table_valued("value", name="each")
    if len(kinds) == 1:
        ((column, kind),) = kinds.items()
        return sa.select(sa.type_coerce(each.c.value, kind).label(column)).subquery(name)
    return sa.select(
        *(
            sa.type_coerce(sa.func.json_extract(each.c.value, sa.literal_column(f"'$[{place}]'")), kind).label(column)
            for place, (column, kind) in enumerate(kinds.items())
        )
    ).subquery(name)


def json_object(conn: Connection, pairs: Mapping[str, Any]) -> sa.ColumnElement[Any]:
    """SQL: a JSON object of these expressions, row by row. NULL stays as null; SQLite has no booleans, only 0 and 1."""
    flat = [piece for key, value in pairs.items() for piece in (sa.literal(key, sa.Text), value)]
    if conn.dialect.name == "sqlite":
        return sa.func.json_object(*flat)
    return sa.func.json_build_object(*flat)


def gathered(conn: Connection, query: sa.Select[Any]) -> list[list[Any]]:
    """The answer of ``query`` (plain integers and texts) as columns.

    SQLite's driver gives up the interpreter lock at every row, and beside a busy thread waits a whole turn (5 ms) to
    have it back; so there the rows come as one.
    """
    if conn.dialect.name != "sqlite":
        return by_column(conn.execute(query).all(), len(query.selected_columns))
    return from_one_row(conn.execute(in_one_row(query)))


def by_column(rows: Sequence[Sequence[Any]], columns: int) -> list[list[Any]]:
    """Rows as that many columns."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(columns)]


def in_one_row(query: sa.Select[Any]) -> sa.Select[Any]:
    """SQLite: all rows of a query as one, a JSON array a column."""
    rows = query.subquery("rows")
    return sa.select(*(sa.func.json_group_array(column) for column in rows.columns))


def from_one_row(answer: CursorResult[Any]) -> list[list[Any]]:
    """The columns of :func:`in_one_row`."""
    (row,) = answer.all()
    return [msgspec.json.decode(column) for column in row]
