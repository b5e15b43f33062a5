"""Shops that tell of orders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from siyu.storage import Stores
from tests.channels.orders.told import MakeShop, shops_of


@pytest.fixture
def open_shop(stores: Stores) -> Iterator[MakeShop]:
    with shops_of(stores) as made:
        yield made
