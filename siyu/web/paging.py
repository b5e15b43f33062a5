"""Lists in pages, as routes answer them: around the cursors of :mod:`siyu.storage.paging`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from litestar.params import PathParameter, QueryParameter

from siyu.storage.paging import cursor_of, cut, place_of, value_of
from siyu.web.forms import WHOLE_MAX

__all__ = ["CursorText", "Id", "Limit", "Page", "cursor_of", "cut", "page_of", "place_of", "value_of", "whole"]

Item = TypeVar("Item")
Row = TypeVar("Row")

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


def page_of(
    found: Sequence[Row], rows_max: int, place: Callable[[Row], Any], told: Callable[[Row], Item]
) -> Page[Item]:
    """A page of what was found (see :func:`cut`), each row as it is answered."""
    rows, following = cut(found, rows_max, place)
    return Page([told(row) for row in rows], following)
