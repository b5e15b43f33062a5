"""An account at a simulated SMS service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.running import Running
from rehearsal.platforms.sms import sms
from siyu.channels.accounts import open_account, usable_account
from siyu.channels.platform.applier import Applier
from siyu.channels.platform.callbacks import address
from siyu.channels.platform.exchange import Exchange
from siyu.channels.protocol import Account, Check, Message, Outcome
from siyu.channels.registry import Channels, receivers_of
from siyu.channels.sms.channel import SmsChannel
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.storage import ManualClock, Stores
from siyu.web.callbacks import Door
from tests.channels.platform.simulator import running as serving
from tests.platform_worlds import running

SECRET, SIGN = "the-access-key-secret", "汀屿美妆"
TEMPLATES = {
    "SMS_1": {"kind": "promotion", "variables": ["name"]},
    "SMS_2": {"kind": "notice"},
    "SMS_3": {"kind": "code", "variables": ["code"]},
}
PHONE = "13800138000"


@dataclass
class Shop:
    """An account at a simulated SMS service whose clock is the product's."""

    stores: Stores
    platform: Running
    key: str
    number: int
    url: str
    channel: SmsChannel
    channels: Channels

    @property
    def account(self) -> Account:
        return usable_account(self.stores, self.number)

    def later(self, **step: float) -> None:
        clock = self.stores.clock
        assert isinstance(clock, ManualClock)
        clock.advance(timedelta(**step))
        self.platform.door.post("clock", now=clock.now().timestamp())

    def send(self, number: int = 1, phone: str = f"+86{PHONE}", **content: str) -> Outcome:
        (outcome,) = self.channel.send(self.account, [self.message(number, phone, **content)])
        return outcome

    @staticmethod
    def message(number: int, phone: str = f"+86{PHONE}", **content: str) -> Message:
        said = {"template_code": "SMS_1", "data": "name: 林晓", "refusal": "R", **content}
        return Message(f"d-{number}", 1, phone, said)

    def arrived(self) -> list[dict[str, Any]]:
        return self.platform.door.get("texts", key=self.key)["texts"]

    def asked(self, action: str) -> int:
        last = self.platform.door.get("calls")["last"]
        return sum(f"Action={action}&" in each["body"] and self.key in each["body"] for each in last)

    def fault(self, **rule: Any) -> None:
        self.platform.door.post("faults", rules=[{"path": "/", **rule}] if rule else [])

    def heard(self) -> None:
        """Reports and replies on their way arrive and are applied."""
        assert self.platform.door.post("settle")["settled"]
        run_until_empty(Applier(self.stores, receivers_of()).step)
        Drain(self.stores).step()

    def replies(self, text: str, phone: str = PHONE) -> None:
        self.platform.door.post("reply", key=self.key, phone=phone, text=text)
        self.heard()

    def events(self) -> list[tuple[Any, ...]]:
        asked = "SELECT name, properties.`delivery_id`.:String, properties.`reason`.:String FROM events"
        return self.stores.events.rows(f"{asked} WHERE name NOT IN ('person_identified') ORDER BY time, name")

    def check(self) -> Check:
        return self.channel.check(self.account)


@pytest.fixture(scope="module")
def sms_world() -> Iterator[Running]:
    """Import it to use it."""
    with running(sms(clock=DomainClock(1_767_225_600.0, 0.0))) as found:
        yield found


keys = (f"LTAI5t{number:06d}" for number in range(100_000))


def a_shop(stores: Stores, world: Running) -> Iterator[Shop]:
    key = next(keys)
    door: Any = Door(stores, receivers_of())
    world.door.post("clock", now=stores.clock.now().timestamp())
    world.door.post("faults", rules=[])
    clock = stores.clock
    assert isinstance(clock, ManualClock)
    channel = SmsChannel(Exchange(stores, pause=lambda seconds: clock.advance(timedelta(seconds=seconds))))
    channels = Channels(channel)
    with serving(door):
        settings = {"access_key_id": key, "access_key_secret": SECRET, "sign_name": SIGN, "base_url": world.url}
        number, _ = open_account(stores, channels, channel="sms", name="短信", settings=settings)
        url = door.url + address(stores, "sms", number)
        world.door.post("account", key=key, secret=SECRET, sign=SIGN, templates=TEMPLATES, url=url)
        yield Shop(stores, world, key, number, url, channel, channels)
    channels.close()
