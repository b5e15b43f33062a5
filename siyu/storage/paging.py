"""Where a list goes on: a cursor is a text that the next call gives back; what is in it is the list's own affair. The
same for the command line, the API and pages."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar, overload

import msgspec

from siyu.storage.errors import BadInput

Row = TypeVar("Row")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


def cursor_of(*place: Any) -> str:
    """A cursor that holds the place of the last row: its sort values and number."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


@overload
def place_of(cursor: str, first: type[A], /) -> tuple[A] | None: ...
@overload
def place_of(cursor: str, first: type[A], second: type[B], /) -> tuple[A, B] | None: ...
@overload
def place_of(cursor: str, first: type[A], second: type[B], third: type[C], /) -> tuple[A, B, C] | None: ...
def place_of(cursor: str, *types: type) -> tuple[Any, ...] | None:
    """What :func:`cursor_of` put in, checked against the types expected; ``None`` for an empty cursor."""
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values: tuple[Any, ...] = msgspec.json.decode(raw, type=tuple[types])  # pyright: ignore[reportInvalidTypeForm]
        if not all(map(_can_be_asked, values)):
            raise ValueError
    except (ValueError, msgspec.DecodeError):
        raise BadInput(
            "cursor_unknown",
            "分页位置无效，请从第一页重新开始。",
            "This cursor is not valid; begin with the first page.",
            field="cursor",
        ) from None
    return values


def _can_be_asked(value: Any) -> bool:
    """Whether the stores can hold it: a cursor comes from outside."""
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return not isinstance(value, datetime) or value.tzinfo is not None


def value_of(cursor: str, kind: type[A]) -> A | None:
    """The one value that a cursor holds; ``None`` for an empty one."""
    place = place_of(cursor, kind)
    return None if place is None else place[0]


def cut(found: Sequence[Row], rows_max: int, place: Callable[[Row], Any]) -> tuple[list[Row], str | None]:
    """The rows of a page, and the cursor behind it where one row more was found than it shows. ``place``: where a row
    stands, a value or a tuple of such."""
    if len(found) <= rows_max:
        return list(found), None
    last = place(found[rows_max - 1])
    return list(found[:rows_max]), cursor_of(*last) if isinstance(last, tuple) else cursor_of(last)
