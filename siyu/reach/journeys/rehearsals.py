"""Rehearsals of drafts as they are begun, done by a job, and kept: the last few of each journey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from siyu.channels import Channels, channels_of
from siyu.jobs import Job, enqueue, handles
from siyu.reach.journeys.checking import problems
from siyu.reach.journeys.drafts import get
from siyu.reach.journeys.model import Journey, parse, to_json
from siyu.reach.journeys.publishing import refuse
from siyu.reach.journeys.queries import Figures, figures_of
from siyu.reach.journeys.rehearsed import Rehearsed, read_rehearsed
from siyu.reach.journeys.rehearsing import DAYS_MAX, rehearse
from siyu.reach.journeys.tables import journey_rehearsals
from siyu.storage import BadInput, Stores

REHEARSE_JOB = "rehearse_journey"
DAYS = 30
KEPT = 5


@dataclass(frozen=True)
class Rehearsal:
    """One that was begun; ``found`` is None until it has ended; ``job``: who does it."""

    id: int
    journey: int
    document: Journey
    days: int
    job: int | None
    begun: datetime
    by: str
    found: Rehearsed | None

    def figures(self) -> Figures | None:
        """Of its steps and ways, as a version's; None until it has ended."""
        if self.found is None:
            return None
        places = self.document.places()
        return figures_of(
            self.document,
            [(node, way, to, many) for (node, way, to), many in self.found.ways.items()],
            {places.get(id, -1): many for id, many in self.found.inside.items()},
            self.found.goals,
        )


def begin(stores: Stores, channels: Channels, by: str, journey: int, days: int = DAYS) -> int:
    """Have the draft rehearsed on the last ``days`` by a job; the rehearsal's number. Raises :class:`BadInput` for a
    draft that could not be published, with every problem, and for days out of range."""
    number = _insert(stores, channels, by, journey, days)
    with stores.ledger.write() as conn:
        job = enqueue(conn, REHEARSE_JOB, {"rehearsal": number}, now=stores.clock.now())
        row = journey_rehearsals.c
        conn.execute(sa.update(journey_rehearsals).where(row.id == number).values(job=job))
    return number


def rehearse_now(stores: Stores, channels: Channels, by: str, journey: int, days: int = DAYS) -> Rehearsal:
    """The same, waited for. Raises as :func:`begin` does."""
    number = _insert(stores, channels, by, journey, days)
    _walk(stores, channels, number, Job(0, REHEARSE_JOB, {}))
    found = latest(stores, journey, number)
    assert found is not None
    return found


def latest(stores: Stores, journey: int, number: int | None = None) -> Rehearsal | None:
    """The last that was begun (or that ``number``), None where there is none."""
    row = journey_rehearsals.c
    query = sa.select(journey_rehearsals).where(row.journey == journey).order_by(row.id.desc()).limit(1)
    if number is not None:
        query = query.where(row.id == number)
    with stores.ledger.read() as conn:
        found = conn.execute(query).one_or_none()
    return None if found is None else _read(found)


def latest_found(stores: Stores, journey: int) -> Rehearsal | None:
    """The last that has ended."""
    row = journey_rehearsals.c
    query = sa.select(journey_rehearsals).where(row.journey == journey, row.found.is_not(None))
    with stores.ledger.read() as conn:
        rows = conn.execute(query.order_by(row.id.desc()).limit(KEPT)).all()
    return next((_read(each) for each in rows if each.found), None)


@handles(REHEARSE_JOB)
def run(stores: Stores, job: Job) -> Mapping[str, Any]:
    """Walk it and keep what was found."""
    channels = channels_of(stores)
    try:
        return {"entered": _walk(stores, channels, int(job.arguments["rehearsal"]), job)}
    finally:
        channels.close()


def _insert(stores: Stores, channels: Channels, by: str, journey: int, days: int) -> int:
    if not 1 <= days <= DAYS_MAX:
        raise BadInput("days_out_of_range", f"天数应为 1 到 {DAYS_MAX}。", f"Days: 1 to {DAYS_MAX}.", field="days")
    draft = get(stores, journey).draft
    refuse(draft, problems(stores, channels, draft, journey), "排练")
    row = journey_rehearsals.c
    values = {"document": to_json(draft), "days": days, "begun": stores.clock.now(), "by": by, "found": sa.null()}
    with stores.ledger.write() as conn:
        made = sa.insert(journey_rehearsals).values(journey=journey, **values).returning(row.id)
        number = conn.execute(made).scalar_one()
        kept = sa.select(row.id).where(row.journey == journey).order_by(row.id.desc()).limit(KEPT)
        older = [row.journey == journey, row.id.not_in(list(conn.execute(kept).scalars()))]
        conn.execute(sa.delete(journey_rehearsals).where(*older))
    return number


def _walk(stores: Stores, channels: Channels, number: int, job: Job) -> int:
    row = journey_rehearsals.c
    with stores.ledger.read() as conn:
        kept = conn.execute(sa.select(journey_rehearsals).where(row.id == number)).one_or_none()
    if kept is None:  # newer ones have taken its place
        return 0
    found = rehearse(
        stores,
        channels,
        parse(kept.document),
        days=kept.days,
        salt=get(stores, kept.journey).salt,
        number=kept.journey,
        progress=lambda done, all: job.progress(done, all, "rehearsing"),
    )
    with stores.ledger.write() as conn:
        job.still_mine(conn)
        conn.execute(sa.update(journey_rehearsals).where(row.id == number).values(found=found.to_json()))
    return found.entered


def _read(row: sa.Row[Any]) -> Rehearsal:
    found = None if row.found is None else read_rehearsed(row.found)
    return Rehearsal(row.id, row.journey, parse(row.document), row.days, row.job, row.begun, row.by, found)
