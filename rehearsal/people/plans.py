"""What people intend to do, by their own time; and all that a town has to remember over night."""

from __future__ import annotations

import heapq
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.people.diary import Cause
from rehearsal.people.mind import Mind


@dataclass(frozen=True)
class Intent:
    """``person`` does ``what`` at ``due`` (people's time, epoch seconds). Staff: ``person`` −1."""

    due: float
    number: int
    what: str
    person: int
    cause: Cause
    about: dict[str, Any]


@dataclass
class Remembered:
    """``heard``: number of the last delivery that was looked at; ``tasks``: how many mass tasks staff know of;
    ``given``: numbers of the tasks of the product's board that they saw; ``come``: how many came by themselves so far;
    ``clock``: people's time when this was kept."""

    minds: dict[int, Mind] = field(default_factory=dict[int, Mind])
    heard: int = 0
    tasks: int = 0
    given: set[int] = field(default_factory=set[int])
    come: int = 0
    clock: float = 0.0
    last: int = 0
    intents: list[tuple[float, int, Intent]] = field(default_factory=list[tuple[float, int, Intent]])

    def plan(self, due: float, what: str, person: int, cause: Cause, **about: Any) -> None:
        self.last += 1
        heapq.heappush(self.intents, (due, self.last, Intent(due, self.last, what, person, cause, about)))

    def due(self, now: float) -> Intent | None:
        """The next one whose time has come; it is forgotten."""
        return heapq.heappop(self.intents)[2] if self.intents and self.intents[0][0] <= now else None


def keep(path: Path, remembered: Remembered) -> None:
    """On disk in one step."""
    told = {
        "minds": [asdict(mind) for mind in remembered.minds.values()],
        "intents": [asdict(intent) for _, _, intent in remembered.intents],
        "given": sorted(remembered.given),
        **{name: getattr(remembered, name) for name in ("heard", "tasks", "come", "clock", "last")},
    }
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    os.replace(aside, path)


def recall(path: Path) -> Remembered:
    """What was kept; a beginning where nothing was."""
    if not path.exists():
        return Remembered()
    told = json.loads(path.read_text("utf-8"))
    minds = {row["person"]: Mind(**row) for row in told.pop("minds")}
    intents = [_intent(row) for row in told.pop("intents")]
    given = set(told.pop("given", []))
    found = Remembered(minds=minds, given=given, **told)
    found.intents = [(each.due, each.number, each) for each in intents]
    heapq.heapify(found.intents)
    return found


def _intent(row: dict[str, Any]) -> Intent:
    cause = Cause(**row["cause"])
    return Intent(row["due"], row["number"], row["what"], row["person"], cause, row["about"])
