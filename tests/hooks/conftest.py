"""A shop whose events are sent, and a receiver that listens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from siyu.storage import Stores
from tests.channels.receiver import Receiver, receiving
from tests.hooks.world import Shop


@pytest.fixture
def shop(stores: Stores) -> Iterator[Shop]:
    shop = Shop(stores)
    yield shop
    shop.caller.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as there:
        yield there
