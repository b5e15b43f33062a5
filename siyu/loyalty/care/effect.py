"""What a programme brought: who got something beside who was held out, in the days since. Both as drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from siyu.loyalty.care.tables import care_gifts
from siyu.people.families import members_of
from siyu.people.moments import aware
from siyu.storage import CHUNK_ROWS, Stores, in_chunks
from siyu.storage.eventlog_schema import MONEY_EVENTS, NET, PERSON

WINDOW_DAYS = 30
PERSONS_MAX = 200_000


@dataclass
class Group:
    """People, those who bought within the window, and what each spent: the sum and the sum of squares, in yuan."""

    people: int = 0
    buyers: int = 0
    sum: float = 0.0
    squares: float = 0.0


@dataclass
class Effect:
    """Of those whose window is over. ``waits``: of how many it is not; ``stages``: how many came to which."""

    given: Group = field(default_factory=Group)
    held_out: Group = field(default_factory=Group)
    waits: int = 0
    stages: dict[str, int] = field(default_factory=dict[str, int])


def effect_of(stores: Stores, program: int) -> Effect:
    """The effect of a programme until now. Whom the budget did not reach counts in neither group."""
    now = stores.clock.now()
    row = care_gifts.c
    query = sa.select(row.person, row.at, row.stage).where(row.program == program).order_by(row.at.desc())
    with stores.ledger.read() as conn:
        many = sa.select(row.stage, sa.func.count()).where(row.program == program).group_by(row.stage)
        found = Effect(stages=dict(conn.execute(many).tuples().all()))
        rows = conn.execute(query.where(row.stage.in_(("given", "held_out"))).limit(PERSONS_MAX)).all()
    over = [each for each in rows if each.at + timedelta(days=WINDOW_DAYS) <= now]
    found.waits = len(rows) - len(over)
    for chunk in in_chunks(over, CHUNK_ROWS):
        spent = _spent(stores, chunk)
        for each in chunk:
            group = found.given if each.stage == "given" else found.held_out
            amount = spent.get(each.person)
            group.people += 1
            group.buyers += amount is not None
            group.sum += amount or 0.0
            group.squares += (amount or 0.0) ** 2
    return found


def _spent(stores: Stores, rows: Sequence[Any]) -> dict[int, float]:
    """Person → net sales within the window of each, of those who bought."""
    with stores.ledger.read() as conn:
        families = members_of(conn, sorted({each.person for each in rows}))
    kept_of: dict[int, int] = {node: kept for kept, nodes in families.items() for node in nodes}
    since: dict[int, list[tuple[int, datetime]]] = {}
    for each in rows:
        since.setdefault(kept_of.get(int(each.person), int(each.person)), []).append((each.person, each.at))
    bought: dict[int, float] = {}
    told = stores.events.rows(
        f"SELECT {PERSON} AS kept, time, name, toFloat64({NET}) FROM events WHERE {MONEY_EVENTS} "
        "AND person IN {nodes:Array(UInt32)} AND time >= {since:DateTime64(3, 'UTC')}",
        {"nodes": sorted(kept_of), "since": min(each.at for each in rows)},
        heavy=True,
    )
    for kept, time, name, net in told:
        for person, at in since.get(int(kept), ()):
            if at <= aware(time) < at + timedelta(days=WINDOW_DAYS) and (name == "order_paid" or person in bought):
                bought[person] = bought.get(person, 0.0) + float(net)
    return bought
