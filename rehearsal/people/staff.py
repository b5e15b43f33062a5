"""The shop's staff: they confirm mass tasks after hours or never, write back, and note what they heard as tags."""

from __future__ import annotations

import math

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


def does(town: Town, intent: Intent) -> None:
    """A member of staff does what they had in mind. Who left, or whose customer is gone, does nothing."""
    try:
        if intent.what == "confirm":
            town.street.act("confirm", **intent.about)
        else:
            _tag(town, intent)
    except NotAtTheDoor:
        return


def _tag(town: Town, intent: Intent) -> None:
    mind = town.mind(intent.about["customer"])
    if not mind.friend:
        return
    who = {"userid": intent.about["userid"], "external_userid": town.external(mind)}
    town.street.act("chat", by="member", text="好的，已为您记下～", **who)
    town.street.act("edit", tags=[town.places.tags[name] for name in intent.about["tags"]], **who)
    town.note(mind, "tagged", intent.cause, tags=intent.about["tags"])
