"""The product's task board, as the shop's advisers see it: what each is to do for a customer, and by when.

Nobody looks more often than once in a while; a task that is seen is done after a while, or never (``staff.py``)."""

from __future__ import annotations

import time
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Any, Protocol

LOOK_SECONDS = 1.0
"""Of the machine, between two looks."""

LATE_EVERY = 5
"""Looks, of which one is at what is late too."""

PAGE = 100


class Api(Protocol):
    """The product's public API (``founding.Product``)."""

    def get(self, path: str) -> Any: ...

    def post(self, path: str, **body: Any) -> Any: ...


@dataclass(frozen=True)
class Given:
    """A task. ``adviser``: who holds it, "" where anybody may; ``words``: what they might say; ``customer``: the
    person's external user id, "" for who is not known by one."""

    number: int
    adviser: str
    customer: str
    words: str


class Board(Protocol):
    """What advisers see of the product, and tell it."""

    def given(self, seen: Container[int]) -> list[Given]:
        """Tasks that are to do, but those whose number was ``seen``; by number."""
        ...

    def done(self, number: int, outcome: str) -> None:
        """``outcome``: reached, no_answer or declined. Where it was taken back meanwhile, nothing happens."""
        ...


@dataclass
class NoBoard:
    """Where there is no product."""

    def given(self, seen: Container[int]) -> list[Given]:
        return []

    def done(self, number: int, outcome: str) -> None: ...


@dataclass
class ProductBoard:
    """Over HTTP. ``refused``: what the API raises for what can't be."""

    api: Api
    refused: type[Exception]
    clock: Callable[[], float] = time.monotonic
    _looked: float = field(default=float("-inf"), repr=False)
    _looks: int = field(default=0, repr=False)

    def given(self, seen: Container[int]) -> list[Given]:
        if self.clock() - self._looked < LOOK_SECONDS:
            return []
        self._looked = self.clock()
        self._looks += 1
        rows = {int(row["id"]): row for row in self._listed("open")}
        if self._looks % LATE_EVERY == 0:
            rows |= {int(row["id"]): row for row in self._listed("late")}
        return [_seen(row) for number, row in sorted(rows.items()) if number not in seen]

    def _listed(self, state: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.api.get(f"/api/tasks?state={state}&limit={PAGE}&cursor={cursor}")
            rows += page["items"]
            cursor = page.get("next") or ""
            if not cursor:
                return rows

    def done(self, number: int, outcome: str) -> None:
        try:
            self.api.post(f"/api/tasks/{number}/done", outcome=outcome)
        except self.refused:
            return


def _seen(row: dict[str, Any]) -> Given:
    holder = str(row["holder"])
    adviser = holder.split(":")[-1] if holder.startswith("wecom:") else ""
    return Given(int(row["id"]), adviser, str(row["customer"]), str(row["words"]))
