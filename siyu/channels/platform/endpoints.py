"""What can be called at a platform: one row a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Pages:
    """How a list goes on: the answer's ``cursor`` goes into the next call as ``sent_as``; ``items`` are in the answer
    under that name. The last page is the one with an empty cursor: a page without items is no end."""

    items: str
    cursor: str = "next_cursor"
    sent_as: str = "cursor"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call of a platform's API.

    ``idempotent``: doing it twice does what doing it once does, so a call without an answer may be repeated. ``rate``
    names the :class:`~siyu.channels.platform.limiter.Limit` it is under. ``token`` is the kind of token it carries,
    None for calls that need none. ``body``: how the body of a POST is written. ``answer``: *bytes* are given as
    ``content``; what is refused comes as JSON all the same.
    """

    name: str
    method: Literal["GET", "POST"]
    path: str
    idempotent: bool
    rate: str = "default"
    pages: Pages | None = None
    token: str | None = "access"
    body: Literal["json", "multipart"] = "json"
    answer: Literal["json", "bytes"] = "json"


def table(*endpoints: Endpoint) -> Mapping[str, Endpoint]:
    """The endpoints by name; a name stands for one call."""
    by_name = {each.name: each for each in endpoints}
    if len(by_name) != len(endpoints):
        raise ValueError("two endpoints have one name")
    return by_name
