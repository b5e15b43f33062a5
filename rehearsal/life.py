"""Playing the world to a product: first the past, then on and on, with answers to its messages in between."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import sleep, time

from rehearsal.answers import Answers, bill
from rehearsal.memory import Memory
from rehearsal.plan import Plan
from rehearsal.segment import BATCH_EVENTS_MAX, Message, batches, stamp
from rehearsal.shop_api import ShopApi
from rehearsal.world import DAY_MS

TICK_SECONDS = 0.25
ANSWERS_A_TICK_MAX = 2_000
DAYS_TOGETHER_MAX = 5

Told = Callable[[str, int, int], None]
"""Progress: (stage, done, all)."""


def tell_history(plan: Plan, memory: Memory, shop: ShopApi, now_ms: int, told: Told) -> None:
    """Everything up to now. Where this stops, it goes on next time."""
    world, place = plan.world, plan.place
    days = max(1, -(-(now_ms - world.midnight_ms(0)) // DAY_MS))
    shown, reached = -1, (place.day, place.told)
    try:
        while calls := _some_days(plan, now_ms):
            _send(shop, calls)
            reached = place.day, place.told
            if place.day != shown:
                shown = place.day
                memory.keep(place)
                told("history", min(place.day, days), days)
    except BaseException:
        place.day, place.told = reached  # what was not sent is told next time
        raise
    memory.keep(place)
    told("history", days, days)


def _some_days(plan: Plan, now_ms: int) -> list[Message]:
    """One request's worth: each waits for a disk, so the small days of a small shop go together."""
    found: list[Message] = []
    first = plan.place.day
    while plan.place.day - first < DAYS_TOGETHER_MAX and len(found) < BATCH_EVENTS_MAX:
        calls = plan.due(now_ms, BATCH_EVENTS_MAX - len(found))
        if not calls:
            break
        plan.told(len(calls))
        found += calls
    return found


class Life:
    """Goes on living. The plan's time runs ``speed`` times as fast as the clock; no call is dated in the future.

    ``town``: lets the people on the platforms do what is due; how many things they did. ``days``: after so many of the
    clock everybody rests, while the platforms stay open; 0: never."""

    def __init__(
        self,
        plan: Plan,
        answers: Answers,
        memory: Memory,
        shop: ShopApi,
        *,
        speed: float = 1.0,
        town: Callable[[], int] | None = None,
        days: float = 0.0,
        now: Callable[[], float] = time,
    ) -> None:
        self._plan, self._answers, self._memory, self._shop = plan, answers, memory, shop
        self._speed, self._now, self._town = speed, now, town
        self._began = now()
        self._rests = self._began + days * 86_400 if days else math.inf
        self._plan_began_ms = max(int(self._began * 1000), plan.world.midnight_ms(plan.place.day))

    def live(self, until: Callable[[], bool], told: Told) -> None:
        """Ticks until ``until()`` is true."""
        calls = 0
        while not until():
            if self._now() >= self._rests:
                self._rest()
                told("resting", calls, 0)
                until_stopped(until)
                return
            sent = self.tick()
            if sent or not calls:
                calls += sent
                told("live", calls, 0)
            sleep(TICK_SECONDS)

    def _rest(self) -> None:
        """Up to this moment all is told; what is still to come never will be."""
        at = self._now()
        self.tick()
        self._memory.write({"kind": "rested", "at": stamp(int(at * 1000)), "time": at})

    def tick(self) -> int:
        """Send everything that is due; how many calls, and things done on the platforms, that was."""
        answers = self._answers.due(ANSWERS_A_TICK_MAX)
        _send(self._shop, answers)
        self._answers.told(answers)
        return len(answers) + self._go_on() + (self._town() if self._town else 0)

    def _go_on(self) -> int:
        now = self._now()
        reached = int(self._plan_began_ms + (now - self._began) * 1000 * self._speed)
        latest = stamp(int(now * 1000))
        sent = 0
        while calls := self._plan.due(reached, BATCH_EVENTS_MAX):
            dated = [{**call, "timestamp": min(str(call["timestamp"]), latest)} for call in calls]
            _send(self._shop, dated)
            for call in dated:
                if call.get("event") == "Order Completed":
                    self._memory.write({"kind": "order", "at": call["timestamp"], "cause": None, **bill(call)})
            self._plan.told(len(calls))
            sent += len(calls)
        if sent:
            self._memory.keep(self._plan.place)
        return sent


def until_stopped(until: Callable[[], bool]) -> None:
    while not until():
        sleep(TICK_SECONDS)


def _send(shop: ShopApi, calls: list[Message]) -> None:
    for _, body in batches(calls):
        shop.post_batch(body)
