"""Lists in pages. A cursor is a text that the next call gives back; what is in it is the list's own affair."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar, overload

import msgspec
from litestar.params import PathParameter, QueryParameter

from siyu.storage import BadInput
from siyu.web.forms import WHOLE_MAX

Item = TypeVar("Item")
Row = TypeVar("Row")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")

LIMIT_MAX = 500

Id = Annotated[int, PathParameter(ge=1, le=WHOLE_MAX)]
"""A number in an address: ``/api/people/{person:int}`` with ``person: Id``."""

Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="How many items at most.")]
CursorText = Annotated[str, QueryParameter(max_length=1_000, description="`next` of the page before.")]
"""``cursor: CursorText = ""``"""


class Page(msgspec.Struct, Generic[Item]):
    """One page of a list. ``next`` is the cursor of the page behind it, null at the end."""

    items: list[Item]
    next: str | None = None


def whole(text: str) -> int | None:
    """The number that a text in an address says; None for anything else, and for more than the stores can hold."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


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
        values = msgspec.json.decode(raw, type=tuple[types])  # pyright: ignore[reportInvalidTypeForm]
    except (ValueError, msgspec.DecodeError):
        raise BadInput(
            "cursor_unknown",
            "分页位置无效，请从第一页重新开始。",
            "This cursor is not valid; begin with the first page.",
            field="cursor",
        ) from None
    return tuple(values)


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


def page_of(
    found: Sequence[Row], rows_max: int, place: Callable[[Row], Any], told: Callable[[Row], Item]
) -> Page[Item]:
    """A page of what was found (see :func:`cut`), each row as it is answered."""
    rows, following = cut(found, rows_max, place)
    return Page([told(row) for row in rows], following)
