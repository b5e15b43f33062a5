"""How somebody came to a message of a journey: what brought them in, at which step, and the way until there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from siyu.audiences.queries import names
from siyu.audiences.words import Words
from siyu.people.event_names import label
from siyu.people.merges import whole_of
from siyu.people.moments import aware
from siyu.reach.journeys import queries
from siyu.reach.journeys.drafts import read_document
from siyu.reach.journeys.tables import journey_people, journeys
from siyu.reach.journeys.text import node_said, trigger_said
from siyu.storage import NotFound, Stores


@dataclass(frozen=True)
class Came:
    """``trigger`` and ``step`` in words (zh, en). ``entered``: when this run began, None where nothing is kept of it;
    ``event``: what brought them in (its key, zh, en, when), None where it was no event. ``way``: the steps of the
    run, in order."""

    journey: int
    name: str
    version: int
    node: str
    run: int
    trigger: tuple[str, str]
    step: tuple[str, str]
    entered: datetime | None
    event: tuple[str, str, str, datetime] | None
    way: Sequence[queries.PathStep]


def came(stores: Stores, journey: int, version: int, node: str, person: int, run: int) -> Came | None:
    """Of one run of a person, merges applied; None where nothing is known of such a version."""
    try:
        with stores.ledger.read() as conn:
            document = read_document(conn, journey, version)
            name = conn.execute(sa.select(journeys.c.name).where(journeys.c.id == journey)).scalar() or document.name
            ((_, persons),) = whole_of(conn, person).items()
            here = journey_people.c
            mine = sa.and_(here.journey == journey, here.person.in_(list(persons)), here.run == run)
            stay = conn.execute(sa.select(here.entered, here.cause).where(mine).order_by(here.id)).first()
    except NotFound:
        return None
    known = names(stores)
    said = [Words("zh", known), Words("en", known)]
    step = next((each for each in document.nodes if each.id == node), None)
    trigger_zh, trigger_en = (trigger_said(document, words) for words in said)
    step_zh, step_en = (node if step is None else node_said(step, words) for words in said)
    way = [each for each in queries.path(stores, person, journey).steps if each.run == run]
    return Came(
        journey,
        name,
        version,
        node,
        run,
        (trigger_zh, trigger_en),
        (step_zh, step_en),
        None if stay is None else stay.entered,
        _event(stores, persons, stay.cause) if stay is not None and stay.cause else None,
        way,
    )


def _event(stores: Stores, persons: Sequence[int], message_id: str) -> tuple[str, str, str, datetime] | None:
    rows = stores.events.rows(
        "SELECT name, time FROM events WHERE person IN {persons:Array(UInt32)} AND message_id = {cause:String} LIMIT 1",
        {"persons": list(persons), "cause": message_id},
    )
    if not rows:
        return None
    name, time = rows[0]
    return str(name), label(name, "zh"), label(name, "en"), aware(time)
