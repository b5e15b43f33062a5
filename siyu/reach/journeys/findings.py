"""What is found wrong with a journey, at its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from siyu.storage import BadInput

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """``node``: the step it is found at, None where it is the whole journey's; ``field``: the path in the step (or in
    the document) of what is meant, "" where it is all of it. An *error* is in the way of publishing."""

    node: str | None
    code: str
    zh: str
    en: str
    level: Level = "error"
    field: str = ""


def refusal(act: Callable[[], object], node: str | None, field: str = "", level: Level = "error") -> list[Problem]:
    """What ``act`` has to say against it: the :class:`BadInput` it raises, or nothing. ``field`` stands before the
    field that the error names, unless that begins with it already."""
    try:
        act()
    except BadInput as error:
        return [of_error(error, node, field, level)]
    return []


def of_error(error: BadInput, node: str | None, field: str = "", level: Level = "error") -> Problem:
    """A refusal as a problem."""
    named = (error.field or "").removeprefix("$").removeprefix(".")
    inside = named if named.startswith(field) else f"{field}.{named}" if named and field else named or field
    return Problem(node, error.code, error.zh, error.en, level, inside)
