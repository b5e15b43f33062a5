"""A merchant at a simulated WeChat Pay, and people whose rewards are paid by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import siyu.growth.payouts.giving  # noqa: F401  # money is given by it
from rehearsal.platforms.core.running import Running
from rehearsal.platforms.wechatpay import wechatpay
from siyu.channels.accounts import open_account, usable_account
from siyu.channels.platform.exchange import Exchange
from siyu.channels.protocol import Account
from siyu.channels.registry import Channels
from siyu.channels.wechatpay.channel import WechatPayChannel
from siyu.growth.payouts import keeping
from siyu.growth.payouts.model import Payout
from siyu.growth.payouts.paying import Payer
from siyu.growth.payouts.tables import payouts
from siyu.growth.purses import granting
from siyu.growth.purses.keeping import open_purse
from siyu.growth.purses.model import Wanted, written
from siyu.growth.purses.tables import rewards
from siyu.people.tables import identifiers, people
from siyu.storage import ManualClock, Stores
from tests.platform_worlds import running

APP, SERIAL, APIV3 = "wx0000000000000001", "5157F09EFDC096DE15EBE81A47057A72", "0123456789abcdef0123456789abcdef"
NUMBERS = count(1_900_000_001)

_key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
PRIVATE = _key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
_form = serialization.PublicFormat.SubjectPublicKeyInfo
PUBLIC = _key.public_key().public_bytes(serialization.Encoding.PEM, _form).decode()


@pytest.fixture(scope="module")
def pay_world() -> Iterator[Running]:
    """Import it to use it."""
    with running(wechatpay()) as found:
        yield found


@dataclass
class Till:
    """A pay account, a purse of 1,000 yuan, and the loop that pays."""

    stores: Stores
    platform: Running
    mch_id: str
    settings: dict[str, Any]
    channels: Channels
    number: int
    purse: int
    address: str = ""

    @property
    def account(self) -> Account:
        return usable_account(self.stores, self.number)

    @property
    def channel(self) -> WechatPayChannel:
        found = self.channels["wechatpay"]
        assert isinstance(found, WechatPayChannel)
        return found

    def payer(self) -> Payer:
        return Payer(self.stores, self.channel.exchange, self.address)

    def pays(self) -> None:
        """The loop until nothing is due."""
        payer = self.payer()
        while payer.step():
            pass

    def later(self, **step: float) -> None:
        clock = self.stores.clock
        assert isinstance(clock, ManualClock)
        clock.advance(timedelta(**step))
        self.pays()

    def people(self, persons: Sequence[int]) -> None:
        """They have come in WeChat: each has an open id."""
        now = self.stores.clock.now()
        with self.stores.ledger.write() as conn:
            rows = [{"person": each, "kept": each, "created": now, "changed": now} for each in persons]
            conn.execute(sa.insert(people), [{**row, "attributes": {}} for row in rows])
            named = [{"kind": f"openid:{APP}", "value": openid(each), "person": each} for each in persons]
            conn.execute(
                sa.insert(identifiers), [{**each, "since": now, "source": "official_account:shop"} for each in named]
            )

    def grant(self, key: str = "a", cents: int = 500, person: int = 1, campaign: str = "") -> int:
        """A reward's number."""
        with self.stores.ledger.write() as conn:
            wish = Wanted(key, self.purse, person, "money", cents, "春季红包", campaign)
            (outcome,) = granting.grant(conn, self.stores.clock.now(), "system", [wish])
        assert outcome.reward is not None
        return outcome.reward

    def payout(self, reward: int) -> Payout:
        found = keeping.payout_of(self.stores, reward)
        assert found is not None
        return found

    def stage(self, reward: int) -> str:
        with self.stores.ledger.read() as conn:
            return conn.execute(sa.select(rewards.c.stage).where(rewards.c.id == reward)).scalar_one()

    def bills(self) -> list[dict[str, Any]]:
        return self.platform.door.get("bills", mch_id=self.mch_id)["bills"]

    def change(self, **merchant: Any) -> None:
        self.platform.door.post("change", mch_id=self.mch_id, **merchant)

    def fault(self, **rule: Any) -> None:
        self.platform.door.post("faults", rules=[{"path": "*", **rule}] if rule else [])

    def books(self) -> tuple[dict[str, int], dict[str, int]]:
        """Bill → cents: paid by the ledger of rewards, and by the platform."""
        query = sa.select(payouts.c.bill, rewards.c.amount).join(rewards, rewards.c.id == payouts.c.reward)
        with self.stores.ledger.read() as conn:
            ours = {bill: int(cents) for bill, cents in conn.execute(query.where(rewards.c.stage == "paid"))}
        return ours, {each["number"]: each["cents"] for each in self.bills() if each["state"] == "SUCCESS"}


def openid(person: int) -> str:
    return f"oWeChat{person:08d}"


def a_till(stores: Stores, world: Running) -> Iterator[Till]:
    mch_id = str(next(NUMBERS))
    world.door.post("faults", rules=[])
    told = world.door.post("merchant", mch_id=mch_id, public_key=PUBLIC, app_id=APP, serial=SERIAL, apiv3_key=APIV3)
    channels = Channels(WechatPayChannel(Exchange(stores)))
    settings = {
        "mch_id": mch_id,
        "app_id": APP,
        "serial": SERIAL,
        "private_key": PRIVATE,
        "apiv3_key": APIV3,
        **told,
        "day_yuan": 100,
        "base_url": world.url,
    }
    number, _ = open_account(stores, channels, channel="wechatpay", name="微信支付", settings=settings)
    purse = open_purse(stores, "staff:1", "红包", "yuan", written("yuan", 100_000)).id
    yield Till(stores, world, mch_id, settings, channels, number, purse)
    channels.close()
