"""How a team does with its tasks: what is to do, what is late, how much was done in time, how quickly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.reach.staff_tasks.holders import merged_names, names_of
from siyu.reach.staff_tasks.model import UNDONE, Looker
from siyu.reach.staff_tasks.queries import visible
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.storage import Stores

DAYS = 30
DAYS_MAX = 400


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one holder, or of all together (``holder`` None). ``undone`` and ``late`` (of these, past their time) are of
    now; ``done``, ``in_time`` and ``minutes`` (the median from given to done) of the days asked for. ``in_time`` and
    ``minutes`` are None where nothing was done."""

    holder: str | None
    name: str
    undone: int
    late: int
    done: int
    in_time: float | None
    minutes: float | None


def figures(stores: Stores, looker: Looker, days: int = DAYS) -> tuple[Figures, list[Figures]]:
    """All together, and each holder (the pool is ``""``), who has most to do first. By whom it was done counts where
    they are staff, else who held it."""
    now = stores.clock.now()
    since = now - timedelta(days=max(1, min(days, DAYS_MAX)))
    with stores.ledger.read() as conn:
        same = merged_names(conn)
        waiting = _waiting(conn, looker, now, same)
        done = _done(conn, looker, since, same)
        names = names_of(conn, {*waiting, *done})
        whole = _done(conn, looker, since, None).get("", (0, 0, None))
    lines = [
        _line(holder, names.get(holder, ""), waiting.get(holder, (0, 0)), done.get(holder, (0, 0, None)))
        for holder in {*waiting, *done}
    ]
    lines.sort(key=lambda each: (-each.undone, -each.done, each.name))
    undone, late = (sum(pair[place] for pair in waiting.values()) for place in (0, 1))
    return _line(None, "", (undone, late), whole), lines


def _line(holder: str | None, name: str, waiting: tuple[int, int], done: tuple[int, int, float | None]) -> Figures:
    many, in_time, minutes = done
    share = in_time / many if many else None
    return Figures(holder, name, *waiting, many, share, minutes)


def _waiting(conn: Connection, looker: Looker, now: datetime, same: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    task = staff_tasks.c
    late = sa.func.sum(sa.case((task.due < now, 1), else_=0))
    rows = conn.execute(
        sa.select(task.holder, sa.func.count(), late)
        .where(task.state.in_(UNDONE), visible(looker))
        .group_by(task.holder)
    )
    found: dict[str, tuple[int, int]] = {}
    for holder, undone, past in rows:
        before = found.get(same.get(holder, holder), (0, 0))
        found[same.get(holder, holder)] = (before[0] + int(undone), before[1] + int(past))
    return found


def _done(
    conn: Connection, looker: Looker, since: datetime, same: Mapping[str, str] | None
) -> dict[str, tuple[int, int, float | None]]:
    """Holder → done, in time, median minutes; all together under "" where ``same`` is None. The median is the middle
    row of each, or the mean of the two middle ones, by windows, so that no rows are carried out."""
    task = staff_tasks.c
    who: sa.ColumnElement[str] = sa.literal("")
    if same is not None:
        by = sa.case((task.ended_by.like("staff:%"), task.ended_by), else_=task.holder)
        who = sa.case(*((by == name, kept) for name, kept in same.items()), else_=by) if same else by
    took = sa.type_coerce(task.ended, sa.BigInteger) - sa.type_coerce(task.created, sa.BigInteger)
    ended = sa.select(who.label("who"), took.label("took"), (task.ended <= task.due).label("kept")).where(
        task.state == "done", task.ended >= since, visible(looker)
    )
    one = ended.subquery("ended")
    place = sa.func.row_number().over(partition_by=one.c.who, order_by=one.c.took)
    many = sa.func.count().over(partition_by=one.c.who)
    ranked = sa.select(one, place.label("place"), many.label("many")).subquery("ranked")
    middle = sa.and_(ranked.c.place * 2 >= ranked.c.many, ranked.c.place * 2 <= ranked.c.many + 2)
    rows = conn.execute(
        sa.select(
            ranked.c.who,
            sa.func.count(),
            sa.func.sum(sa.case((ranked.c.kept, 1), else_=0)),
            sa.func.avg(sa.case((middle, ranked.c.took))),
        ).group_by(ranked.c.who)
    )
    return {holder: (int(count), int(kept), float(took) / 60_000) for holder, count, kept, took in rows}
