"""The law of the guard: whatever is started, paused, delayed, answered and repeated in whatever order and by however
many senders, nobody gets more than a cap allows, nor more that sells than the ratio allows. Judged by what arrived."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zlib import crc32

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels import ACCEPTED, Message, Outcome
from siyu.channels.fake import FakeChannel
from siyu.channels.tables import accounts
from siyu.people.tables import consents, identifiers, people
from siyu.reach.broadcasts import cancel_broadcast, pause_broadcast, resume_broadcast
from siyu.reach.caps_kept import add_cap
from siyu.reach.guard import set_rule
from siyu.reach.intending import close_out, freeze, intend_chunk
from siyu.reach.rules.caps import Limit
from siyu.reach.tables import attempts, broadcast_members, broadcasts, guard_rules, outbox
from siyu.storage import Conflict, Stores
from tests.examples import examples
from tests.reach.world import World

KINDS = st.sampled_from(["marketing", "marketing", "service"])
SENDERS = st.tuples(KINDS, st.sampled_from(["useful", "promotional"]), st.booleans())
CHOSEN = st.integers(0, 5)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), SENDERS),
        st.tuples(st.just("begin"), SENDERS),
        st.tuples(st.sampled_from(["write", "pause", "resume", "cancel"]), CHOSEN),
        st.tuples(st.just("deliver"), st.integers(1, 3)),
        st.tuples(st.just("hours"), st.integers(1, 40)),
    ),
    min_size=25,
    max_size=50,
)
LIMITS = (
    Limit("marketing", "any", "any", 3, 3),
    Limit("marketing", "each", "any", 2, 3),
    Limit("any", "each", "any", 3, 4),
    Limit("any", "any", "promotional", 2, 2),
)
LAST, PROMOTIONAL = 5, 2
TABLES = (attempts, outbox, broadcast_members, broadcasts, guard_rules, consents, identifiers, people, accounts)


@dataclass(frozen=True)
class Arrived:
    """A message when it first came to its person."""

    at: datetime
    channel: str
    kind: str
    tone: str


class Receivers:
    """What both channels' receivers say, by chance, and when each message first came to its person."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.seed = seed
        self.tones: dict[int, str] = {}
        self.came: dict[int, dict[str, Arrived]] = defaultdict(dict)
        for fake in world.fakes:
            fake.answer = partial(self.answer, fake.name)

    def answer(self, channel: str, message: Message) -> Outcome:
        told = f"{self.seed} {message.delivery_id} {len(self.came[message.person])} {self.world.clock.now()}"
        chance = crc32(told.encode()) % 6
        if chance == 0:
            return Outcome("passing", "receiver_busy", retry_after_seconds=3600)
        if chance == 1:
            return Outcome("refused", "message_refused")
        arrived = Arrived(self.world.clock.now(), channel, message.kind, self.tones[message.broadcast or 0])
        self.came[message.person].setdefault(message.delivery_id, arrived)  # the receiver drops repeats
        return Outcome("unknown", "no_answer") if chance == 2 else ACCEPTED


@examples(12)
@given(STEPS, st.integers(0, 2**16))
def test_nobody_passes_a_cap_or_the_ratio_in_any_interleaving(
    stores: Stores, steps: list[tuple[str, Any]], seed: int
) -> None:
    _judged(stores, steps, seed)


@pytest.mark.postgresql
@examples(3)
@given(STEPS, st.integers(0, 2**16))
def test_nobody_does_on_postgresql(postgresql_stores: Stores, steps: list[tuple[str, Any]], seed: int) -> None:
    _judged(postgresql_stores, steps, seed)


def _judged(stores: Stores, steps: list[tuple[str, Any]], seed: int) -> None:
    with stores.ledger.write() as conn:
        for table in (
            attempts,
            outbox,
            broadcast_members,
            broadcasts,
            guard_rules,
            consents,
            identifiers,
            people,
            accounts,
        ):
            conn.execute(sa.delete(table))
    world = World(stores, [FakeChannel("email"), FakeChannel("sms")])
    _rules(stores)
    world.add(2)
    receivers = Receivers(world, seed)
    deliverer = world.deliverer()
    for step, chosen in steps:
        if step in ("begin", "send"):
            _begin(world, receivers.tones, *chosen)
            _steer(world, "write" if step == "send" else "", max(receivers.tones))
        elif step == "hours":
            world.clock.advance(timedelta(hours=chosen))
        elif step == "deliver":
            for _ in range(chosen):
                deliverer.tick()
        elif receivers.tones:
            _steer(world, step, sorted(receivers.tones)[chosen % len(receivers.tones)])
    deliverer.stop()
    for person in receivers.came.values():
        came = list(person.values())
        assert all(_most_within(came, limit) <= limit.messages for limit in LIMITS)
        assert _most_promotional(came) <= PROMOTIONAL


def _begin(world: World, tones: dict[int, str], kind: str, tone: str, turned: bool) -> None:
    ways = world.accounts[::-1] if turned else world.accounts
    tones[world.begun(kind=kind, tone=tone, channels=ways)] = tone


def _rules(stores: Stores) -> None:
    set_rule(stores, "test", "quiet_hours", {}, enabled=False)
    first, second, *own = LIMITS
    set_rule(stores, "test", "cap", {"messages": first.messages, "days": first.days}, enabled=True)
    set_rule(stores, "test", "cap_channel", {"messages": second.messages, "days": second.days}, enabled=True)
    for limit in own:
        add_cap(stores, "test", {name: getattr(limit, name) for name in Limit.__dataclass_fields__})
    set_rule(stores, "test", "ratio", {"last": LAST, "promotional": PROMOTIONAL}, enabled=True)


def _most_within(came: list[Arrived], limit: Limit) -> int:
    """The most of those that a cap concerns in any of its windows."""
    concerned = [each for each in came if limit.concerns(each.kind, each.channel) and limit.tone in ("any", each.tone)]
    groups = {each.channel for each in concerned} if limit.channel == "each" else {None}
    days = timedelta(days=limit.days)
    return max(
        (
            sum(each.at - days < other.at <= each.at for other in concerned if group in (None, other.channel))
            for group in groups
            for each in concerned
            if group in (None, each.channel)
        ),
        default=0,
    )


def _most_promotional(came: list[Arrived]) -> int:
    tones = [each.tone for each in came if each.kind == "marketing"]
    return max((tones[first : first + LAST].count("promotional") for first in range(len(tones))), default=0)


def _steer(world: World, step: str, broadcast: int) -> None:
    try:
        if step == "write":
            freeze(world.stores, world.members, broadcast)
            while intend_chunk(world.stores, world.channels, broadcast) is not None:
                pass
        elif step == "pause":
            pause_broadcast(world.stores, broadcast)
        elif step == "cancel":
            cancel_broadcast(world.stores, broadcast)
            close_out(world.stores, broadcast, "cancelled")
        elif step == "resume":
            resume_broadcast(world.stores, broadcast)
    except Conflict:
        return  # not the state for it: an operator would be told so
