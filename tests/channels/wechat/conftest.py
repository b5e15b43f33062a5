"""A fresh shop at a fresh simulator for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from siyu.storage import Stores
from tests.channels.wechat.shop import Shop, a_shop


@pytest.fixture
def shop(stores: Stores) -> Iterator[Shop]:
    yield from a_shop(stores, "official_account")


@pytest.fixture
def each_shop(each_stores: Stores) -> Iterator[Shop]:
    yield from a_shop(each_stores, "official_account")


@pytest.fixture
def mini(stores: Stores) -> Iterator[Shop]:
    yield from a_shop(stores, "miniprogram")
