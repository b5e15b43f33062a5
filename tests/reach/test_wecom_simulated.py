"""From a scan to a welcome, over HTTP both ways: a simulated WeCom calls the door, and is called."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from rehearsal.platforms.core.running import Running
from siyu.channels import channels_of, receivers_of
from siyu.channels.accounts import open_account
from siyu.channels.platform.applier import Applier
from siyu.channels.platform.callbacks import address
from siyu.channels.wecom.tables import wecom_contacts
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.people.tables import identifiers
from siyu.reach.greeting import Greeter
from siyu.reach.welcomes import WelcomeDraft, add_welcome, welcome_counts
from siyu.storage import ManualClock, Stores
from siyu.web.callbacks import Door
from tests.platform_worlds import AES_KEY, CORP, SECRET, TOKEN, Shop, listening, wecom_running

SECONDS_MAX = 60.0


class Installation:
    """The product's side: an account, the door (one event loop) and the greeter in a thread of its own."""

    def __init__(self, stores: Stores, url: str) -> None:
        self.stores = stores
        self.channels = channels_of(stores)
        settings = {
            "corp_id": CORP,
            "agent_id": "1000002",
            "secret": SECRET,
            "callback_token": TOKEN,
            "callback_aes_key": AES_KEY,
            "base_url": url,
        }
        self.account, _ = open_account(stores, self.channels, channel="wecom", name="店", settings=settings)
        self.greeter = Greeter(stores, self.channels)
        self.greeter.start()
        self._door = Door(stores, receivers_of(), self.greeter)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def hear(self, path: str, query: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """One callback through the door."""
        asked = self._asked(address(self.stores, "wecom", self.account), query, body)
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result(SECONDS_MAX)

    async def _asked(self, path: str, query: dict[str, str], body: bytes) -> tuple[int, bytes]:
        sent: list[Any] = []
        scope = {"type": "http", "method": "POST", "path": path, "headers": []}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._door({**scope, "query_string": urlencode(query).encode()}, receive, send)
        return sent[0]["status"], sent[1]["body"]

    def close(self) -> None:
        self.greeter.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.channels.close()


@pytest.fixture
def platform() -> Iterator[Running]:
    with wecom_running() as running:
        yield running


@pytest.fixture
def shop(platform: Running) -> Shop:
    made = Shop(platform)
    made.hire("zhangsan", "lisi", mobile="16400000001")
    return made


@pytest.fixture
def siyu(stores: Stores, shop: Shop) -> Iterator[Installation]:
    made = Installation(stores, shop.url)
    with listening() as listener:
        listener.answer = made.hear
        shop.listen(listener)
        yield made
        shop.door.post("settle")
    made.close()


def welcomes(shop: Shop, count: int) -> list[dict[str, Any]]:
    """What reached people, as soon as it is as much as that."""
    end = time.monotonic() + SECONDS_MAX
    while time.monotonic() < end:
        found = [each for each in shop.delivered() if each["kind"] == "welcome"]
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError("nobody was welcomed in time")


def test_whoever_adds_an_adviser_is_welcomed_by_name_and_once(siyu: Installation, shop: Shop) -> None:
    rule = add_welcome(siyu.stores, "test", WelcomeDraft("新人", "{{ person.name }}，欢迎光临"))
    friends = [shop.befriend("zhangsan", name="李四"), shop.befriend("lisi", name="王五")]
    found = welcomes(shop, 2)
    assert sorted((each["userid"], each["to"]) for each in found) == [
        ("lisi", [friends[1]]),
        ("zhangsan", [friends[0]]),
    ]
    assert sorted(each["content"]["text"]["content"] for each in found) == ["李四，欢迎光临", "王五，欢迎光临"]
    siyu.greeter.stop()
    assert welcome_counts(siyu.stores) == {rule: {"sent": 2}}


def test_callbacks_that_come_twice_welcome_once(siyu: Installation, shop: Shop) -> None:
    shop.door.post("poster", repeats=1.0, late_seconds=0.2)
    rule = add_welcome(siyu.stores, "test", WelcomeDraft("新人", "欢迎"))
    shop.befriend("zhangsan")
    welcomes(shop, 1)
    shop.door.post("settle")
    siyu.greeter.stop()
    assert welcome_counts(siyu.stores) == {rule: {"sent": 1}}


def test_who_adds_by_half_and_then_wholly_is_one_customer_and_welcomed_once(siyu: Installation, shop: Shop) -> None:
    """Item 6 of the contract list."""
    assert isinstance(siyu.stores.clock, ManualClock)
    siyu.stores.clock.at = datetime.now(UTC)  # as the platform's
    rule = add_welcome(siyu.stores, "test", WelcomeDraft("新人", "欢迎"))
    half = shop.befriend("zhangsan", half=True)
    assert shop.befriend("zhangsan", external_userid=half) == half
    welcomes(shop, 1)
    shop.door.post("settle")
    siyu.greeter.stop()
    run_until_empty(Applier(siyu.stores, receivers_of()).step)
    run_until_empty(Drain(siyu.stores).step)
    assert welcome_counts(siyu.stores) == {rule: {"sent": 1}}
    assert len([each for each in shop.delivered() if each["kind"] == "welcome"]) == 1
    with siyu.stores.ledger.read() as conn:
        contacts = [
            tuple(each) for each in conn.execute(sa.select(wecom_contacts.c.external_userid, wecom_contacts.c.state))
        ]
        holders = conn.execute(sa.select(identifiers.c.person).where(identifiers.c.value == half)).scalars().all()
    assert (contacts, len(holders)) == ([(half, "friend")], 1)
    assert siyu.stores.events.rows("SELECT count() FROM events WHERE name = 'friend_added'") == [(1,)]
