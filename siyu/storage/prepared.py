"""Statements that are made once and carried out time after time.

To put one together anew, and to find what was compiled of it, costs much more than SQLite needs to answer: in a small
transaction of eight statements two thirds of the time (measured). What is asked for everybody who comes is kept ready.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, CursorResult

from siyu.storage.sets import Kinds, by_column, from_one_row, in_one_row, sent_later, values_of

T = TypeVar("T")


class Latest(Generic[T]):
    """The last thing that was made, and of what: work that comes in chunks asks for the same one again and again."""

    def __init__(self) -> None:
        self._kept: tuple[object, T] | None = None

    def get(self, of: object, make: Callable[[], T]) -> T:
        """What was made of ``of``, which is compared and has to stay as it is; made now where it is another."""
        kept = self._kept
        if kept is None or kept[0] != of:
            kept = self._kept = (of, make())
        return kept[1]


class Prepared:
    """A statement. ``make`` is given a FROM clause for each of ``sets`` (name → columns and their types), like those of
    :func:`~siyu.storage.sent`. Single values in it are ``sa.bindparam``, named like none of the columns it writes."""

    def __init__(self, make: Callable[..., Any], /, *, plain: bool = False, **sets: Kinds) -> None:
        """``plain``: what goes in and comes out are integers and texts alone. Then :meth:`rows` hands SQLite the text
        of the statement, made once: half of a small transaction's work is saved (measured)."""
        self._make, self._sets, self._plain = make, sets, plain
        self._row: Callable[[Sequence[Any]], Any] | None = None
        self._text: tuple[str, Sequence[str], Mapping[str, Any]] | None = None
        self._made: dict[str, Any] = {}
        self._one_row: sa.Select[Any] | None = None

    def execute(
        self, conn: Connection, values: Mapping[str, Any] | None = None, /, **sets: Mapping[str, Sequence[Any]]
    ) -> CursorResult[Any]:
        """Carry it out with these single ``values`` and, of each of its sets, the values by column, equally many."""
        given = self._given(conn, values, sets)
        return conn.execute(self._statement(conn), given)

    def rows(
        self, conn: Connection, values: Mapping[str, Any] | None = None, /, **sets: Mapping[str, Sequence[Any]]
    ) -> Sequence[Any]:
        """As :meth:`execute`: all rows of the answer, none where it has none. SQLite itself is asked where the
        statement is plain."""
        if not self._plain or conn.dialect.name != "sqlite":
            answer = self.execute(conn, values, **sets)
            return answer.all() if answer.returns_rows else ()
        given = self._given(conn, values, sets)
        if self._text is None:
            made: Any = self._statement(conn).compile(dialect=conn.dialect)
            self._text = (str(made), tuple(made.positiontup), dict(made.params))
        text, names, fixed = self._text
        asked = tuple(given[name] if name in given else fixed[name] for name in names)
        driver: Any = conn.connection.driver_connection
        try:
            cursor = driver.execute(text, asked)
            found = cursor.fetchall()
        except driver.Error:  # it did nothing: said again, so that the error is one of SQLAlchemy's, like all others
            return conn.exec_driver_sql(text, asked).all()
        if not found:
            return ()
        if self._row is None:
            self._row = namedtuple("Row", [name for name, *_ in cursor.description])._make  # pyright: ignore[reportUntypedNamedTuple]
        return list(map(self._row, found))

    def gathered(
        self, conn: Connection, values: Mapping[str, Any] | None = None, /, **sets: Mapping[str, Sequence[Any]]
    ) -> list[list[Any]]:
        """The answer of a query (plain integers and texts) as columns, like :func:`~siyu.storage.gathered`."""
        query, given = self._statement(conn), self._given(conn, values, sets)
        if conn.dialect.name != "sqlite":
            return by_column(conn.execute(query, given).all(), len(query.selected_columns))
        if self._one_row is None:
            self._one_row = in_one_row(query)
        return from_one_row(conn.execute(self._one_row, given))

    def _statement(self, conn: Connection) -> Any:
        dialect = conn.dialect.name
        if dialect not in self._made:
            later = {name: sent_later(dialect, name, kinds) for name, kinds in self._sets.items()}
            self._made[dialect] = self._make(**later)
        return self._made[dialect]

    def _given(
        self, conn: Connection, values: Mapping[str, Any] | None, sets: Mapping[str, Mapping[str, Sequence[Any]]]
    ) -> dict[str, Any]:
        given = dict(values or {})
        for name, kinds in self._sets.items():
            given |= values_of(conn.dialect.name, name, kinds, sets[name])
        return given
