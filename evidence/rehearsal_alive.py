"""“Look around”, and within three minutes one sees friends come by a WeCom code, be welcomed, be tagged, get a
broadcast and buy, while the figures move. The product as an operator starts it, and only what its API shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evidence.harness import Evidence, Goal, Scale, at_most, equal, fresh_home
from evidence.living_shop import LivingShop

CLAIM = "rehearsal.alive"
WATCHED_SECONDS = 180.0
PATIENCE_SECONDS = 240.0
LOOK_SECONDS = 0.5
FRIEND: dict[str, Any] = {"type": "did", "event": "friend_added"}
BUYER: dict[str, Any] = {"type": "did", "event": "order_paid", "window": {"type": "last", "n": 1}}
SMALL_PACE = 3_600
"""Small scale: all time runs faster; a day is 24 seconds."""


def measure(scale: Scale) -> Evidence:
    size = {"people": 10_000, "haste": 1} if scale == "full" else {"people": 100, "haste": 1, "pace": SMALL_PACE}
    with fresh_home() as folder:
        watch = Watch(folder / "home", size)
        try:
            seen = watch.until_all_is_seen()
        finally:
            ended = watch.shop.close()
        counted, true = watch.friends, watch.friends_in_truth()
    goals: list[Goal] = [at_most(f"{name}_after_seconds", after, WATCHED_SECONDS, "s") for name, after in seen.items()]
    goals += [
        equal("seen", len(seen), len(watch.sights())),
        equal("friends_that_nobody_added", max(0, counted - true), 0),
        equal("exit_status", ended, 0),
    ]
    return Evidence(
        CLAIM,
        f"{size['people']:,} people and a year of theirs, then watched",
        goals,
        {"open_after_seconds": round(watch.open_after, 1), "friends": counted, "friends_in_truth": true},
    )


class Watch:
    """Somebody who has just pressed the button, and looks."""

    def __init__(self, home: Path, size: dict[str, int]) -> None:
        self.shop = LivingShop(home, town=True, **size)
        self.shop.begin()
        self.shop.open_shop()
        self.open_after = self.shop.open_after_seconds
        self.before = self._figures()
        self.friends = 0

    def sights(self) -> dict[str, Callable[[], bool]]:
        return {
            "friends_come": lambda: self._people(FRIEND) >= 5,
            "welcomed": lambda: self._welcomed() >= 5,
            "tagged": lambda: any(each["people"] for each in self.shop.get("/api/tags")),
            "broadcast_arrives": lambda: self._people(FRIEND, {"type": "did", "event": "message_accepted"}) > 0,
            "a_friend_buys": lambda: self._people(FRIEND, BUYER) > 0,
            "figures_move": lambda: all(now > self.before[name] for name, now in self._figures().items()),
        }

    def until_all_is_seen(self) -> dict[str, float]:
        """What was seen, after how many seconds of watching."""
        began, seen = time.monotonic(), dict[str, float]()
        waiting = self.sights()
        while waiting and time.monotonic() - began < PATIENCE_SECONDS:
            for name in [name for name, looks in waiting.items() if looks()]:
                seen[name] = round(time.monotonic() - began, 1)
                del waiting[name]
            time.sleep(LOOK_SECONDS)
        self.friends = self._people(FRIEND)
        return seen

    def friends_in_truth(self) -> int:
        lives = (each for each in self.shop.truths() if each["kind"] == "life" and each["what"] == "added")
        return len({each["user_id"] for each in lives})

    def _welcomed(self) -> int:
        return sum(each["counts"].get("sent", 0) for each in self.shop.get("/api/welcomes")["welcomes"])

    def _figures(self) -> dict[str, float]:
        """Core figures of the last days, as the home page shows them."""
        told = self.shop.post("/api/reports/core", {"figures": ["orders", "gross_sales"]})["figures"]
        return {each["name"]: float(each["value"]) for each in told}

    def _people(self, *rules: dict[str, Any]) -> int:
        return self.shop.post("/api/rules/count", {"rule": {"type": "all", "rules": list(rules)}})["people"]
