"""The simulator, and an account that speaks to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.protocol import Account
from siyu.channels.wecom.platform import WECOM
from siyu.storage import ManualClock, Stores
from tests.channels.platform.simulator import CORP, SECRET, Simulator, running

MakeClient = Callable[..., PlatformClient]


@pytest.fixture(scope="module")
def _server() -> Iterator[Simulator]:
    with running(Simulator()) as simulator:
        yield simulator


@pytest.fixture
def simulator(_server: Simulator) -> Simulator:
    fresh = Simulator(_server.url)
    _server.__dict__.update({**fresh.__dict__, "_lock": _server._lock})
    return _server


@pytest.fixture
def account(simulator: Simulator) -> Account:
    return account_at(simulator.url)


def account_at(url: str, secret: str = SECRET) -> Account:
    settings = {"corp_id": CORP, "agent_id": "1000002", "base_url": url}
    return Account(1, "wecom", "旗舰店", settings, {"secret": secret})


def moving(stores: Stores) -> Callable[[float], None]:
    """A pause that moves the test's clock instead of sleeping."""
    clock = stores.clock
    assert isinstance(clock, ManualClock)
    return lambda seconds: clock.advance(timedelta(seconds=seconds * clock.pace))


@pytest.fixture
def exchange(stores: Stores) -> Iterator[Exchange]:
    made = Exchange(stores, pause=moving(stores))
    yield made
    made.close()


@pytest.fixture
def client(exchange: Exchange, account: Account) -> PlatformClient:
    return PlatformClient(exchange, account, WECOM)
