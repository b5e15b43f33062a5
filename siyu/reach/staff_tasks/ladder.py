"""The ladder of closeness: text, voice, video, meeting. Which rung comes next for a person. Pure, but for the reading.

One step at a time, and only after a word was answered: whoever was reached on a rung within half a year is asked up
one. Who did not want that, or did not answer, is left on the rung where they are at ease for two weeks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.tables import people
from siyu.reach.staff_tasks.model import RUNGS
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.storage import sent

RECENT = timedelta(days=180)
REST = timedelta(days=14)
TRIES_MAX = 50
"""Of one person, the latest."""
_UP = tuple(RUNGS)


@dataclass(frozen=True, slots=True)
class Try:
    """Once somebody was spoken with, or it was tried."""

    at: datetime
    rung: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Rung:
    """``stands``: where they are, "" before the first word; ``next``: what to try now; why, in words."""

    stands: str
    next: str
    zh: str
    en: str


def next_rung(tries: Iterable[Try], now: datetime) -> Rung:
    """Where a person stands on the ladder, and what to try now."""
    lately = [each for each in tries if each.rung in RUNGS and each.at > now - RECENT]
    reached = [_UP.index(each.rung) for each in lately if each.outcome == "reached"]
    if not reached:
        return Rung("", _UP[0], "还没有联系上过，先从文字开始", "never reached yet: begin with a text")
    stands = max(reached)
    here = RUNGS[_UP[stands]]
    if stands == len(_UP) - 1:
        return Rung(_UP[stands], _UP[stands], "已经见过面，保持联系", "you have met: stay in touch")
    above = _UP[stands + 1]
    refused = [each.at for each in lately if each.rung == above and each.outcome in ("declined", "no_answer")]
    if refused and max(refused) > now - REST:
        return Rung(
            _UP[stands],
            _UP[stands],
            f"{RUNGS[above][0]}刚试过没有成，先用{here[0]}，两周后再试",
            f"{RUNGS[above][1]} was tried in vain: stay with {here[1]} for two weeks",
        )
    return Rung(
        _UP[stands],
        above,
        f"{here[0]}已经联系上，可以试试{RUNGS[above][0]}",
        f"reached by {here[1]}: try {RUNGS[above][1]}",
    )


def rungs_of(conn: Connection, persons: Sequence[int], now: datetime) -> dict[int, Rung]:
    """Kept person → rung, of at most ``CHUNK_ROWS``."""
    asked = sent(conn, person=(sa.BigInteger, list(set(persons))))
    task = staff_tasks.c
    rows = conn.execute(
        sa.select(people.c.kept, task.ended, task.rung, task.outcome)
        .select_from(asked)
        .join(people, people.c.kept == asked.c.person)
        .join(staff_tasks, task.person == people.c.person)
        .where(task.rung != "", task.ended > now - RECENT)
        .order_by(task.ended.desc())
    )
    tries: dict[int, list[Try]] = {person: [] for person in persons}
    for kept, ended, rung, outcome in rows:
        if len(tries[kept]) < TRIES_MAX:
            tries[kept].append(Try(ended, rung, outcome))
    return {person: next_rung(found, now) for person, found in tries.items()}
