"""Broadcasts and journeys' senders side by side for weeks, in random order, to a receiver that fails: judged by the
receiver's own record, no person ever gets more than any cap allows, nor more that sells than the ratio allows."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from evidence.answering import Answering
from evidence.broadcast_speed import NOW
from evidence.broadcast_world import add_people
from evidence.harness import Evidence, Scale, at_least, equal, fresh_home
from siyu.channels import Channels
from siyu.channels.accounts import open_account
from siyu.channels.protocol import About
from siyu.channels.webhook import WebhookChannel
from siyu.channels.webhook.channel import BATCH_MAX
from siyu.jobs import preferences
from siyu.reach import senders
from siyu.reach.broadcasts import draft_broadcast, pause_broadcast, resume_broadcast, start_broadcast
from siyu.reach.caps_kept import add_cap
from siyu.reach.delivery import Deliverer
from siyu.reach.guard import load_guard, set_rule
from siyu.reach.intending import freeze, intend_chunk
from siyu.reach.membership import Membership
from siyu.reach.model import Draft
from siyu.reach.outbox import intend_and_tell
from siyu.reach.rules.caps import Limit
from siyu.reach.tables import outbox
from siyu.storage import Conflict, ManualClock, Stores, open_stores

CLAIM = "guard.soak"
SEED = 20_261_122
LIMITS = (
    Limit("marketing", "any", "any", 4, 7),
    Limit("marketing", "each", "any", 3, 7),
    Limit("any", "any", "promotional", 2, 5),
    Limit("any", "each", "any", 3, 2),
)
LAST, PROMOTIONAL = 10, 3
BUSY, SILENT = 0.05, 0.2
"""Of the calls, how many are turned away, and how many are taken but left without an answer."""
STANDING = 6
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Size:
    people: int
    broadcasts: int  # begun, each to half of the people
    turns: int  # random acts


SIZES: Mapping[Scale, Size] = {"small": Size(500, 24, 120), "full": Size(40_000, 50, 500)}


def measure(scale: Scale) -> Evidence:
    size = SIZES[scale]
    with fresh_home() as home, ExitStack() as stack:
        came_first = itertools.count()
        receivers = [stack.enter_context(Receiver(place, came_first)) for place in range(2)]
        soak = Soak(home, receivers, size)
        try:
            soak.run()
            reasons, intended = soak.held(), soak.intended()
        finally:
            soak.close()
    came = Came.of(receivers, soak.kinds)
    over = {_name(limit): _over(came, limit) for limit in LIMITS}
    full = {_name(limit): _most(came, limit) for limit in LIMITS}
    return Evidence(
        CLAIM,
        f"{intended:,} messages intended to {size.people:,} people by {len(soak.kinds)} senders, SQLite",
        [
            *(equal(f"passed_{name}", many, 0) for name, many in over.items()),
            equal("passed_ratio", _over_ratio(came), 0),
            *(equal(f"most_{_name(each)}", full[_name(each)], each.messages) for each in LIMITS),
            at_least("held_by_caps", reasons["cap"], 1, timed=False),
            at_least("held_by_ratio", reasons["ratio"], 1, timed=False),
            at_least("calls_without_answer", sum(each.silent for each in receivers), 1, timed=False),
        ],
        {"arrived": len(came.who), "repeats": came.repeats, "simulated_days": soak.days},
    )


class Receiver(Answering):
    """Notes every message with the product's time before it answers, fails or falls silent.

    ``came``: numbers what comes, for all receivers together: the product's time stands still between turns, and what
    comes at the same instant still comes one after the other.
    """

    def __init__(self, channel: int, came: Iterator[int]) -> None:
        super().__init__()
        self.channel = channel
        self.came = came
        self.clock = ManualClock(NOW)
        self.record: list[tuple[int, int, str, int, int]] = []  # number, when, delivery id, person, sender
        self.silent = 0
        self._chance = random.Random(SEED + channel)

    def answer(self, body: bytes) -> tuple[int, bytes]:
        with self.turn:
            luck = self._chance.random()
            if luck < BUSY:
                return 503, b""
            at = round(self.clock.now().timestamp() * 1000)
            self.record += [
                (next(self.came), at, each["delivery_id"], each["person"], each["broadcast"])
                for each in json.loads(body)["messages"]
            ]
            self.silent += luck < BUSY + SILENT
        if luck < BUSY + SILENT:
            raise ConnectionError  # taken, and nobody is told
        return 204, b""


class Named(WebhookChannel):
    """A webhook under another channel's name, so that there are two to count by."""

    @property
    def about(self) -> About:
        return replace(super().about, name="sms")

    def speaking(self, account: int, settings: Mapping[str, Any], content: Mapping[str, str]) -> About:
        return self.about


@dataclass
class Soak:
    """One installation, its senders and what happens to them."""

    home: Path
    receivers: Sequence[Receiver]
    size: Size
    kinds: dict[int, tuple[str, str]] = field(default_factory=dict[int, tuple[str, str]])  # sender → kind, tone
    days: float = 0.0

    def __post_init__(self) -> None:
        self._chance = random.Random(SEED)
        self._clock = ManualClock(NOW)
        self._stores: Stores = open_stores(self.home, clock=self._clock)
        self._channels = Channels(WebhookChannel(), Named())
        for receiver in self.receivers:
            receiver.clock = self._clock
        add_people(self._stores.ledger, self.size.people, NOW)
        _rules(self._stores)
        self._accounts = [
            open_account(
                self._stores,
                self._channels,
                channel=name,
                name=name,
                settings={"url": f"{receiver.address}/hook", "batch": min(BATCH_MAX, self.size.people // 20)},
            )[0]
            for name, receiver in zip(("webhook", "sms"), self.receivers, strict=True)
        ]
        self._deliverer = Deliverer(self._stores, self._channels)
        self._standing = [self._stand(place) for place in range(STANDING)]
        self._begun: list[int] = []
        self._run = 0

    def close(self) -> None:
        self._deliverer.stop()
        self._channels.close()
        self._stores.close()

    def run(self) -> None:
        """So many turns of chance, then the rest is delivered day by day."""
        acts = [*["begin"] * 2, *["write"] * 3, *["journey"] * 3, *["deliver"] * 4, *["later"] * 3, "pause", "resume"]
        for _ in range(self.size.turns):
            getattr(self, f"_{self._chance.choice(acts)}")()
        for number in self._begun:
            _steered(resume_broadcast, self._stores, number)
            self._write_all(number)
        for _ in range(10):
            self._deliver()
            self._later()

    def held(self) -> dict[str, int]:
        with self._stores.ledger.read() as conn:
            rows = conn.execute(sa.select(outbox.c.reason, sa.func.count()).group_by(outbox.c.reason)).all()
        found = {"cap": 0, "ratio": 0}
        for reason, many in rows:
            for name in found:
                found[name] += many if str(reason).startswith(name) else 0
        return found

    def intended(self) -> int:
        with self._stores.ledger.read() as conn:
            return int(conn.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one())

    def _draws(self) -> tuple[Literal["marketing", "service"], Literal["useful", "promotional"], list[int]]:
        ways = self._accounts[:: self._chance.choice((1, -1))]
        kind: Literal["marketing", "service"] = "service" if self._chance.random() < 0.2 else "marketing"
        return kind, "promotional" if self._chance.random() < 0.5 else "useful", ways

    def _begin(self) -> None:
        if len(self._begun) == self.size.broadcasts:
            return
        kind, tone, ways = self._draws()
        content = {name: {"text": "{{ person.name }}好"} for name in self._channels}
        draft = Draft("soak", 1, ways, content, kind, tone, 5, priority=self._chance.choice((20, 50, 80)))
        number = draft_broadcast(self._stores, self._channels, "evidence", draft)
        start_broadcast(self._stores, self._channels, number)
        self.kinds[number] = kind, tone
        self._begun.append(number)

    def _stand(self, place: int) -> int:
        kind, tone, ways = self._draws()
        with self._stores.ledger.write() as conn:
            number = senders.stand(
                conn,
                journey=1,
                version=1,
                node=f"n{place}",
                name="soak",
                kind=kind,
                tone=tone,
                channels=ways,
                content={name: {"text": "好"} for name in self._channels},
                when_unknown="send_again",
                priority=self._chance.choice((20, 50, 80)),
                salt="evidence",
                by="evidence",
                now=self._clock.now(),
            )
        self.kinds[number] = kind, tone
        return number

    def _members(self, _: Stores, audience: int) -> Membership:
        half = self._chance.sample(range(1, self.size.people + 1), self.size.people // 2)
        return Membership(1, {}, np.array(sorted(half), dtype=np.uint32))

    def _write(self) -> None:
        if self._begun:
            self._write_all(self._chance.choice(self._begun[-3:]), chunks_max=2)

    def _write_all(self, number: int, chunks_max: int = 1_000) -> None:
        freeze(self._stores, self._members, number)
        for _ in range(chunks_max):
            if intend_chunk(self._stores, self._channels, number) is None:
                return

    def _journey(self) -> None:
        """Some people come to a step's message."""
        number = self._chance.choice(self._standing)
        persons = self._chance.sample(range(1, self.size.people + 1), self.size.people // 10)
        self._run += 1
        with self._stores.ledger.write() as conn:
            guard = load_guard(conn, preferences.timezone(conn))
            sender = senders.read_standing(conn, self._channels, number)
            intention = sender.intention(installation="soak", now=self._clock.now(), run=self._run)
            intend_and_tell(conn, guard, intention, persons)

    def _deliver(self) -> None:
        for _ in range(self._chance.randint(1, 6)):
            self._deliverer.tick()

    def _later(self) -> None:
        hours = self._chance.choice((0.05, 1, 5, 11, 24, 40))
        self._clock.advance(timedelta(hours=hours))
        self.days += hours / 24

    def _pause(self) -> None:
        if self._begun:
            _steered(pause_broadcast, self._stores, self._chance.choice(self._begun))

    def _resume(self) -> None:
        if self._begun:
            _steered(resume_broadcast, self._stores, self._chance.choice(self._begun))


def _steered(act: Any, stores: Stores, number: int) -> None:
    try:
        act(stores, number)
    except Conflict:
        return  # not in the state for it


def _rules(stores: Stores) -> None:
    first, second, *own = LIMITS
    set_rule(stores, "evidence", "cap", {"messages": first.messages, "days": first.days}, enabled=True)
    set_rule(stores, "evidence", "cap_channel", {"messages": second.messages, "days": second.days}, enabled=True)
    for limit in own:
        add_cap(stores, "evidence", {name: getattr(limit, name) for name in Limit.__dataclass_fields__})
    set_rule(stores, "evidence", "ratio", {"last": LAST, "promotional": PROMOTIONAL}, enabled=True)


# -- judged by what arrived ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Came:
    """Every message when it first came, by person and time."""

    who: Whole
    at: Whole
    channel: Whole
    marketing: npt.NDArray[np.bool_]
    promotional: npt.NDArray[np.bool_]
    repeats: int

    @classmethod
    def of(cls, receivers: Sequence[Receiver], kinds: Mapping[int, tuple[str, str]]) -> Came:
        rows: dict[str, tuple[int, int, int, int]] = {}
        got = sorted((*noted[:2], receiver.channel, *noted[2:]) for receiver in receivers for noted in receiver.record)
        for _, at, channel, delivery, person, sender in got:
            rows.setdefault(str(delivery), (int(person), at, channel, int(sender)))
        ordered = sorted(rows.values(), key=lambda row: row[0])  # stable: each person's as they came
        table = np.array(ordered, dtype=np.int64).reshape(-1, 4)
        said = [kinds[sender] for sender in table[:, 3].tolist()]
        return cls(
            table[:, 0],
            table[:, 1],
            table[:, 2],
            np.array([kind == "marketing" for kind, _ in said], dtype=bool),
            np.array([tone == "promotional" for _, tone in said], dtype=bool),
            len(got) - len(rows),
        )


def _name(limit: Limit) -> str:
    return f"{limit.kind}_{limit.channel}_{limit.tone}"


def _within(came: Came, limit: Limit) -> Whole:
    """For each message that a cap concerns: how many of them its window has, itself included."""
    mine = came.marketing if limit.kind == "marketing" else np.ones(len(came.who), dtype=bool)
    mine = mine & came.promotional if limit.tone == "promotional" else mine
    group = came.who[mine] * 2 + (came.channel[mine] if limit.channel == "each" else 0)
    order = np.lexsort((came.at[mine], group))
    key = group[order] * (1 << 42) + came.at[mine][order]
    first = np.searchsorted(key, key - limit.days * 86_400_000, side="right")
    begins = np.searchsorted(group[order], group[order])
    return np.arange(len(key)) - np.maximum(first, begins) + 1


def _over(came: Came, limit: Limit) -> int:
    return int((_within(came, limit) > limit.messages).sum())


def _most(came: Came, limit: Limit) -> int:
    return int(_within(came, limit).max(initial=0))


def _over_ratio(came: Came) -> int:
    """Messages that sell and are one too many among the last ones of their person."""
    who, sells = came.who[came.marketing], came.promotional[came.marketing].astype(np.int64)
    sums = np.concatenate(([0], np.cumsum(sells)))
    place = np.arange(len(who))
    first = np.maximum(np.searchsorted(who, who), place - LAST + 1)
    return int(((sums[place + 1] - sums[first] > PROMOTIONAL) & (sells == 1)).sum())
