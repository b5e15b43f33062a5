"""The law of the caps: whatever is started, paused, delayed and delivered in whatever order, nobody gets more."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels import ACCEPTED, Message, Outcome
from siyu.reach.broadcasts import pause_broadcast, resume_broadcast
from siyu.reach.guard import set_rule
from siyu.reach.intending import freeze, intend_chunk
from siyu.storage import Conflict, Stores, metadata
from tests.examples import examples
from tests.reach.world import World

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.integers(0, 5)),
        st.tuples(st.just("write"), st.integers(0, 5)),
        st.tuples(st.just("pause"), st.integers(0, 5)),
        st.tuples(st.just("resume"), st.integers(0, 5)),
        st.tuples(st.just("deliver"), st.integers(1, 3)),
        st.tuples(st.just("hours"), st.integers(1, 60)),
    ),
    min_size=4,
    max_size=30,
)
CAP, DAYS = 2, 3


@examples(15)
@given(STEPS, st.integers(0, 2**16))
def test_nobody_passes_a_cap_in_any_interleaving(stores: Stores, steps: list[tuple[str, int]], seed: int) -> None:
    with stores.ledger.write() as conn:
        for table in reversed(metadata.sorted_tables):
            conn.execute(sa.delete(table))
    world = World(stores)
    set_rule(stores, "test", "cap", {"messages": CAP, "days": DAYS}, enabled=True)
    world.add(3)
    got: dict[int, dict[str, datetime]] = defaultdict(dict)

    def answer(message: Message) -> Outcome:
        chance = hash((seed, message.delivery_id, len(got[message.person]))) % 5
        if chance == 0:
            return Outcome("passing", "receiver_busy", retry_after_seconds=3600)
        got[message.person].setdefault(message.delivery_id, world.clock.now())  # the receiver drops repeats
        return Outcome("unknown", "no_answer") if chance == 1 else ACCEPTED

    world.fake.answer = answer
    broadcasts: list[int] = []
    deliverer = world.deliverer()
    for step, number in steps:
        chosen = broadcasts[number % len(broadcasts)] if broadcasts else None
        if step == "begin":
            broadcasts.append(world.begun())
        elif step == "hours":
            world.clock.advance(timedelta(hours=number))
        elif step == "deliver":
            tried = [deliverer.tick() for _ in range(number)]
            assert all(count <= len(broadcasts) * 3 for count in tried)
        elif chosen is not None:
            _steer(world, step, chosen)
    deliverer.stop()
    assert all(_most_in_a_window(sorted(times.values())) <= CAP for times in got.values())


def _most_in_a_window(moments: list[datetime]) -> int:
    within = [sum(moment - timedelta(days=DAYS) < other <= moment for other in moments) for moment in moments]
    return max(within, default=0)


def _steer(world: World, step: str, broadcast: int) -> None:
    try:
        if step == "write":
            freeze(world.stores, world.members, broadcast)
            while intend_chunk(world.stores, world.channels, broadcast) is not None:
                pass
        elif step == "pause":
            pause_broadcast(world.stores, broadcast)
        else:
            resume_broadcast(world.stores, broadcast)
    except Conflict:
        return  # not the state for it: an operator would be told so
