"""WeChat Pay tells that a bill ended, and it is looked at at once; nothing is believed by the telling alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.platforms.core.running import Running
from siyu.channels.platform.applier import Applier
from siyu.channels.platform.hearing import hearing
from siyu.channels.registry import receivers_of
from siyu.growth.payouts import store
from siyu.jobs.turns import run_until_empty
from siyu.storage import Stores
from siyu.web.callbacks import Door
from tests.channels.platform.simulator import running
from tests.growth.payouts.merchant import Till, a_till, pay_world

__all__ = ["pay_world"]


@pytest.fixture
def till(stores: Stores, pay_world: Running) -> Iterator[Till]:
    door: Any = Door(stores, receivers_of())
    with running(door):
        for made in a_till(stores, pay_world):
            made.address = door.url
            made.change(confirms=True)
            yield made


def heard(till: Till) -> None:
    assert till.platform.door.post("settle")["settled"]
    run_until_empty(Applier(till.stores, receivers_of()).step)
    till.pays()


def test_whoever_confirmed_is_paid_at_once(till: Till) -> None:
    till.people([1, 2])
    first, second = till.grant("a", 500, 1), till.grant("b", 500, 2)
    till.pays()
    till.platform.door.post("poster", repeats=1.0)
    till.platform.door.post("decide", mch_id=till.mch_id, number=till.payout(first).bill, state="SUCCESS")
    heard(till)
    till.platform.door.post("poster", repeats=0.0)
    assert [till.stage(first), till.stage(second)] == ["paid", "granted"]
    assert hearing(till.stores, till.number).state == "good"
    ours, theirs = till.books()
    assert ours == theirs, "told twice it is paid once"


def test_who_let_it_pass_comes_back_to_staff_at_once(till: Till) -> None:
    till.people([1])
    reward = till.grant()
    till.pays()
    bill = till.payout(reward).bill
    till.platform.door.post("decide", mch_id=till.mch_id, number=bill, state="FAIL", reason="OVERDUE_CLOSE")
    heard(till)
    assert (till.payout(reward).why, till.stage(reward)) == ("bill_failed", "granted")


def test_telling_alone_pays_nothing(till: Till) -> None:
    till.people([1])
    reward = till.grant()
    till.pays()
    with till.stores.ledger.write() as conn:
        store.look_now(conn, till.number, [till.payout(reward).bill], till.stores.clock.now())
    till.pays()
    assert till.payout(reward).why == "waits_for_person"
    assert till.stage(reward) == "granted"


def test_an_account_hears_of_its_own_bills(till: Till) -> None:
    till.people([1])
    reward = till.grant()
    till.pays()
    before = till.payout(reward).next
    with till.stores.ledger.write() as conn:
        store.look_now(conn, till.number + 1, [till.payout(reward).bill], till.stores.clock.now())
        store.look_now(conn, till.number, ["sy0"], till.stores.clock.now())
    assert till.payout(reward).next == before
