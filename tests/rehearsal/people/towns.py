"""A town in a test: simulators on the loopback, somebody who listens for what they tell, and a clock that is moved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rehearsal.people import turns
from rehearsal.people.diary import Diary
from rehearsal.people.founding import ADVISERS, CODES, SHOP, Founded, found_company
from rehearsal.people.street import HttpStreet
from rehearsal.people.town import Town
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.running import Running
from rehearsal.platforms.orders import shops
from rehearsal.platforms.wecom.assembled import wecom
from rehearsal.population import make_population
from rehearsal.world import SHOP_ZONE
from tests.platform_worlds import HTTP, Listener, Shop, listening

BEGAN = datetime(2026, 3, 2, 8, 0, tzinfo=SHOP_ZONE).timestamp()
PEOPLE, SEED = 300, 11
HOUR = 3_600.0
TEXT = "精华限时 8 折，面膜小课堂"


@dataclass
class Play:
    """``truths``: the diary's lines; ``listener``: what the product would have heard of orders."""

    town: Town
    shop: Shop
    founded: Founded
    truths: list[dict[str, Any]]
    listener: Listener
    platforms: tuple[Running, Running]

    def live(self, hours: float, step: float = 1.0) -> None:
        """Everybody's time moves on, an hour at a turn."""
        for _ in range(round(hours / step)):
            for running in self.platforms:
                running.door.post("clock", move_seconds=step * HOUR)
            self.town.clock.move(step * HOUR)
            while turns.step(self.town):
                pass

    def did(self, what: str) -> list[dict[str, Any]]:
        return [each for each in self.truths if each["what"] == what]

    def orders(self) -> list[dict[str, Any]]:
        """What the shop's platform told, of payments and returns."""
        self.platforms[1].door.post("settle")
        told = [json.loads(body) for path, _, body in self.listener.heard if path == "/orders"]
        return [each for each in told if each["type"] in ("order_paid", "order_returned")]


@contextmanager
def playing(a_day: float = 40.0, seed: int = SEED) -> Iterator[Play]:
    population = make_population(seed, PEOPLE, date(2025, 3, 2))
    truths: list[dict[str, Any]] = []
    with (
        Running(wecom(clock=DomainClock(BEGAN, 0.0))) as platform,
        Running(shops(clock=DomainClock(BEGAN, 0.0))) as stores,
        listening() as listener,
    ):
        founded = Founded()
        found_company(platform, founded)
        shop = Shop(platform, founded.corpid, founded.secret)
        for state in CODES:  # where a product is, its manager makes them there
            way = {"type": 2, "scene": 2, "state": state, "user": list(ADVISERS)}
            founded.codes[state] = shop.call("externalcontact/add_contact_way", way)["config_id"]
        where = {"url": f"{listener.url}/orders", "secret": founded.shop_secret}
        stores.door.post("shop", shop=SHOP, platform="shop", **where)
        street = HttpStreet(platform.door, stores.door, founded.places, "http://127.0.0.1:9", HTTP)
        clock = DomainClock(BEGAN, 0.0)
        town = Town(population, street, founded.places, Diary(truths.append, clock.now), clock, a_day)
        yield Play(town, shop, founded, truths, listener, (platform, stores))


def broadcast(play: Play, text: str = TEXT) -> str:
    """A mass task to everybody, as the product would make it."""
    told = [each["external_userid"] for each in play.shop.door.get(
        "state", corpid=play.founded.corpid, drawer="customers")["rows"]]  # fmt: skip
    return play.shop.call("externalcontact/add_msg_template", external_userid=told, text={"content": text})["msgid"]
