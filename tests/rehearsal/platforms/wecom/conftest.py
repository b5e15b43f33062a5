"""A shop on a simulated WeCom whose clock stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.platform_worlds import Listener, Shop, listening, wecom_running

NOW = 1_790_000_000.0
"""A Monday evening in China."""


@pytest.fixture
def shop() -> Iterator[Shop]:
    """Two members, and what is told goes nowhere until ``listener`` is asked for."""
    with wecom_running(NOW, pace=0.0) as platform:
        made = Shop(platform)
        made.hire("zhangsan", "lisi", mobile="16400000001")
        yield made


@pytest.fixture
def listener(shop: Shop) -> Iterator[Listener]:
    with listening() as made:
        shop.listen(made)
        shop.door.post("poster", again_seconds=0.0, at_once=1)
        yield made
