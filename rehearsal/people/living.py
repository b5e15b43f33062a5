"""Everything of the town in one hand: its simulators, its founding, its people, its manager; and what it remembers."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx

from rehearsal.memory import Memory
from rehearsal.people import founding, plans, turns
from rehearsal.people.board import ProductBoard
from rehearsal.people.diary import Diary
from rehearsal.people.manager import Manager
from rehearsal.people.street import HttpStreet
from rehearsal.people.town import A_DAY, Town
from rehearsal.platforms.core.clock import DomainClock, Time, of_the_machine
from rehearsal.platforms.core.running import Running
from rehearsal.platforms.orders import shops
from rehearsal.platforms.wecom.assembled import wecom
from rehearsal.population import Population
from rehearsal.shop_api import Refused
from rehearsal.world import SHOP_ZONE

PACE = 480.0
"""People's seconds in one of the platforms': a day of theirs is three minutes."""

KEEP_SECONDS = 5.0


class Neighbourhood:
    """Opens it all; :meth:`step` lets it live on; :meth:`close` writes it down. ``folder`` is the rehearsal's; ``told``
    is the product's time and the platforms'."""

    def __init__(
        self,
        people: Population,
        memory: Memory,
        folder: Path,
        server: str,
        api_key: str,
        *,
        pace: float = PACE,
        told: Time | None = None,
        a_day: float = A_DAY,
    ) -> None:
        told = told or of_the_machine()
        now = told.now
        self.memory, self._now, self._folder = memory, now, folder
        folder.mkdir(parents=True, exist_ok=True)
        founded = founding.recall(folder / "founded.json")
        self._wecom = _running(founded.wecom_port, lambda port: Running(wecom(folder / "wecom.db", told.clock()), port))
        self._shops = _running(founded.shops_port, lambda port: Running(shops(folder / "shops.db", told.clock()), port))
        self._product = founding.Product(server, api_key)
        self._http = httpx.Client(trust_env=False)
        founded.wecom_port, founded.shops_port = self._wecom.port, self._shops.port
        if not founded.open_kfid:
            founding.found_company(self._wecom, founded)
            founding.keep(folder / "founded.json", founded)
        founding.connect(self._product, self._wecom, self._shops, founded)
        founding.keep(folder / "founded.json", founded)
        remembered = plans.recall(folder / "town.json")
        street = HttpStreet(self._wecom.door, self._shops.door, founded.places, self._product.address, self._http)
        clock = DomainClock(max(remembered.clock, now()), pace)
        diary = Diary(memory.write, now)
        board = ProductBoard(self._product, Refused)
        self.town = Town(people, street, founded.places, diary, clock, a_day, board=board, remembered=remembered)
        self._manager = Manager(self._product, founded.account, clock.now())
        self.keep()

    def step(self) -> int:
        """All that is due; how many things that was."""
        done = turns.step(self.town)
        friends = sum(mind.friend for mind in self.town.remembered.minds.values())
        self._manager.step(friends, self.town.clock.now(), datetime.fromtimestamp(self._now(), SHOP_ZONE))
        if time.monotonic() - self._kept > KEEP_SECONDS:
            self.keep()
        return done

    def keep(self) -> None:
        plans.keep(self._folder / "town.json", self.town.remembered)
        self._kept = time.monotonic()

    def close(self) -> None:
        self.keep()
        for each in (self._http, self._product, self._wecom, self._shops):
            each.close()


def _running(port: int, run: Callable[[int], Running]) -> Running:
    """On the port it had before, so that the accounts in the product stay right; on another if that is taken."""
    try:
        return run(port)
    except OSError:
        return run(0)
