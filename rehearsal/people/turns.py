"""A turn of the town: people hear what is delivered, staff see their tasks, and what is due is done."""

from __future__ import annotations

from typing import Any

from rehearsal.people import doings, staff
from rehearsal.people.diary import Cause
from rehearsal.people.mind import Mind, links_in, reads, text_of
from rehearsal.people.plans import Intent
from rehearsal.people.town import Town
from rehearsal.platforms.core.running import NotAtTheDoor

STEPS_MAX = 500
"""Of one turn: so that a town behind its time catches up bit by bit."""


def step(town: Town) -> int:
    """Hear what was delivered, let staff see their tasks, do what is due; how many things were done."""
    heard = _hear(town) + staff.look(town) + staff.look_at_board(town)
    done = 0
    while done < STEPS_MAX and (intent := town.remembered.due(town.clock.now())) is not None:
        _does(town, intent)
        done += 1
    town.remembered.clock = town.clock.now()
    return heard + done


def _does(town: Town, intent: Intent) -> None:
    if intent.person < 0:
        staff.does(town, intent)
        return
    mind = town.mind(intent.person)
    try:
        doings.DOES[intent.what](town, mind, intent)
    except NotAtTheDoor as error:  # the adviser left, the group is full, somebody was quicker
        town.note(mind, "could_not", intent.cause, wanted=intent.what, told=str(error))


def _hear(town: Town) -> int:
    found = town.street.delivered(town.remembered.heard)
    for delivery in found:
        for mind in _readers(town, delivery):
            _reads(town, mind, delivery)
        town.remembered.heard = delivery["number"]
    return len(found)


def _readers(town: Town, delivery: dict[str, Any]) -> list[Mind]:
    if delivery["kind"] == "mass_group":
        inside = town.places.chat_id in delivery["to"]
        return [mind for mind in town.remembered.minds.values() if mind.in_group] if inside else []
    if delivery["kind"] == "reminder":
        return []
    return [mind for each in delivery["to"] if (mind := town.held_by(each)) is not None]


def _reads(town: Town, mind: Mind, delivery: dict[str, Any]) -> None:
    kind, text = delivery["kind"], text_of(delivery["content"])
    if kind == "welcome":
        doings.welcomed(town, mind, text)
    elif kind in ("mass", "mass_group"):
        _pushed(town, mind, delivery, text)
    else:
        town.note(mind, "was_answered", Cause("chat", kind))


def _pushed(town: Town, mind: Mind, delivery: dict[str, Any], text: str) -> None:
    """A push: goodwill changes, and what comes of it is intended."""
    in_group = delivery["kind"] == "mass_group"
    now = town.clock.now()
    reading = reads(town.people, mind, town.habits, text, hour=town.hour(), now=now, in_group=in_group)
    mind.goodwill, mind.felt = reading.goodwill, now
    cause = Cause("group" if in_group else "mass", delivery["reference"])
    act = town.note(mind, "received", cause, chances=reading.told())
    doings.answers(town, mind, reading, Cause(cause.kind, cause.ref, act), text, links_in(text))
