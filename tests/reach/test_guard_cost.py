"""What asking the guard costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from siyu.channels.fake import FakeChannel
from siyu.channels.protocol import Bar
from siyu.jobs import preferences
from siyu.reach.broadcasts import draft_broadcast, get_broadcast, ways_of
from siyu.reach.guard import Wish, count, load_guard
from siyu.storage import Stores
from tests.reach.world import World


def test_what_a_person_costs_does_not_grow_with_the_shop(stores: Stores) -> None:
    """SQLite keeps no figures of its tables; left alone it reads the whole shop's addresses for each person."""
    world = World(stores, [FakeChannel(address_kinds=("user_id",), bars=(Bar("closed", _nobodys),))])
    some = world.add(20)
    before = _work(world, some)
    world.add(2_000)
    assert _work(world, some) < 1.5 * before


def _nobodys(address: sa.ColumnElement[str], _: datetime) -> sa.ColumnElement[bool]:
    return address == "nobody"


def _work(world: World, persons: Sequence[int]) -> int:
    """How much SQLite did to ask the guard of these people, in hundreds of its own steps."""
    broadcast = draft_broadcast(world.stores, world.channels, "test", world.draft())
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    with world.stores.ledger.read() as conn:
        guard = load_guard(conn, preferences.timezone(conn))
        found = get_broadcast(world.stores, broadcast)
        wish = Wish(found.draft.kind, found.draft.tone, ways_of(conn, world.channels, found.draft), world.clock.now())
        raw: Any = conn.connection.dbapi_connection
        raw.set_progress_handler(step, 100)
        count(conn, guard, wish, persons, [])
        raw.set_progress_handler(None, 0)
    return steps
