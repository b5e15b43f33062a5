"""A callback that can't be applied: set aside with its cause, and those behind it go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from siyu.channels.platform.applier import Applier, waiting
from siyu.channels.platform.callbacks import Callback, Receivers
from siyu.channels.platform.news import News
from siyu.channels.registry import receivers_of
from siyu.channels.wecom.callbacks import WecomReceiver
from siyu.jobs import aside
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.storage import Stores, Unavailable
from tests.channels.wecom.told import an_account, change, kept

ADD = "add_external_contact"
BAD = "wm3"


@dataclass(frozen=True)
class Faulty(WecomReceiver):
    """A version with a fault: it fails on one customer."""

    error: Exception = field(default_factory=lambda: ValueError("a text that nobody should see"))

    def apply(self, conn: Any, account: int, callbacks: Sequence[Callback]) -> list[News]:
        if any(each.fields.get("ExternalUserID") == BAD for each in callbacks):
            raise self.error
        return super().apply(conn, account, callbacks)


def poisoned(stores: Stores, receiver: WecomReceiver) -> Applier:
    account = an_account(stores)
    kept(stores, account, *(change(ADD, stores.clock.now(), customer=f"wm{number}") for number in range(6)))
    return Applier(stores, Receivers(receiver))


def people(stores: Stores) -> int:
    run_until_empty(Drain(stores).step)
    return stores.events.row("SELECT uniqExact(person) FROM events")[0]


def test_the_others_are_applied_and_the_bad_one_is_kept_with_its_cause(each_stores: Stores) -> None:
    run_until_empty(poisoned(each_stores, Faulty()).step)
    (found,) = aside.all_aside(each_stores)
    assert (people(each_stores), waiting(each_stores)) == (5, 0)
    assert (found.stream, found.kind, found.code) == ("callbacks", "wecom", "ValueError")
    assert "nobody should see" not in found.en + found.zh


def test_a_version_that_can_reads_it_again(each_stores: Stores) -> None:
    run_until_empty(poisoned(each_stores, Faulty()).step)
    aside.read_all_again(each_stores, "staff:1")
    run_until_empty(Applier(each_stores, receivers_of()).step)
    assert (people(each_stores), aside.count_aside(each_stores)) == (6, 0)


def test_a_store_that_is_away_sets_nothing_aside(stores: Stores) -> None:
    applier = poisoned(stores, Faulty(error=Unavailable("ledger_away", "连不上。", "Away.")))
    with pytest.raises(Unavailable):
        applier.step()
    assert (waiting(stores), aside.count_aside(stores)) == (6, 0)


def test_what_was_strange_before_and_fails_now_stops_nobody(stores: Stores) -> None:
    name = f"change_external_contact.{ADD}"
    run_until_empty(poisoned(stores, WecomReceiver(known=WecomReceiver().known - {name})).step)
    assert Applier(stores, Receivers(Faulty())).apply_again() == 5
    assert (people(stores), aside.count_aside(stores)) == (5, 1)
