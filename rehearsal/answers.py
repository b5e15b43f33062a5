"""Messages in, reactions out, and the truth about both on paper."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from rehearsal.memory import Memory
from rehearsal.population import Population
from rehearsal.reactions import WEARY_DAYS, Fate, Step, chances_of, fate_of, is_busy, is_gone
from rehearsal.receiver import Outcome
from rehearsal.segment import NOTICE, Message, order_properties, stamp
from rehearsal.world import APP, SHOP_ZONE, World


class Answers:
    """Decides what becomes of each message that arrives, and holds the reactions until their time."""

    def __init__(self, world: World, memory: Memory, now: Callable[[], float], haste: float = 1.0) -> None:
        self._world, self._memory, self._now, self._haste = world, memory, now, haste
        self._persons = directory(world.people)
        self._lock = threading.Lock()
        self._waiting: list[tuple[float, str, Message]] = []
        self._arrived: dict[int, list[float]] = {}
        self.settled: dict[str, Outcome] = {}
        self._recall()

    def _recall(self) -> None:
        """After a restart: who was answered what, and which reactions are still owed."""
        owed: dict[str, tuple[float, Message]] = {}
        for truth in self._memory.truths():
            match truth["kind"]:
                case "refused":
                    self.settled[truth["delivery_id"]] = ("refused", truth["reason"])
                case "received":
                    self.settled[truth["delivery_id"]] = ("accepted", "")
                    self._arrived.setdefault(truth["person"], []).append(truth["time"])
                    owed.update(
                        {step["message"]["messageId"]: (step["due"], step["message"]) for step in truth["steps"]}
                    )
                case "told":
                    owed.pop(truth["message"], None)
                case _:
                    pass
        self._waiting = [(due, message_id, message) for message_id, (due, message) in owed.items()]
        heapq.heapify(self._waiting)

    def decide(self, message: Mapping[str, Any], tried: int) -> Outcome:
        """For the mailbox: accepted, refused for ever, or passing."""
        delivery = str(message["delivery_id"])
        person = self._person(message)
        if person is None:
            return self._refuse(delivery, "unknown_person")
        if is_gone(self._world.people, person):
            return self._refuse(delivery, "address_dead")
        if is_busy(delivery, tried):
            return "passing", "busy"
        self._receive(delivery, person, message)
        return "accepted", ""

    def _person(self, message: Mapping[str, Any]) -> int | None:
        identifiers: Mapping[str, Any] = message.get("identifiers") or {}
        found = (self._persons.get(str(value)) for value in identifiers.values())
        return next((person for person in found if person is not None), None)

    def _refuse(self, delivery: str, reason: str) -> Outcome:
        truth = {"kind": "refused", "at": self._stamp(), "delivery_id": delivery, "reason": reason}
        self._memory.write(truth)
        return "refused", reason

    def _stamp(self) -> str:
        return stamp(int(self._now() * 1000))

    def _receive(self, delivery: str, person: int, message: Mapping[str, Any]) -> None:
        now = self._now()
        local = datetime.fromtimestamp(now, SHOP_ZONE)
        day = (local.date() - self._world.since).days
        arrived = [moment for moment in self._arrived.get(person, []) if moment > now - WEARY_DAYS * 86_400]
        people = self._world.people
        chances = chances_of(people, person, day, local.hour + local.minute / 60, message, len(arrived))
        usual = {column: int(item) for column, item in enumerate(self._world.favourite[person]) if item >= 0}
        text = f"{message.get('title', '')} {message.get('text', '')}"
        fate = fate_of(people, person, delivery, chances, text, usual)
        self._arrived[person] = [*arrived, now]
        steps = [
            (now + step.after / self._haste, self._call(delivery, person, step, message, now)) for step in fate.steps
        ]
        self._memory.write(
            {
                "kind": "received",
                "at": self._stamp(),
                "time": now,
                "delivery_id": delivery,
                "broadcast": message.get("broadcast"),
                "person": person,
                "user_id": people.user_id(person),
                "recent": len(arrived),
                "chances": _as_written(fate),
                "steps": [{"due": due, "message": call} for due, call in steps],
            }
        )
        with self._lock:
            for due, call in steps:
                heapq.heappush(self._waiting, (due, str(call["messageId"]), call))

    def _call(self, delivery: str, person: int, step: Step, message: Mapping[str, Any], now: float) -> Message:
        about = {"delivery_id": delivery, "channel": "webhook"}
        if message.get("broadcast") is not None:
            about["broadcast"] = message["broadcast"]
        call: Message = {
            "messageId": f"{delivery}-{step.what}",
            "timestamp": stamp(int((now + step.after / self._haste) * 1000)),
            "type": "track",
            "event": step.what,
            "userId": self._world.people.user_id(person),
            "properties": about,
        }
        if step.what == "bought":
            call["event"] = "Order Completed"
            call["properties"] = order_properties(f"TYM-{delivery}", step.lines, APP, **about)
        elif step.what == "unsubscribed":
            call["properties"] = {**about, "purpose": "marketing", "channel": "any", "notice": NOTICE}
        return call

    def due(self, calls_max: int) -> list[Message]:
        """The reactions whose time has come."""
        now = self._now()
        found: list[Message] = []
        with self._lock:
            while self._waiting and self._waiting[0][0] <= now and len(found) < calls_max:
                found.append(heapq.heappop(self._waiting)[2])
        return found

    def told(self, calls: list[Message]) -> None:
        for call in calls:
            self._memory.write({"kind": "told", "at": self._stamp(), "message": call["messageId"]})

    @property
    def waiting(self) -> int:
        return len(self._waiting)


def _as_written(fate: Fate) -> dict[str, float]:
    chances = fate.chances
    return {
        "opens": chances.opens,
        "clicks": chances.clicks,
        "buys": chances.buys,
        "unsubscribes": chances.unsubscribes,
        "complains": chances.complains,
    }


def directory(people: Population) -> dict[str, int]:
    """Every identifier by which the product may know a person."""
    found: dict[str, int] = {}
    for person in range(len(people)):
        found[people.user_id(person)] = person
        found[people.counter_id(person)] = person
        found[people.device(person)] = person
        found[people.external_userid(person)] = person
        found[people.card(person)] = person
        if people.has_phone[person]:
            found[people.phone(person)] = found["+86" + people.phone(person)] = person
        if people.mailbox_of[person] == person:
            found[people.email(person)] = person
    return found


def bill(call: Message) -> dict[str, Any]:
    """An order as the truth tells it."""
    properties = call["properties"]
    return {"order": properties["order_id"], "total": properties["total"], "user_id": call["userId"]}
