"""A shop whose events are sent, and a receiver that listens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from siyu.storage import Stores
from tests.channels.receiver import Receiver, receiving
from tests.hooks.world import Shop


@pytest.fixture
def shop(each_stores: Stores) -> Iterator[Shop]:
    """On both engines: what is due, in which order, and what is settled once are questions to the ledger."""
    shop = Shop(each_stores)
    yield shop
    shop.caller.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as there:
        yield there
