"""A fresh shop at a fresh simulator for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rehearsal.platforms.core.running import Running
from rehearsal.platforms.miniprogram.calls import miniprogram
from rehearsal.platforms.official_account.doors import official_account
from siyu.channels.registry import receivers_of
from siyu.storage import Stores
from siyu.web.callbacks import Door
from tests.channels.wechat.shop import Shop, serving


@pytest.fixture
def shop(stores: Stores) -> Iterator[Shop]:
    yield from _a_shop(stores, "official_account")


@pytest.fixture
def each_shop(each_stores: Stores) -> Iterator[Shop]:
    yield from _a_shop(each_stores, "official_account")


@pytest.fixture
def mini(stores: Stores) -> Iterator[Shop]:
    yield from _a_shop(stores, "miniprogram")


def _a_shop(stores: Stores, channel: str) -> Iterator[Shop]:
    simulator = official_account() if channel == "official_account" else miniprogram()
    with serving(Door(stores, receivers_of())) as url, Running(simulator) as platform:
        made = Shop(stores, platform, channel, url)
        yield made
        made.close()
