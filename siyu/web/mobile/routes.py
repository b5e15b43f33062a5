"""How a public page is declared, and found.

    @page("/m/{slug}")
    def show(visit: Visit, slug: str) -> Answer: ...

    @submit("/m/{slug}/help")          # a form; its one-time key was looked at before
    def help(visit: Visit, slug: str) -> Answer: ...

    ROUTES = [show, help]

A function runs in a thread unless it is ``async``. What stands in braces comes by name, as text.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from siyu.web.mobile import pages

SEGMENT_CHARACTERS_MAX = 200
FORM_BYTES_MAX = 64_000
"""Of a form that says nothing else."""


@dataclass(frozen=True, slots=True)
class Route:
    """``parts``: the segments of its path, those in braces with their name; ``personal``: it is worth asking the
    platform who opens it; ``form_bytes_max``: how long a form of it may be."""

    method: str
    parts: tuple[str, ...]
    answer: Callable[..., Any]
    personal: bool = False
    form_bytes_max: int = FORM_BYTES_MAX

    def match(self, given: Sequence[str]) -> dict[str, str] | None:
        """The values of the names in a path (which is decoded already); None where it is another."""
        if len(given) != len(self.parts):
            return None
        found: dict[str, str] = {}
        for part, text in zip(self.parts, given, strict=True):
            if part.startswith("{"):
                found[part[1:-1]] = text
            elif part != text:
                return None
        return found


def page(path: str, *, personal: bool = False) -> Callable[[Callable[..., Any]], Route]:
    """A page (GET). ``personal``: in a platform's browser somebody unknown is sent to say who they are, once."""
    return lambda function: Route("GET", _parts(path), function, personal)


def submit(path: str, *, form_bytes_max: int = FORM_BYTES_MAX) -> Callable[[Callable[..., Any]], Route]:
    """A form (POST); ``form_bytes_max``: what it may hold, a picture in it included."""
    return lambda function: Route("POST", _parts(path), function, form_bytes_max=form_bytes_max)


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a path and the values in it. HEAD asks as GET does."""
    given = _parts(path)
    if any(not part.isprintable() or not 0 < len(part) <= SEGMENT_CHARACTERS_MAX for part in given):
        return None
    for route in routes():
        if route.method == ("GET" if method == "HEAD" else method):
            found = route.match(given)
            if found is not None:
                return route, found
    return None


@cache
def routes() -> tuple[Route, ...]:
    """Every ``ROUTES`` of the modules in ``pages``; what has fewer names in its path goes first."""
    found: list[Route] = []
    for name in sorted(entry.name for entry in pkgutil.iter_modules(pages.__path__)):
        found.extend(getattr(importlib.import_module(f"{pages.__name__}.{name}"), "ROUTES", ()))
    return tuple(sorted(found, key=lambda route: sum(part.startswith("{") for part in route.parts)))


def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))
