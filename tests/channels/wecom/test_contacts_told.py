"""What WeCom tells of customers: each change once, by time, into the mirror and into people's lives."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels.platform.applier import Applier, forget_old_callbacks, strange_callbacks, waiting
from siyu.channels.platform.callbacks import Receivers
from siyu.channels.registry import receivers_of
from siyu.channels.wecom.callbacks import WecomReceiver
from siyu.channels.wecom.tables import wecom_contacts
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.storage import Stores
from tests.channels.wecom.told import an_account, applied, change, kept
from tests.examples import examples

ADD, HALF, REMOVE, LOSE = (
    "add_external_contact",
    "add_half_external_contact",
    "del_external_contact",
    "del_follow_user",
)


def mirror(stores: Stores, account: int) -> list[Any]:
    with stores.ledger.read() as conn:
        return list(conn.execute(sa.select(wecom_contacts).where(wecom_contacts.c.account == account)))


def told(stores: Stores) -> list[dict[str, Any]]:
    return [call for row in stores.inbox.after(0, 10_000) for call in json.loads(row.body)["batch"]]


def names(stores: Stores) -> list[str]:
    return [call["event"] for call in told(stores)]


def after(stores: Stores, seconds: int) -> Any:
    return stores.clock.now() + timedelta(seconds=seconds)


def test_a_new_friend_is_a_person_with_an_event(each_stores: Stores) -> None:
    stores = each_stores
    account = an_account(stores)
    applied(stores, account, change(ADD, stores.clock.now(), State="spring"))
    run_until_empty(Drain(stores).step)
    (contact,) = mirror(stores, account)
    assert (contact.state, contact.userid, contact.channel) == ("friend", "zhangsan", "spring")
    with stores.ledger.read() as conn:
        (identifier,) = conn.exec_driver_sql("SELECT kind, value, source FROM identifiers").all()
    assert tuple(identifier) == ("external_userid", "wm1", "wecom:旗舰店")
    (event,) = stores.events.rows("SELECT name, source, properties.`channel_state`.:String, person FROM events")
    assert event[:3] == ("friend_added", "wecom:旗舰店", "spring")
    assert event[3] > 0


@pytest.mark.parametrize(
    ("kind", "more", "state", "event"),
    [
        (ADD, {}, "friend", "friend_added"),
        (HALF, {}, "half", "friend_added"),
        (REMOVE, {}, "removed", "friend_removed"),
        (REMOVE, {"Source": "DELETE_BY_TRANSFER"}, "transferred", "friend_transferred"),
        (LOSE, {}, "lost", "friend_lost"),
        ("edit_external_contact", {}, "unknown", None),
        ("transfer_fail", {"FailReason": "customer_refused"}, "unknown", None),
        ("msg_audit_approved", {"WelcomeCode": "W"}, "unknown", None),
    ],
)
def test_every_change_is_in_the_mirror(
    each_stores: Stores, kind: str, more: dict[str, str], state: str, event: str | None
) -> None:
    account = an_account(each_stores)
    applied(each_stores, account, change(kind, each_stores.clock.now(), **more))
    (contact,) = mirror(each_stores, account)
    assert contact.state == state
    assert names(each_stores) == ([event] if event else [])
    noted = (contact.reread is not None, contact.transfer_failed, contact.archiving is not None)
    assert noted == (kind[:4] == "edit" or kind[:3] == "add", more.get("FailReason", ""), kind[:3] == "msg")


def test_the_same_delivery_three_times_changes_once(each_stores: Stores) -> None:
    account = an_account(each_stores)
    body = change(ADD, each_stores.clock.now())
    applied(each_stores, account, body, body)
    applied(each_stores, account, body)
    assert names(each_stores) == ["friend_added"]


def test_half_and_then_whole_is_one_beginning(stores: Stores) -> None:
    account = an_account(stores)
    applied(stores, account, change(HALF, stores.clock.now()), change(ADD, after(stores, 30)))
    assert names(stores) == ["friend_added"]
    assert mirror(stores, account)[0].state == "friend"


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_in_whatever_order_they_come_the_end_is_the_same(stores: Stores, order: tuple[int, ...]) -> None:
    account = an_account(stores)
    life = [
        change(HALF, stores.clock.now()),
        change(ADD, after(stores, 10)),
        change(LOSE, after(stores, 20)),
        change(ADD, after(stores, 30), State="again"),
    ]
    for place in order:
        applied(stores, account, life[place])
    (contact,) = mirror(stores, account)
    assert contact.state == "friend"
    assert Counter(names(stores))["friend_lost"] == 1
    assert Counter(names(stores))["friend_added"] >= 1


@examples(25)
@given(data=st.data())
def test_one_run_or_many_make_the_same_mirror(stores: Stores, data: st.DataObject) -> None:
    account, other = an_account(stores, "甲"), an_account(stores, "乙")
    kinds = st.sampled_from([ADD, HALF, LOSE, REMOVE])
    steps = data.draw(st.lists(st.tuples(kinds, st.integers(0, 20)), min_size=1, max_size=8, unique_by=lambda s: s[1]))
    bodies = [change(kind, after(stores, at)) for kind, at in steps]
    applied(stores, account, *bodies)
    for body in bodies:
        applied(stores, other, body)
    (one,), (two,) = mirror(stores, account), mirror(stores, other)
    assert (one.state, one.told) == (two.state, two.told)


def test_what_nobody_knows_is_kept_and_counted(each_stores: Stores) -> None:
    account = an_account(each_stores)
    new = change("invented_tomorrow", each_stores.clock.now())
    applied(each_stores, account, new, b"<xml>broken", b"\x00\xff", change(ADD, each_stores.clock.now(), user=""))
    applied(each_stores, account, change("invented_tomorrow", after(each_stores, 1)))
    counted = {each["name"]: each["times"] for each in strange_callbacks(each_stores)}
    assert counted == {"change_external_contact.invented_tomorrow": 2, "?": 3}
    assert each_stores.callbacks.get(1) is not None


def test_a_crash_before_the_commit_tells_the_same_again(each_stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    stores = each_stores
    account = an_account(stores)
    kept(stores, account, change(ADD, stores.clock.now()), change(LOSE, after(stores, 5)))
    from siyu.channels.platform import applier

    tell = applier.tell

    def tell_and_die(*given: Any) -> None:
        tell(*given)
        raise RuntimeError("power cut")

    monkeypatch.setattr(applier, "tell", tell_and_die)
    with pytest.raises(RuntimeError):
        Applier(stores, receivers_of()).step()
    monkeypatch.undo()
    assert (mirror(stores, account), waiting(stores)) == ([], 2)
    run_until_empty(Applier(stores, receivers_of()).step)
    run_until_empty(Drain(stores).step)
    assert names(stores) == ["friend_added", "friend_lost"] * 2
    assert stores.events.row("SELECT count() FROM events") == (2,)


def test_a_replay_of_long_ago_is_not_believed(stores: Stores) -> None:
    account = an_account(stores)
    applied(stores, account, change(ADD, stores.clock.now() - timedelta(days=31)))
    assert (mirror(stores, account), names(stores)) == ([], [])
    assert strange_callbacks(stores)[0]["name"] == "late"


def test_what_is_applied_and_old_is_forgotten(each_stores: Stores) -> None:
    account = an_account(each_stores)
    applied(each_stores, account, change(ADD, each_stores.clock.now()))
    assert forget_old_callbacks(each_stores) == 0
    each_stores.clock.advance(timedelta(days=31))  # pyright: ignore
    assert forget_old_callbacks(each_stores) == 2
    assert forget_old_callbacks(each_stores) == 0


def test_a_call_that_can_not_be_stored_does_not_stop_the_drain(stores: Stores) -> None:
    account = an_account(stores)
    applied(
        stores,
        account,
        change(ADD, stores.clock.now(), customer="null"),  # what broken senders write for "nobody"
        change(ADD, stores.clock.now(), customer="wm2"),
    )
    run_until_empty(Drain(stores).step)
    assert stores.events.row("SELECT count() FROM events") == (1,)


def test_what_an_earlier_version_did_not_know_is_applied_once_by_the_next(
    each_stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = each_stores
    account = an_account(stores)
    added, lost = change(ADD, stores.clock.now()), change(LOSE, after(stores, 5))
    earlier = receivers_of()
    fewer = WecomReceiver(known=earlier["wecom"].known - {f"change_external_contact.{LOSE}"})
    kept(stores, account, added, lost, lost)
    run_until_empty(Applier(stores, Receivers(fewer)).step)
    assert names(stores) == ["friend_added"]
    assert [each["times"] for each in strange_callbacks(stores)] == [1]
    assert [Applier(stores, earlier).apply_again() for _ in range(2)] == [1, 0]
    assert names(stores) == ["friend_added", "friend_lost"]
    assert (mirror(stores, account)[0].state, strange_callbacks(stores)) == ("lost", [])
