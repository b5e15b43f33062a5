"""Who is in an audience: told by the room above this one, which binds itself here when it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from siyu.storage import Stores, Unavailable


@dataclass(frozen=True, slots=True)
class AudienceSource:
    """``name``: what an audience is called, raising NotFound. ``members``: everybody in it now, in order of number."""

    name: Callable[[Stores, int], str]
    members: Callable[[Stores, int], Sequence[int] | Any]


_sources: list[AudienceSource] = []


def provide_audiences(source: AudienceSource) -> None:
    """Bind the room that knows audiences."""
    _sources[:] = [source]


def source_of_audiences() -> AudienceSource:
    """The room that knows audiences. Raises :class:`Unavailable` where none is loaded."""
    if not _sources:
        raise Unavailable("no_audiences", "这里没有加载人群。", "Audiences are not loaded here.")
    return _sources[0]
