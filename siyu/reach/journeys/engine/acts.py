"""What a step does for people, by set, inside its transaction: messages, tags, attributes, tasks, other journeys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from sqlalchemy.engine import Connection

from siyu.channels import Channels
from siyu.people import actions
from siyu.people.tags import give_tags, take_tags
from siyu.people.traits import checked_traits
from siyu.reach.guard import Guard
from siyu.reach.journeys import nodes
from siyu.reach.journeys.engine.crowd import Crowd, Places
from siyu.reach.journeys.engine.plan import HELD, LATER, NEXT
from siyu.reach.journeys.engine.published import Published
from siyu.reach.journeys.engine.telling import CALLED, tell
from siyu.reach.journeys.rewards import REWARDS
from siyu.reach.links import installation_name
from siyu.reach.outbox import intend_and_tell
from siyu.reach.senders import Standing, read_standing
from siyu.reach.staff_tasks.giving import give_tasks
from siyu.reach.staff_tasks.model import Origin
from siyu.storage import Stores
from siyu.storage.ledger import to_millis

PASSING = ("cap", "ratio", "cool_down", "fatigue")
"""Rules of the guard (by how their names begin) that hold nobody for ever: a message may wait for them."""

Outcomes = Mapping[str, Places]


@dataclass
class Acting:
    """For one version and one step."""

    stores: Stores
    channels: Channels
    published: Published
    guard: Guard
    moment: datetime = datetime.min
    rested: str = ""
    _senders: dict[str, Standing] = field(default_factory=dict[str, Standing])

    def at(self, moment: datetime, rested: str) -> Acting:
        """At this moment, for people who rested at a node."""
        self.moment, self.rested = moment, rested
        return self

    def act(self, conn: Connection, node: nodes.Any, who: Places, crowd: Crowd) -> Outcomes:
        """Do it for them; who goes which way from here."""
        if isinstance(node, nodes.Message):
            return self._message(conn, node, who, crowd)
        persons: list[int] = crowd.persons[who].tolist()
        if isinstance(node, nodes.Tag):
            self._tag(conn, node, persons)
        elif isinstance(node, nodes.Attribute):
            columns, attributes = checked_traits(node.set, "set")
            actions.tell_profiles(conn, self.moment, [(person, columns, attributes) for person in persons])
        elif isinstance(node, nodes.SubJourney):
            tell(conn, CALLED, persons, self.moment, journey=node.journey, by=self._name(node))
        elif isinstance(node, nodes.Reward):
            for run in np.unique(crowd.runs[who]):
                some: list[int] = crowd.persons[who[crowd.runs[who] == run]].tolist()
                REWARDS[node.gives](conn, some, node.terms, f"{self._name(node)}:{run}", self.moment)
        elif isinstance(node, nodes.Task):
            self._task(conn, node, who, crowd)
        return {NEXT: who}

    def _tag(self, conn: Connection, node: nodes.Tag, persons: Sequence[int]) -> None:
        by = self._name(node)
        for tag in node.add:
            give_tags(conn, self.moment, by, [(person, tag) for person in persons], origin="journey")
        for tag in node.remove:
            take_tags(conn, self.moment, by, [(person, tag) for person in persons], "journey")

    def _message(self, conn: Connection, node: nodes.Message, who: Places, crowd: Crowd) -> Outcomes:
        """Into the outbox, through the guard. Who is held for a reason that passes may wait for it."""
        sender = self._sender(conn, node)
        can_wait = node.when_held.do == "wait"
        over = (crowd.until[who] > 0) & (crowd.until[who] <= to_millis(self.moment))
        given_up = over & (node.id == self.rested)
        outcomes: dict[str, list[Places]] = {NEXT: [], HELD: [], LATER: []}
        for last_chance in (False, True):
            whose = who[given_up == last_chance]
            for run in np.unique(crowd.runs[whose]):
                of_run = whose[crowd.runs[whose] == run]
                persons = crowd.persons[of_run]
                waits_for = self._passing if can_wait and not last_chance else frozenset[str]()
                intention = sender.intention(
                    installation=installation_name(self.stores.home),
                    now=self.moment,
                    run=int(run),
                    asked_again=waits_for,
                )
                held = intend_and_tell(conn, self.guard, intention, persons.tolist())
                going = ~np.isin(persons, list(held))
                later = np.isin(persons, [person for person, reason in held.items() if reason in waits_for])
                outcomes[LATER].append(of_run[later])
                outcomes[HELD].append(of_run[~going & ~later])
                outcomes[NEXT].append(of_run[going])
        return {way: np.concatenate(parts) for way, parts in outcomes.items() if sum(map(len, parts))}

    @property
    def _passing(self) -> frozenset[str]:
        return frozenset(state.rule.name for state in self.guard.rules if state.rule.name.startswith(PASSING))

    def _sender(self, conn: Connection, node: nodes.Message) -> Standing:
        if node.id not in self._senders:
            self._senders[node.id] = read_standing(conn, self.channels, self.published.senders[node.id])
        return self._senders[node.id]

    def _task(self, conn: Connection, node: nodes.Task, who: Places, crowd: Crowd) -> None:
        give_tasks(
            conn,
            origin=Origin(self.published.journey, self.published.version, node.id),
            script=node.script,
            title=node.title or node.id,
            minutes=node.minutes,
            escalate_to=node.escalate_to,
            persons=crowd.persons[who].tolist(),
            now=self.moment,
            runs=crowd.runs[who].tolist(),
        )

    def _name(self, node: nodes.Any) -> str:
        return f"journey:{self.published.journey}:{node.id}"
