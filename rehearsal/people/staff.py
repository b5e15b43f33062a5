"""The shop's staff: they confirm mass tasks after hours or never, do what the product's board gives them, write back,
and note what they heard as tags."""

from __future__ import annotations

import math

from rehearsal.people import doings
from rehearsal.people.diary import Cause
from rehearsal.people.plans import Intent
from rehearsal.people.town import Town
from rehearsal.platforms.core.running import NotAtTheDoor
from rehearsal.population import generator
from rehearsal.reactions import number_of

STAFF = 33
NEVER = 0.1
"""Share of an adviser's tasks that nobody ever confirms."""

CONFIRM_HOURS_MEDIAN, CONFIRM_SIGMA = 1.5, 1.0
DO_HOURS_MEDIAN, DO_SIGMA = 0.4, 0.8
"""From seeing a task of the product's board to doing it; as many as above are never done."""

WORDS_MAX = 500
TAG_GROUPS = ("想了解", "肤质")


def look(town: Town) -> int:
    """New tasks: each adviser will confirm, or will not. By the task's turn and the adviser, so it is repeatable."""
    found = town.street.tasks(town.remembered.tasks)
    for task in found:
        town.remembered.tasks += 1
        for userid in task["senders"]:
            chance = generator(town.seed, STAFF, town.remembered.tasks, number_of(userid) >> 1)
            if chance.random() < NEVER:
                continue
            hours = float(chance.lognormal(math.log(CONFIRM_HOURS_MEDIAN), CONFIRM_SIGMA))
            about = {"msgid": task["msgid"], "userid": userid}
            due = town.clock.now() + hours * 3_600
            town.remembered.plan(due, "confirm", -1, Cause("staff", task["msgid"]), **about)
    return len(found)


def look_at_board(town: Town) -> int:
    """New tasks of the product's board: the customer's adviser will write to them, or will not."""
    found = town.board.given(town.remembered.given)
    for task in found:
        town.remembered.given.add(task.number)
        mind = town.held_by(task.customer)
        if mind is None:
            continue
        chance = mind.chance(town.seed, "task")
        never, hours = chance.random() < NEVER, float(chance.lognormal(math.log(DO_HOURS_MEDIAN), DO_SIGMA))
        if never:
            continue
        about = {"task": task.number, "customer": mind.person, "userid": task.adviser, "words": task.words[:WORDS_MAX]}
        due = town.clock.now() + hours * 3_600
        town.remembered.plan(due, "speak", -1, Cause("staff", f"task {task.number}"), **about)
    return len(found)


def does(town: Town, intent: Intent) -> None:
    """A member of staff does what they had in mind. Who left, or whose customer is gone, does nothing."""
    try:
        if intent.what == "confirm":
            town.street.act("confirm", **intent.about)
        elif intent.what == "speak":
            _speak(town, intent)
        else:
            _tag(town, intent)
    except NotAtTheDoor:
        return


def _speak(town: Town, intent: Intent) -> None:
    """What the task asks for, in one's own words; who is no friend any more can't be written to."""
    mind, about = town.mind(intent.about["customer"]), intent.about
    if not mind.friend:
        town.board.done(about["task"], "no_answer")
        return
    who = {"userid": about["userid"] or mind.adviser, "external_userid": town.external(mind)}
    town.street.act("chat", by="member", text=about["words"], **who)
    town.board.done(about["task"], "reached")
    if not mind.blocked:
        doings.spoken_to(town, mind, intent.cause)


def _tag(town: Town, intent: Intent) -> None:
    mind = town.mind(intent.about["customer"])
    if not mind.friend:
        return
    who = {"userid": intent.about["userid"], "external_userid": town.external(mind)}
    town.street.act("chat", by="member", text="好的，已为您记下～", **who)
    town.street.act("edit", tags=[town.places.tags[name] for name in intent.about["tags"]], **who)
    town.note(mind, "tagged", intent.cause, tags=intent.about["tags"])
