"""Asking a shop's platform for orders: one whole, or those of a period, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from siyu.channels.protocol import Account, Check


class Page(NamedTuple):
    """Bodies to keep, each of one order; ``last``: the period has no more."""

    bodies: Sequence[bytes]
    last: bool


class Source(Protocol):
    """What of a platform can be asked. Raises :class:`~siyu.channels.platform.failures.PlatformError` throughout."""

    @property
    def pages_max(self) -> int:
        """How many pages of one period the platform gives; 0 where it has no list."""
        ...

    def reads(self, settings: Mapping[str, Any]) -> bool:
        """Whether an account with these settings can be asked at all."""
        ...

    def detail(self, account: Account, number: str) -> bytes:
        """The body to keep of one whole order."""
        ...

    def page(self, account: Account, since: datetime, until: datetime, page: int) -> Page:
        """Orders that changed in a period, both ends included; pages begin at 1."""
        ...

    def check(self, account: Account, patience: float) -> Check | None:
        """Try it live; None where there is nothing to try."""
        ...

    def close(self) -> None: ...
