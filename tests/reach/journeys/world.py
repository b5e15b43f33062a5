"""People on their way: what happens, time that passes, the engine's rounds, and where everybody is then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from siyu.jobs.turns import run_until_empty
from siyu.people import families, projection
from siyu.people.drain import Drain
from siyu.people.segment import split
from siyu.reach.journeys.engine import Engine
from siyu.reach.journeys.engine.asking import Asking
from siyu.reach.journeys.engine.hearing import begin
from siyu.reach.journeys.engine.published import Published
from siyu.reach.journeys.model import Journey, parse
from siyu.reach.journeys.nodes import Message
from siyu.reach.journeys.tables import journey_counts, journey_people, journey_versions, journeys
from siyu.reach.senders import stand
from siyu.reach.staff_tasks.doing import Result, finish
from siyu.reach.staff_tasks.model import UNDONE, Looker
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.reach.tables import broadcasts, outbox
from siyu.storage.ledger import to_millis
from tests.people.calls import track
from tests.reach.world import World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class _KeepsUp(Engine):
    """Every step finds the projection up to date."""

    def _step(self, published: Published, place: int, asking: Asking) -> int:
        projection.project_all(self._stores)
        return super()._step(published, place, asking)


@dataclass
class Road(World):
    """One journey (more if asked for), and those who walk it. Events come by the intake, as everybody's do."""

    keeps_up: bool = False
    """Whether what a step notes of people is known to rules at the next one."""
    _messages: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        begin(self.stores)
        self.engine = (_KeepsUp if self.keeps_up else Engine)(self.stores, self.channels)
        self.trees: dict[int, Journey] = {}

    def people(self, many: int = 1, **columns: Any) -> list[int]:
        """With consent, known to rules too."""
        numbers = self.add(many, **columns)
        with self.stores.ledger.write() as conn:
            families.mark_changed(conn, self.clock.now(), numbers)
        projection.project_all(self.stores)
        return numbers

    def publish(self, nodes: list[dict[str, Any]], *, journey: int | None = None, **document: Any) -> int:
        """A version of a (new) journey as if by the editor; without a word about it people come in by "come"."""
        asked = {
            "name": "旅程",
            "trigger": {"type": "event", "on": {"event": "come"}},
            "nodes": nodes,
            "start": nodes[0]["id"] if nodes else None,
        } | document
        tree = parse(asked)
        now = self.clock.now()
        with self.stores.ledger.write() as conn:
            if journey is None:
                row = {"name": "旅程", "draft": asked, "state": "running", "version": 1, "salt": "s", "by": "test"}
                made = sa.insert(journeys).values(**row, created=now, changed=now).returning(journeys.c.id)
                journey, version = int(conn.execute(made).scalar_one()), 1
            else:
                last = sa.select(sa.func.max(journey_versions.c.version)).where(journey_versions.c.journey == journey)
                version = conn.execute(last).scalar_one() + 1
                conn.execute(sa.update(journeys).where(journeys.c.id == journey).values(version=version))
            conn.execute(
                sa.insert(journey_versions).values(
                    journey=journey, version=version, document=asked, published=now, by="test"
                )
            )
            for node in tree.nodes:
                if isinstance(node, Message):
                    stand(
                        conn,
                        journey=journey,
                        version=version,
                        node=node.id,
                        name=node.id,
                        kind=node.kind,
                        tone=node.tone,
                        channels=node.channels,
                        content=node.content,
                        when_unknown=node.when_unknown,
                        priority=tree.priority,
                        salt="s",
                        by="test",
                        now=now,
                    )
        self.trees[journey] = tree
        return journey

    def saying(self, id: str, next: str | None = None, **fields: Any) -> dict[str, Any]:
        return {"type": "message", "id": id, "next": next, **self.content(id), **fields}

    def content(self, text: str) -> dict[str, Any]:
        return {"channels": self.accounts, "content": {fake.name: {"text": text} for fake in self.fakes}}

    def happens(self, event: str, *persons: int, at: datetime | None = None, **properties: Any) -> None:
        """Everybody did it at a moment (now), and the product heard of it."""
        calls: list[dict[str, Any]] = []
        for person in persons:
            self._messages += 1
            moment = (at or self.clock.now()).isoformat()
            calls.append(
                track(f"u{person}", event, messageId=f"m{self._messages}", timestamp=moment, properties=properties)
            )
        self.arrive(calls)

    def again(self) -> None:
        """What came last comes once more, the same message."""
        self.arrive(self._last)

    def arrive(self, calls: list[dict[str, Any]]) -> None:
        self._last = calls
        body = msgspec.json.encode({"batch": calls})
        split("batch", body)
        self.stores.inbox.append(self.clock.now(), "segment:batch", "web", len(calls), body).result(timeout=10)
        self.drain()
        self.hears()

    def hears(self) -> None:
        """The engine hears of it, and nobody is moved yet."""
        while self.engine.hear():
            pass

    def drain(self) -> None:
        run_until_empty(Drain(self.stores).step)

    def passes(self, span: timedelta) -> None:
        """Time passes, and the engine does all there is to do."""
        self.clock.at += span
        self.go()

    def go(self, rounds_max: int = 50) -> None:
        for _ in range(rounds_max):
            if not self.engine.round():
                return
            self.drain()
        raise AssertionError("the engine does not come to rest")

    def where(self, journey: int) -> dict[int, str]:
        """Each person's node, or ``!`` and how they left; the last run of each."""
        with self.stores.ledger.read() as conn:
            rows = conn.execute(
                sa.select(journey_people).where(journey_people.c.journey == journey).order_by(journey_people.c.run)
            ).all()
            documents = {
                row.version: parse(row.document)
                for row in conn.execute(sa.select(journey_versions).where(journey_versions.c.journey == journey))
            }
        return {
            row.person: f"!{row.how}"
            if row.left
            else (documents[row.version].nodes[row.node].id if row.node >= 0 else "gate")
            for row in rows
        }

    def counts(self, journey: int) -> dict[tuple[str, str, str], int]:
        with self.stores.ledger.read() as conn:
            rows = conn.execute(sa.select(journey_counts).where(journey_counts.c.journey == journey))
            return {(row.node, row.way, row.to): row.people for row in rows}

    def sent(self) -> list[tuple[int, str]]:
        """Who got what, as the channel saw it, in order."""
        self.deliver()
        return [(message.person, message.content["text"]) for fake in self.fakes for message in fake.received]

    def anew(self) -> None:
        """Nobody goes on with what was published until now."""
        with self.stores.ledger.write() as conn:
            conn.execute(sa.update(journeys).values(state="stopped"))

    def runs(self, journey: int) -> dict[tuple[int, int], str]:
        """Where each was, each time."""
        with self.stores.ledger.read() as conn:
            rows = conn.execute(sa.select(journey_people).where(journey_people.c.journey == journey)).all()
        return {
            (row.person, row.run): f"!{row.how}"
            if row.left
            else (self.trees[journey].nodes[row.node].id if row.node >= 0 else "")
            for row in rows
        }

    def goals(self, journey: int) -> dict[tuple[int, int], int]:
        """When each did what it is for, by those who have."""
        there = journey_people.c
        with self.stores.ledger.read() as conn:
            rows = conn.execute(sa.select(journey_people).where(there.journey == journey, there.goal.is_not(None)))
            return {(row.person, row.run): to_millis(row.goal) for row in rows}

    def finish_task(self, journey: int, node: str, person: int) -> bool:
        """Staff does what a step asks of them for somebody; whether there is such a task."""
        of = staff_tasks.c
        with self.stores.ledger.read() as conn:
            asked = sa.select(of.id).where(of.journey == journey, of.node == node, of.person == person)
            number = conn.execute(asked.where(of.state.in_(UNDONE)).order_by(of.id)).scalar()
        if number is None:
            return False
        finish(self.stores, Looker(True), "staff:1", number, Result(outcome="reached"))
        self.drain()
        self.go()
        return True

    def paths(self, journey: int) -> dict[tuple[int, int], list[str]]:
        """The ways that each went, each time, as the events tell it; without the way in."""
        self.drain()
        rows = self.stores.events.rows(
            "SELECT person, properties.run.:Int64, properties.path.:`Array(Nullable(String))` FROM events "
            "WHERE name = 'journey_step' AND properties.journey.:Int64 = {journey:Int64} ORDER BY batch, record",
            {"journey": journey},
        )
        found: dict[tuple[int, int], list[str]] = {}
        for person, run, path in rows:
            found.setdefault((person, run), []).extend(way for way in path if not way.startswith("."))
        return {key: path for key, path in found.items() if path}

    def outbox(self, journey: int) -> list[tuple[int, str]]:
        """The messages that are to be sent, or were: (person, node)."""
        with self.stores.ledger.read() as conn:
            rows = conn.execute(
                sa.select(outbox.c.person, broadcasts.c.node)
                .join(broadcasts, broadcasts.c.id == outbox.c.broadcast)
                .where(broadcasts.c.journey == journey, outbox.c.state != "held")
            )
            return sorted((row.person, row.node) for row in rows)
