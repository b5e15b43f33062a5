"""What a rule of the guard is. A rule speaks of many people at once: it is a condition in SQL, true where it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

import sqlalchemy as sa

from siyu.channels.protocol import About, Field
from siyu.people.tables import identifiers, people

Settings = Mapping[str, Any]
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the guard is asked: may these people get a message of this kind, by this channel, now?

    ``people`` is a selectable with the kept person's ``person, minor, birthday, gone, no_profiling``, ``message``
    (their row in the outbox, null while it is only intended), ``rank`` (see ``priorities.py``) and ``recent`` (messages
    that any cap may count, within the longest one's days). ``tone`` is that of them all; None: each has its own, in the
    column ``tone``. ``stage`` is ``intend`` when messages are written, and ``claim`` just before they are sent.
    """

    people: sa.FromClause
    kind: str
    tone: str | None
    channel: About
    now: datetime
    stage: Literal["intend", "claim"]

    @property
    def person(self) -> sa.ColumnElement[int]:
        return self.people.c.person

    @property
    def marketing(self) -> bool:
        return self.kind == "marketing"


def addresses(asked: Asked) -> tuple[sa.Exists, sa.ColumnElement[str]]:
    """SQL: that a person (all nodes) has an address of the channel, and the address, for what else has to hold of it.

    The kind is no plain column here: SQLite, which keeps no figures of the tables, would read every identifier of the
    kind for each person (a minute for 400 people of 10,000) instead of the few of the person.
    """
    node, owned = people.alias(), identifiers.alias()
    found = (
        sa.exists()
        .where(node.c.kept == asked.person)
        .where(owned.c.person == node.c.person)
        .where(owned.c.kind.concat("").in_(asked.channel.address_kinds))
    )
    return found, owned.c.value


class Rule(Protocol):
    """One rule: a name, words, settings with defaults, and the condition."""

    @property
    def name(self) -> str: ...  # also the reason it gives

    @property
    def zh(self) -> str: ...  # title in the form

    @property
    def en(self) -> str: ...

    @property
    def reason_zh(self) -> str: ...  # why a message was held, as the operator reads it

    @property
    def reason_en(self) -> str: ...

    @property
    def fields(self) -> tuple[Field, ...]: ...

    @property
    def switchable(self) -> bool: ...  # False where the law leaves no choice

    def holds(self, asked: Asked, settings: Settings) -> Condition | None:
        """The condition under which it holds; None where it has nothing to say."""
        ...

    def sentence(self, settings: Settings) -> tuple[str, str]:
        """The rule as it is set, in Chinese and English."""
        ...

    def check(self, settings: Settings) -> None:
        """Raise :class:`~siyu.storage.BadInput` where settings can't be meant."""
        ...
