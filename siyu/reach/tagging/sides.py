"""What a platform that has tags is to the sync: whose tags it knows, how it is asked to change them, what it changed.

``origin`` is what a tag given on the platform's word says of where it came from. A *subject* is what the platform hangs
tags on: a friendship with one adviser at WeCom, a follower of an official account. One person may be several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.engine import Connection

from siyu.jobs.model import Job
from siyu.storage import Stores

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Theirs:
    """One of the platform's tags; ``group`` is "" where it has no groups."""

    outside: str
    group: str
    name: str


@dataclass(frozen=True, slots=True)
class Subject:
    account: int
    key: Key
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A tag that a subject shall have or not, decided at ``at``."""

    key: Key
    outside: str
    add: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What the platform changed of a subject's tags, told at ``at``."""

    id: int
    account: int
    key: Key
    added: frozenset[str]
    removed: frozenset[str]
    at: datetime


class Side(Protocol):
    """A platform's side. Holds no state."""

    @property
    def channel(self) -> str: ...

    @property
    def origin(self) -> str: ...

    @property
    def words(self) -> tuple[str, str]:
        """What the platform is called, in Chinese and English."""
        ...

    @property
    def group_here(self) -> str:
        """In which group its tags are made here, where it has no groups; "" where it has."""
        ...

    def theirs(self, conn: Connection, account: int) -> Sequence[Theirs]:
        """Its tags, as last read, in the order in which they are shown."""
        ...

    def marks(self, conn: Connection, account: int) -> Mapping[str, int]:
        """How many marks are *waiting*, *done*, *failed*."""
        ...

    def subjects(self, conn: Connection, persons: Sequence[int]) -> Iterable[tuple[int, Subject]]:
        """(kept person, subject) of everybody that the platform would let us tag."""
        ...

    def wish(self, conn: Connection, account: int, wanted: Sequence[Wanted], now: datetime) -> None:
        """Have subjects tagged."""
        ...

    def changes(self, conn: Connection, rows_max: int) -> Sequence[Change]:
        """The oldest that were not taken over."""
        ...

    def taken_over(self, conn: Connection, numbers: Sequence[int]) -> None:
        """Drop changes that were taken over."""
        ...

    def persons(self, conn: Connection, changes: Sequence[Change]) -> Mapping[int, int]:
        """Number of each change → kept person; who is not known (yet) is left out."""
        ...

    def feed(self, conn: Connection, link: Any, now: datetime, rows_max: int) -> str | None:
        """Put the next subjects that have a newly linked tag among the changes; up to whom, None after the last."""
        ...

    def make(self, stores: Stores, job: Job, account: int, missing: Mapping[str, Sequence[str]]) -> None:
        """Make tags there: group → names. Raises :class:`~siyu.channels.platform.failures.PlatformError`."""
        ...

    def read_again(self, conn: Connection, account: int) -> None:
        """Have its tags read anew, where the platform tells of no change by itself."""
        ...
