"""A list as its address describes it: words, filters, order, columns, place. The macro ``ui.listing`` shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import parse_qs

from siyu.staff import queries
from siyu.staff.model import SavedView
from siyu.web.current import current, t
from siyu.web.paging import cursor_of, cut, value_of

WORDS_MAX = 200
ROWS_MAX = 50
"""Rows of a page."""
ASKED_MAX = ROWS_MAX + 1
"""Rows that a list is asked for: whether there is another page is known by one more than it shows."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``sort``: may order the list; ``numeric``: right-aligned; ``shown``: without being chosen;
    ``narrow``: also on a phone."""

    key: str
    zh: str
    en: str
    sort: bool = False
    numeric: bool = False
    shown: bool = True
    narrow: bool = True

    @property
    def label(self) -> str:
        return t(self.zh, self.en)


@dataclass(frozen=True)
class Listing:
    """What is asked of a list (:meth:`read`), and after :meth:`filled` also what it shows."""

    key: str
    all_columns: Sequence[Column]
    columns: Sequence[Column]
    words: str = ""
    sort: str = ""
    descending: bool = False
    cursor: str = ""
    filters: Mapping[str, str] = field(default_factory=dict[str, str])
    rows: Sequence[Any] = ()
    next: str | None = None
    total: int | None = None
    about: bool = False
    views: Sequence[SavedView] = ()
    savable: bool = True

    @classmethod
    def read(
        cls, key: str, columns: Sequence[Column], *, sort: str = "", filters: Sequence[str] = (), views: bool = True
    ) -> Listing:
        """Read the address: ``q``, ``sort`` (``-key`` is descending), ``columns``, ``cursor`` and the named filters.

        What the address gets wrong falls back to the default, so that an old link still opens.
        """
        call = current()
        query = {name: values[-1] for name, values in parse_qs(call.query).items()}
        sortable = {column.key for column in columns if column.sort}
        wished = query.get("sort", sort)
        if wished.lstrip("-") not in sortable:
            wished = sort
        chosen = [name for name in query.get("columns", "").split(",") if name]
        shown = [column for column in columns if (column.key in chosen if chosen else column.shown)]
        return cls(
            key=key,
            all_columns=columns,
            columns=shown or [column for column in columns if column.shown],
            words=query.get("q", "").strip()[:WORDS_MAX],
            sort=wished.lstrip("-"),
            descending=wished.startswith("-"),
            cursor=query.get("cursor", ""),
            filters={name: query.get(name, "") for name in filters},
            views=queries.views(call.stores, call.member.id, call.path) if views and call.member else (),
            savable=views and call.member is not None,
        )

    def filled(
        self, rows: Sequence[Any], next: str | None = None, *, total: int | None = None, about: bool = False
    ) -> Listing:
        """With its rows. ``total`` is shown where it is known; ``about`` says that it is an estimate."""
        return replace(self, rows=rows, next=next, total=total, about=about)

    @property
    def before(self) -> int | None:
        """The number of the last row of the page before, in a list that has the newest first."""
        return value_of(self.cursor, int)

    def cut(self, found: Sequence[Row], place: Callable[[Row], Any], *, total: int | None = None) -> Listing:
        """With its page of up to :data:`ASKED_MAX` rows, found from the cursor on. ``place``: where a row stands."""
        return self.filled(*cut(found, ROWS_MAX, place), total=total)

    def paged(self, found: Sequence[Any], rows_max: int = ROWS_MAX) -> Listing:
        """With its page of a list that is held whole: searched and in order already, thousands at most."""
        place = value_of(self.cursor, int)
        start = place if place and 0 < place < len(found) else 0
        end = start + rows_max
        return self.filled(found[start:end], cursor_of(end) if end < len(found) else None, total=len(found))

    @property
    def filtered(self) -> bool:
        """Whether the reader narrowed the list: an empty one then offers to widen it again."""
        return bool(self.words or any(self.filters.values()))

    def sort_to(self, column: Column) -> str:
        """The ``sort`` that a click on a column's head asks for."""
        if column.key == self.sort:
            return column.key if self.descending else f"-{column.key}"
        return f"-{column.key}" if column.numeric else column.key

    def aria_sort(self, column: Column) -> str:
        if column.key != self.sort:
            return "none"
        return "descending" if self.descending else "ascending"
