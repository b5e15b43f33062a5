"""Whatever is done with points, in whatever order: sums are zero, nothing is below zero, the past stays what it was."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from siyu.loyalty.points.auditing import audit
from siyu.loyalty.points.expiring import expire
from siyu.loyalty.points.model import Capture, Earn, GiveBack, Hold, Release, Spend, TakeBack, Wish
from siyu.loyalty.points.posting import Outcome, post
from siyu.loyalty.points.queries import balance_at, balances
from siyu.loyalty.points.tables import point_accounts, point_entries
from siyu.people import merges
from siyu.people.tables import people
from siyu.storage import ManualClock, Stores
from tests.loyalty.points.reference import Reference

NODES = 4
EXAMPLES = int(os.environ.get("SIYU_TEST_EXAMPLES", "20"))
POINTS = st.integers(1, 12)
DAYS = st.one_of(st.none(), st.integers(1, 6))
_keys = count()


class Points(RuleBasedStateMachine):
    """The ledger beside the reference."""

    earnings: Bundle[str] = Bundle("earnings")
    spendings: Bundle[str] = Bundle("spendings")
    holds: Bundle[str] = Bundle("holds")
    joins: Bundle[int] = Bundle("joins")

    def __init__(self, stores: Stores) -> None:
        super().__init__()
        self.stores = stores
        self.reference = Reference()
        self.snapshots: list[tuple[int, datetime, int]] = []

    @property
    def now(self) -> datetime:
        return self.stores.clock.now()

    @initialize()
    def founded(self) -> None:
        row = {"kept": 0, "created": self.now, "changed": self.now, "attributes": {}}
        with self.stores.ledger.write() as conn:
            made = sa.insert(people).returning(people.c.person)
            self.nodes = [int(conn.execute(made, row).scalar_one()) for _ in range(NODES)]
            conn.execute(sa.update(people).where(people.c.person.in_(self.nodes)).values(kept=people.c.person))

    @rule(target=earnings, node=st.integers(0, NODES - 1), points=POINTS, days=DAYS)
    def earn(self, node: int, points: int, days: int | None) -> str:
        key, ends = _key(), None if days is None else self.now + timedelta(days=days)
        self._post(Earn(key=key, why="消费", person=self.nodes[node], points=points, expires=ends))
        self.reference.earn(key, self.nodes[node], points, ends)
        return key

    @rule(target=spendings, node=st.integers(0, NODES - 1), points=POINTS)
    def spend(self, node: int, points: int) -> Any:
        key = _key()
        done = self._post(Spend(key=key, why="兑换", person=self.nodes[node], points=points))
        assert done.new == self.reference.take(key, self.nodes[node], points, self.now, "spent")
        return key if done.new else multiple()

    @rule(target=holds, node=st.integers(0, NODES - 1), points=POINTS, days=st.integers(1, 9))
    def hold(self, node: int, points: int, days: int) -> Any:
        key = _key()
        until = self.now + timedelta(days=days)
        done = self._post(Hold(key=key, why="预留", person=self.nodes[node], points=points, until=until))
        assert done.new == self.reference.take(key, self.nodes[node], points, self.now, "held")
        return key if done.new else multiple()

    @rule(target=spendings, hold=consumes(holds))
    def capture(self, hold: str) -> Any:
        key = _key()
        done = self._post(Capture(key=key, why="兑换", of=hold))
        assert done.new == self.reference.settle(hold, f"spent {key}")
        return key if done.new else multiple()

    @rule(hold=consumes(holds))
    def release(self, hold: str) -> None:
        done = self._post(Release(key=f"{hold}:until", why="退回", of=hold))  # the key of what time does
        assert done.new == self.reference.settle(hold, "free")

    @rule(earning=earnings, points=POINTS)
    def take_back(self, earning: str, points: int) -> None:
        done = self._post(TakeBack(key=_key(), why="退货", of=earning, points=points))
        assert done.new == self.reference.take_back(earning, points)

    @rule(spending=spendings, points=POINTS)
    def give_back(self, spending: str, points: int) -> None:
        key, grace = _key(), self.now + timedelta(days=3)
        done = self._post(GiveBack(key=key, why="取消", of=spending, points=points, grace=grace))
        assert done.new == self.reference.give_back(key, spending, points, self.now, grace)

    @rule(target=joins, one=st.integers(0, NODES - 1), other=st.integers(0, NODES - 1))
    def merge(self, one: int, other: int) -> Any:
        first, second = self.nodes[one], self.nodes[other]
        families = self.reference.families
        if second in self.reference.family(first) or families:
            return multiple()  # one merge at a time: what people are after many is the people room's own test
        families.append({first, second})
        kept = merges.merge(self.stores, "test", first, second)
        with self.stores.ledger.read() as conn:
            return max(each.id for each in merges.history(conn, kept))

    @rule(join=consumes(joins))
    def undo_merge(self, join: int) -> None:
        merges.undo(self.stores, "test", join)
        self.reference.families.clear()

    @rule(days=st.integers(1, 4))
    def days_pass(self, days: int) -> None:
        self.snapshots += [(node, self.now, self._balance_at(node, self.now)) for node in self.nodes]
        clock = self.stores.clock
        assert isinstance(clock, ManualClock)
        clock.advance(timedelta(days=days))

    @rule()
    def nightly(self) -> None:
        while expire(self.stores):
            pass
        self.reference.expire(self.now)

    @invariant()
    def everything_adds_up(self) -> None:
        assert audit(self.stores) == []

    @invariant()
    def everybody_has_what_the_reference_says(self) -> None:
        reference = self.reference
        with self.stores.ledger.read() as conn:
            rows = conn.execute(sa.select(point_accounts).where(point_accounts.c.of.in_(self.nodes)))
            kept = {(row.kind, row.of): row.balance for row in rows}
            found = balances(conn, self.now, sorted({min(reference.family(node)) for node in self.nodes}))
        for node in self.nodes:
            mine = kept.get(("person", node), 0), kept.get(("held", node), 0), -kept.get(("owed", node), 0)
            assert mine == (reference.balance(node), reference.held(node), reference.owed.get(node, 0))
        for person, balance in found.items():
            assert balance.available == reference.available(person, self.now)

    def teardown(self) -> None:
        """The past is still what it was; nothing lies outside the entries."""
        for node, at, balance in self.snapshots:
            assert self._balance_at(node, at) == balance
        with self.stores.ledger.read() as conn:
            assert not conn.execute(sa.select(sa.func.sum(point_entries.c.points))).scalar_one()

    def _post(self, wish: Wish) -> Outcome:
        """Done, and asked for again: the second time changes nothing."""
        with self.stores.ledger.write() as conn:
            (done,) = post(conn, self.now, [wish])
        with self.stores.ledger.write() as conn:
            (again,) = post(conn, self.now, [wish])
        if done.new:
            assert again == Outcome(wish.key, done.posting)
        return done

    def _balance_at(self, node: int, at: datetime) -> int:
        with self.stores.ledger.read() as conn:
            return balance_at(conn, [node], at)


def _key() -> str:
    return f"k{next(_keys)}"


def test_points_are_what_the_reference_says(each_stores: Stores) -> None:
    run_state_machine_as_test(
        lambda: Points(each_stores), settings=settings(max_examples=EXAMPLES, stateful_step_count=30)
    )
