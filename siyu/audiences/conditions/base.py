"""What every condition can do, and the two families: about events, and about what a person is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from msgspec import Struct

from siyu.audiences.record import PersonRecord
from siyu.audiences.sql import Moment, Query, instant
from siyu.audiences.windows import Bounds
from siyu.audiences.words import Words

EVERY_EVENT = "*"


class Condition(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type"):
    """One leaf of a rule."""

    @abstractmethod
    def check(self, at: str) -> None:
        """Raise :class:`BadInput` with the JSON path where the condition can't be used."""

    @abstractmethod
    def reads(self, person: PersonRecord, moment: Moment) -> bool:
        """The plain reading: does it hold for this person?"""

    @abstractmethod
    def sentence(self, words: Words) -> str:
        """The condition as it is read aloud, without subject or full stop."""


@dataclass(frozen=True)
class EventLeaf:
    """A condition on events, ready for the query.

    ``names`` (empty: any) and ``bounds`` say which rows may matter: they are read first and prune months.
    ``fine`` is the rest of the row condition ('' if none). ``holds(row)`` is the aggregate over one person's
    rows, restricted to ``row`` ('' if the query has no other rows). ``absent``: it holds without any row.
    ``exists``: all that counts is whether there is a row, so that nothing need be grouped.
    ``value(row)`` is the figure compared, as Float64, for explanations.
    ``kept`` is the same as ``holds`` over the rows of ``person_stats``, where those keep all that is asked ('' if not).
    ``walks``: it goes along each person's events, so the events are best read person by person.
    """

    names: tuple[str, ...]
    bounds: Bounds
    fine: str
    holds: Callable[[str], str]
    absent: bool
    exists: bool = False
    value: Callable[[str], str] | None = None
    kept: str = ""
    walks: bool = False

    def coarse(self, query: Query) -> str:
        """SQL: the row condition on name and time; '' where every row may matter."""
        first, last = self.bounds
        parts: list[str] = []
        if len(self.names) == 1:
            parts.append(f"name = {query.text(self.names[0])}")
        elif self.names:
            parts.append(f"name IN ({', '.join(map(query.text, self.names))})")
        if first is not None:
            parts.append(f"time >= {instant(first)}")
        if last is not None:
            parts.append(f"time <= {instant(last)}")
        return " AND ".join(parts)


class EventCondition(Condition, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A condition on what a person did."""

    @abstractmethod
    def leaf(self, query: Query) -> EventLeaf: ...


class PersonCondition(Condition, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A condition on what a person is: one boolean over their row of ``people``."""

    @abstractmethod
    def sql(self, query: Query) -> str:
        """SQL: a boolean over the columns of ``people``, never NULL."""

    @abstractmethod
    def found_sql(self, query: Query) -> str:
        """SQL: what was found, as a text, for explanations."""

    def told(self, words: Words, found: str) -> str:
        """What was found, in words."""
        return found or words.t("（空）", "(nothing)")
