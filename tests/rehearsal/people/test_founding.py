"""The whole loop, over HTTP both ways: a product at work, a simulated WeCom and shop, and people who live there."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from rehearsal.memory import Memory
from rehearsal.people import manager, staff
from rehearsal.people.living import Neighbourhood
from rehearsal.population import make_population
from siyu import app
from siyu.channels import channels_of
from siyu.people import write_keys
from siyu.reach.greeting import Greeter
from siyu.settings import Settings
from siyu.staff import actions
from siyu.staff.model import SYSTEM
from siyu.storage import Stores, SystemClock
from siyu.web.app import create_app
from siyu.web.outside import Outside

SECONDS_MAX = 60.0
PACE = 6_000.0
"""A day of theirs in 14 seconds."""


@dataclass
class Product:
    address: str
    key: str
    write_key: str

    def get(self, path: str) -> Any:
        return self._asked("GET", path)

    def count(self, rule: dict[str, Any]) -> int:
        """People for whom a rule holds now."""
        return int(self._asked("POST", "/api/rules/count", {"rule": rule})["people"])

    def _asked(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = httpx.request(method, self.address + path, headers=headers, json=body, trust_env=False, timeout=30)
        assert answer.is_success, answer.text
        return answer.json()


@pytest.fixture
def product(stores: Stores) -> Iterator[Product]:
    """Web and background work on a port of the loopback, in real time."""
    app.load_rooms()
    live = replace(stores, clock=SystemClock())
    channels = channels_of(live)
    greeter = Greeter(live, channels)
    server = uvicorn.Server(uvicorn.Config(
        create_app(live, outside=Outside(channels=channels, hurry=greeter)), port=0, log_config=None, lifespan="off"
    ))  # fmt: skip
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    _, secret = actions.create_key(live, SYSTEM, name="manager", role="admin")
    greeter.start()
    with ExitStack() as stack:
        stack.enter_context(app._working(live, Settings(home=live.home), channels, greeter, address))
        yield Product(address, secret, write_keys.create(live, "rehearsal", "rehearsal", "server").key)
    greeter.stop()
    server.should_exit = True
    thread.join()
    channels.close()


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Product], Neighbourhood]]:
    """Opens the town beside a product. Asked for before the product, so that the platforms outlive it."""
    monkeypatch.setattr(manager, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(manager, "FRIENDS_MIN", 4)
    monkeypatch.setattr(staff, "NEVER", 0.0)  # one adviser alone may have them all, and must not forget the task
    population = make_population(7, 200, date(2025, 3, 2))
    memory = Memory(tmp_path / "rehearsal")
    opened: list[Neighbourhood] = []

    def open_town(product: Product) -> Neighbourhood:
        folder = tmp_path / "rehearsal" / "town"
        opened.append(Neighbourhood(population, memory, folder, product.address, product.key, pace=PACE))
        return opened[-1]

    yield open_town
    opened[-1].close()
    memory.close()


def live_until(town: Neighbourhood, happened: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + SECONDS_MAX
    while time.monotonic() < end:
        town.step()
        if found := happened():
            return found
        time.sleep(0.1)
    raise AssertionError(f"in {SECONDS_MAX:.0f} s not: {what}")


def test_friends_come_are_welcomed_written_to_and_buy_and_the_figures_move_and_all_goes_on_after_a_restart(
    begin: Callable[[Product], Neighbourhood], product: Product
) -> None:
    town = begin(product)

    def acts(what: str) -> list[dict[str, Any]]:
        return [each for each in town.memory.truths() if each["kind"] == "life" and each["what"] == what]

    live_until(town, lambda: len(acts("added")) >= 5, "friends come")
    live_until(town, lambda: acts("welcomed"), "a friend is welcomed")
    live_until(town, lambda: acts("bought"), "somebody buys")
    live_until(town, lambda: acts("tagged"), "an adviser notes what a friend said")
    live_until(town, lambda: acts("received"), "a broadcast arrives")
    welcomes = product.get("/api/welcomes")["welcomes"]
    assert welcomes[0]["counts"]["sent"] >= 1
    bought = {"type": "did", "event": "order_paid"}
    friends = {"type": "all", "rules": [bought, {"type": "did", "event": "friend_added"}]}
    live_until(town, lambda: product.count(friends), "who is a friend and bought counts as one person")
    codes = product.get("/api/ways")["ways"]
    assert sorted(each["state"] for each in codes) == sorted(town.town.places.codes)
    assert {each["stage"] for each in codes} == {"live"}
    accounts = {each["channel"]: each for each in product.get("/api/accounts")}
    assert accounts.keys() == {"wecom", "shop"}
    minds = set(town.town.remembered.minds)
    town.close()
    again = begin(product)
    assert again.town.remembered.minds.keys() >= minds
    assert len(product.get("/api/accounts")) == 2
    assert {each["id"] for each in product.get("/api/ways")["ways"]} == {each["id"] for each in codes}
    assert len(product.get("/api/welcomes")["welcomes"]) == 1


def test_the_program_with_an_api_key_opens_the_town_and_ends_when_its_input_is_closed(
    product: Product, tmp_path: Path
) -> None:
    command = ["--server", product.address, "--state", str(tmp_path / "state"), "--live", "--json", "--people", "60"]
    keys = {"REHEARSAL_WRITE_KEY": product.write_key, "REHEARSAL_API_KEY": product.key}
    with subprocess.Popen(
        [sys.executable, "-m", "rehearsal", *command, "--pace", str(PACE)],
        env={**os.environ, **keys}, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    ) as running:  # fmt: skip
        end = time.monotonic() + SECONDS_MAX
        while not product.count({"type": "did", "event": "friend_added"}):
            assert time.monotonic() < end, "no friend came"
            assert running.poll() is None
            time.sleep(0.3)
        assert running.stdin is not None
        running.stdin.close()
        running.stdin = None
        assert running.wait(timeout=SECONDS_MAX) == 0
    assert (tmp_path / "state" / "town" / "town.json").exists()
