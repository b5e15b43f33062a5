"""What a live code brought: scans, people placed, scans lost, friends who came of it, and zombies among them.

A *zombie* is somebody who became a friend by a way of the code, more than a day ago, and heard nothing from staff in
the first 24 hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from siyu.growth.codes import reading
from siyu.growth.codes.tables import CHOOSING, NONE, code_days
from siyu.growth.period import DAYS, today
from siyu.growth.ways import figures as of_ways
from siyu.growth.ways import ways
from siyu.storage import Stores
from siyu.storage.eventlog_schema import PERSON

HEARD = ("message_accepted", "task_done", "service_answered")
"""What says that a member of staff turned to somebody."""


@dataclass(frozen=True, slots=True)
class Line:
    """Of one target (or ``NONE``, ``CHOOSING``) on one day."""

    day: date
    target: int
    scans: int
    placed: int


@dataclass(frozen=True, slots=True)
class Count:
    """Of one code in the last 30 days."""

    scans: int = 0
    placed: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class CodeFigures:
    """Of one code; ``lines`` from ``first`` to ``last``, the rest of the last 30 days. ``added`` and ``stayed`` by
    target, of those that are ways; ``zombies`` of them."""

    lines: Sequence[Line]
    added: dict[int, int]
    stayed: dict[int, int]
    zombies: int

    @property
    def scans(self) -> int:
        """How often somebody came and was shown a target, or that there is none."""
        return sum(line.scans for line in self.lines if line.target != CHOOSING)

    @property
    def choosing(self) -> int:
        """How often somebody was asked to choose."""
        return sum(line.scans for line in self.lines if line.target == CHOOSING)

    @property
    def placed(self) -> int:
        return sum(line.placed for line in self.lines)

    @property
    def lost(self) -> int:
        return sum(line.scans for line in self.lines if line.target == NONE)

    def of_day(self, day: date) -> tuple[int, int, int]:
        """Scans, placed, lost."""
        lines = [line for line in self.lines if line.day == day]
        one = CodeFigures(lines, {}, {}, 0)
        return one.scans, one.placed, one.lost


def counts_of(stores: Stores, codes: Sequence[int]) -> dict[int, Count]:
    """Of these codes in the last 30 days."""
    first = today(stores).toordinal() - DAYS + 1
    table = code_days.c
    shown = sa.func.sum(sa.case((table.target != CHOOSING, table.scans), else_=0))
    lost = sa.func.sum(sa.case((table.target == NONE, table.scans), else_=0))
    query = sa.select(table.code, shown, sa.func.sum(table.placed), lost)
    with stores.ledger.read() as conn:
        rows = conn.execute(query.where(table.code.in_(codes), table.day >= first).group_by(table.code))
        found = {code: Count(int(scans), int(placed), int(none)) for code, scans, placed, none in rows}
    return {code: found.get(code, Count()) for code in codes}


def placed_by(stores: Stores, codes: Sequence[int], first: date, last: date) -> dict[int, int]:
    """Code → people who got a target of it for the first time on these days."""
    table = code_days.c
    when = table.day.between(first.toordinal(), last.toordinal())
    query = sa.select(table.code, sa.func.sum(table.placed)).where(table.code.in_(list(codes)), when)
    with stores.ledger.read() as conn:
        return {code: int(placed) for code, placed in conn.execute(query.group_by(table.code))}


def figures_of(stores: Stores, code: int, first: date, last: date) -> CodeFigures:
    """Raises :class:`~siyu.storage.NotFound`."""
    reading.get_code(stores, code)
    when = code_days.c.day.between(first.toordinal(), last.toordinal())
    table = code_days.c
    query = sa.select(table.day, table.target, table.scans, table.placed).where(table.code == code, when)
    with stores.ledger.read() as conn:
        rows = conn.execute(query.order_by(table.day, table.target)).all()
        targets = reading.targets_of(conn, [code]).get(code, {})
    by_target = {each.id: ways.get_way(stores, each.way) for each in targets.values() if each.way is not None}
    counts = of_ways.counts_of(stores, list(by_target.values())) if by_target else {}
    found = {target: counts[way.id] for target, way in by_target.items()}
    return CodeFigures(
        [Line(date.fromordinal(day), target, scans, placed) for day, target, scans, placed in rows],
        {target: count.added for target, count in found.items()},
        {target: count.stayed for target, count in found.items()},
        _zombies(stores, sorted({way.state for way in by_target.values() if way.kind == "contact"})),
    )


def _zombies(stores: Stores, states: Sequence[str]) -> int:
    if not states:
        return 0
    state = "ifNull(properties.channel_state.:String, '')"
    came = f"name = 'friend_added' AND has({{states:Array(String)}}, {state})"
    row = stores.events.row(
        "SELECT countIf(since <= {before:DateTime64(3, 'UTC')} "
        "AND NOT arrayExists(x -> x >= since AND x <= since + INTERVAL 1 DAY, heard)) "
        f"FROM (SELECT {PERSON} AS kept, minIf(time, {came}) AS since, "
        "groupArrayIf(time, has({heard:Array(String)}, name)) AS heard FROM events "
        f"WHERE person IN (SELECT person FROM events WHERE {came}) GROUP BY kept)",
        {
            "states": list(states),
            "heard": list(HEARD),
            "before": stores.clock.now() - timedelta(days=1),
        },
    )
    return int(row[0])
