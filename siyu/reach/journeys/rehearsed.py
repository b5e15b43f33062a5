"""What a rehearsal found, as figures: multiplied up from those who were walked, written as JSON and read back. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

_COUNTED = (
    *("ways", "inside", "left", "tasks", "rewards", "entered_by_day"),
    *("reached", "pieces", "held", "delayed", "sent"),
)


@dataclass
class Rehearsed:
    """What would have been: people, or messages and tasks by the id of their node. ``one_in``: of how many people one
    was walked (the figures are multiplied already). ``ways``: as ``journey_counts`` has them, refusals at the way in
    too; ``reached``: messages by node and account; ``held``: by node and reason; ``delayed``: of those reached, who
    would have had it after the quiet hours; ``sent``: messages by local day and account; ``left``: people by how;
    ``pieces``: of messages that are billed by pieces, how many, by node and account."""

    since: datetime
    until: datetime
    one_in: int = 1
    entered: int = 0
    goals: int = 0
    ways: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])
    inside: Counter[str] = field(default_factory=Counter[str])
    left: Counter[str] = field(default_factory=Counter[str])
    reached: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    held: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    delayed: Counter[str] = field(default_factory=Counter[str])
    tasks: Counter[str] = field(default_factory=Counter[str])
    rewards: Counter[str] = field(default_factory=Counter[str])
    entered_by_day: Counter[str] = field(default_factory=Counter[str])
    sent: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    pieces: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])

    def multiply(self, by: int) -> None:
        """From those who were walked to all of them."""
        self.entered, self.goals = self.entered * by, self.goals * by
        for name in _COUNTED:
            counts: Counter[Any] = getattr(self, name)
            for key in counts:
                counts[key] *= by

    def messages_of(self, account: int) -> dict[str, int]:
        """An account's messages by local day."""
        return {day: many for (day, one), many in sorted(self.sent.items()) if one == account and many}

    def messages_by_account(self) -> dict[int, int]:
        """Messages that would have gone."""
        found: Counter[int] = Counter()
        for (_, account), many in self.reached.items():
            found[account] += many
        return dict(found)

    def pieces_by_account(self) -> dict[int, Decimal]:
        """As how many a message would have been billed, on average."""
        billed: Counter[int] = Counter()
        for (node, account), many in self.reached.items():
            billed[account] += self.pieces.get((node, account), many)
        return {
            account: Decimal(billed[account]) / many for account, many in self.messages_by_account().items() if many
        }

    def reached_at(self, node: str) -> int:
        """Messages of a node that would have gone."""
        return sum(many for (id, _), many in self.reached.items() if id == node)

    def held_at(self, node: str) -> dict[str, int]:
        """Messages of a node that would have been held, by reason, most first."""
        found = {reason: many for (id, reason), many in self.held.items() if id == node}
        return dict(sorted(found.items(), key=lambda each: -each[1]))

    def held_by_reason(self) -> dict[str, int]:
        """Of all nodes, most first."""
        found: Counter[str] = Counter()
        for (_, reason), many in self.held.items():
            found[reason] += many
        return dict(found.most_common())

    def to_json(self) -> dict[str, Any]:
        """As plain JSON: a key of several parts is a list of them and the number."""
        plain: dict[str, Any] = {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "one_in": self.one_in,
            "entered": self.entered,
            "goals": self.goals,
        }
        for name in _COUNTED:
            counts: Counter[Any] = getattr(self, name)
            plain[name] = [[*(key if isinstance(key, tuple) else (key,)), many] for key, many in counts.items()]
        return plain


def read_rehearsed(plain: Mapping[str, Any]) -> Rehearsed:
    """What :meth:`Rehearsed.to_json` wrote."""
    found = Rehearsed(
        datetime.fromisoformat(plain["since"]),
        datetime.fromisoformat(plain["until"]),
        plain["one_in"],
        plain["entered"],
        plain["goals"],
    )
    for name in _COUNTED:
        counts: Counter[Any] = getattr(found, name)
        for *key, many in plain.get(name, ()):  # an older one did not count all of them
            counts[tuple(key) if len(key) > 1 else key[0]] = many
    return found
