"""Messages that staff confirm: gathered, one task an adviser, settled by the platform's word. None twice, none lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.channels.media import add_medium
from siyu.channels.wecom import mass, mass_tasks
from siyu.channels.wecom.sending_tables import wecom_sends, wecom_tasks
from siyu.channels.wecom.tables import wecom_contacts
from siyu.people.tables import own_events
from siyu.reach.broadcasts import cancel_broadcast, get_broadcast, pause_broadcast, resume_broadcast
from siyu.reach.handed import Handing, remind, waiting
from siyu.reach.intending import count_broadcast
from siyu.storage import Conflict, Stores
from tests.channels.platform.simulator import Simulator, running
from tests.reach.wecom_shop import ADD, CANCEL, REMIND, RESULT, WecomShop


@pytest.fixture(scope="module")
def _server() -> Iterator[Simulator]:
    with running(Simulator()) as simulator:
        yield simulator


@pytest.fixture
def simulator(_server: Simulator) -> Simulator:
    fresh = Simulator(_server.url)
    _server.__dict__.update({**fresh.__dict__, "_lock": _server._lock})
    return _server


@pytest.fixture
def shop(stores: Stores, simulator: Simulator) -> Iterator[WecomShop]:
    made = WecomShop(stores, simulator)
    yield made
    made.channels.close()


@pytest.fixture
def each_shop(each_stores: Stores, simulator: Simulator) -> Iterator[WecomShop]:
    made = WecomShop(each_stores, simulator)
    yield made
    made.channels.close()


def events(shop: WecomShop) -> dict[str, int]:
    with shop.stores.ledger.read() as conn:
        rows = conn.execute(sa.select(own_events.c.name, sa.func.count()).group_by(own_events.c.name))
        return {row[0]: row[1] for row in rows}


def test_one_task_an_adviser_and_its_people_wait_until_it_is_confirmed(each_shop: WecomShop) -> None:
    shop = each_shop
    shop.friends(3, "zhangsan")
    shop.friends(2, "lisi")
    broadcast = shop.started()
    shop.hand_on()
    tasks = sorted(shop.platform.tasks.values(), key=lambda task: task["sender"])
    assert [(task["sender"], len(task["external_userid"])) for task in tasks] == [("lisi", 2), ("zhangsan", 3)]
    assert tasks[0]["text"] == {"content": "新品到店"}
    assert shop.states(broadcast) == {("handed", None): 5}
    assert (waiting(shop.stores, shop.channels, broadcast).advisers, events(shop)) == (2, {})
    shop.platform.confirm("msg1")
    shop.hand_on(minutes=2)
    counts = shop.states(broadcast)
    assert counts[("accepted", None)] + counts[("handed", None)] == 5
    assert waiting(shop.stores, shop.channels, broadcast).advisers == 1
    shop.platform.confirm()
    shop.hand_on(rounds=2, minutes=5)
    assert shop.states(broadcast) == {("accepted", None): 5}
    assert events(shop) == {"message_accepted": 5}
    assert get_broadcast(shop.stores, broadcast).state == "done"


def test_a_link_goes_along(shop: WecomShop) -> None:
    shop.friends(1)
    link = {"link_title": "上新", "link_url": "https://shop.example/new", "link_description": "看看"}
    shop.started(content={"wecom": {"text": "新品", **link}})
    shop.hand_on()
    (task,) = shop.platform.tasks.values()
    link = {"title": "上新", "url": "https://shop.example/new", "desc": "看看"}
    assert task["attachments"] == [{"msgtype": "link", "link": link}]


def test_a_picture_goes_along_and_is_uploaded_once(shop: WecomShop, simulator: Simulator) -> None:
    simulator.answers["media/upload"] = lambda *_: {"errcode": 0, "media_id": "M1"}
    sha256 = add_medium(shop.stores, "test", "a.png", b"\x89PNG\r\n\x1a\npicture")
    shop.friends(1, "zhangsan")
    shop.friends(1, "lisi")
    shop.started(content={"wecom": {"text": "新品", "image": sha256}})
    shop.hand_on()
    attached = [task["attachments"] for task in shop.platform.tasks.values()]
    assert attached == [[{"msgtype": "image", "image": {"media_id": "M1"}}]] * 2
    assert simulator.asked["media/upload"] == 1


def test_a_picture_that_is_gone_is_said_and_nothing_is_sent_without_it(shop: WecomShop) -> None:
    shop.friends(1)
    broadcast = shop.started(content={"wecom": {"text": "新品", "image": "0" * 64}})
    shop.hand_on()
    assert (shop.platform.tasks, shop.states(broadcast)) == ({}, {("refused", "wecom_medium_gone"): 1})


def test_a_task_takes_so_many_customers(shop: WecomShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mass, "CUSTOMERS_MAX", 2)
    shop.friends(5)
    shop.started()
    shop.hand_on()
    sizes = sorted(len(task["external_userid"]) for task in shop.platform.tasks.values())
    assert sizes == [1, 2, 2]


@pytest.mark.parametrize(("rule", "sender"), [("latest", "new"), ("first", "old")])
def test_the_account_says_which_adviser_sends(stores: Stores, simulator: Simulator, rule: str, sender: str) -> None:
    shop = WecomShop(stores, simulator, sender=rule)
    numbers = shop.friends(1, "new")
    shop.befriend(numbers, "old", days_ago=9)
    shop.befriend(numbers, "gone", days_ago=-1, state="lost")
    shop.started()
    shop.hand_on()
    assert [task["sender"] for task in shop.platform.tasks.values()] == [sender]
    shop.channels.close()


def test_what_the_platform_says_of_each_customer_is_their_result(shop: WecomShop) -> None:
    first, second, third = shop.friends(3)
    shop.platform.became = {f"wm{second}": 2, f"wm{third}": 3}
    broadcast = shop.started()
    shop.hand_on()
    shop.platform.confirm()
    shop.hand_on(minutes=2)
    assert shop.message(broadcast, first).state == "accepted"
    assert shop.message(broadcast, second).reason == "wecom_not_a_friend"
    assert shop.message(broadcast, third).reason == "wecom_quota_used"
    assert events(shop) == {"message_accepted": 1, "message_refused": 2}


def test_whom_the_platform_refuses_at_once_is_refused(shop: WecomShop) -> None:
    first, second = shop.friends(2)
    shop.platform.unreachable = [f"wm{second}"]
    broadcast = shop.started()
    shop.hand_on()
    assert shop.message(broadcast, first).state == "handed"
    assert (shop.message(broadcast, second).state, shop.message(broadcast, second).reason) == (
        "refused",
        "wecom_not_reachable",
    )


# -- the platform's limits, said before anything is sent


def test_who_has_no_adviser_or_had_one_today_is_held_and_counted_before(shop: WecomShop) -> None:
    (served,) = shop.friends(1)
    shop.started()
    shop.hand_on()
    (lost,) = shop.friends(1, "lisi")
    with shop.stores.ledger.write() as conn:
        conn.execute(sa.update(wecom_contacts).where(wecom_contacts.c.userid == "lisi").values(state="lost"))
    (friend,) = shop.friends(1)
    broadcast = shop.begun()
    counted = count_broadcast(shop.stores, shop.channels, shop.members, broadcast)
    shop.intend(broadcast)
    reasons = [shop.message(broadcast, person).reason for person in (served, lost, friend)]
    assert reasons == ["wecom_quota_day", "wecom_no_adviser", None]
    assert [shop.message(broadcast, each).state for each in (served, lost, friend)] == ["due", "held", "due"]
    assert counted.counts.held == {"wecom_quota_day": 1, "wecom_no_adviser": 1}


def test_a_month_has_as_many_as_days_and_an_account_may_say_fewer(stores: Stores, simulator: Simulator) -> None:
    shop = WecomShop(stores, simulator, customer_month_max=2, customer_day_max=5)
    (friend,) = shop.friends(1)
    for _ in range(2):
        shop.started()
        shop.hand_on()
        shop.platform.confirm()
        shop.hand_on(minutes=2)
    broadcast = shop.started()
    assert shop.message(broadcast, friend).reason == "wecom_quota_month"
    shop.clock.advance(timedelta(days=10))  # into December
    broadcast = shop.started()
    assert shop.message(broadcast, friend).state == "due"
    shop.channels.close()


# -- crashes, and calls without an answer


class Killed(BaseException):
    """As if the process had ended there."""


def crash(*_: Any, **__: Any) -> Any:
    raise Killed


def test_a_crash_after_gathering_gathers_nobody_twice(each_shop: WecomShop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = each_shop
    shop.friends(3)
    broadcast = shop.started()
    with monkeypatch.context() as patched:
        patched.setattr("siyu.reach.sending.settle", crash)
        deliverer = shop.deliverer()
        with pytest.raises(Killed):
            deliverer.tick()
        deliverer.stop()
    assert shop.states(broadcast) == {("attempted", None): 3}
    again = shop.deliverer()
    again.recover(all_of_them=True)
    again.stop()
    assert shop.states(broadcast) == {("handed", None): 3}
    shop.hand_on()
    assert sum(len(task["external_userid"]) for task in shop.platform.tasks.values()) == 3


@pytest.mark.parametrize("made", [True, False])
def test_a_crash_between_the_row_and_the_answer_is_asked_about_and_never_repeated(
    each_shop: WecomShop, monkeypatch: pytest.MonkeyPatch, made: bool
) -> None:
    shop = each_shop
    shop.friends(3)
    broadcast = shop.started()
    shop.deliver()
    with monkeypatch.context() as patched:
        if made:  # the platform has it, and the process ended before it wrote that down
            patched.setattr(mass, "settle_sends", crash)
            shop.platform.unreachable = ["wm1"]
        else:
            patched.setattr(mass_tasks, "content_of", crash)
        with pytest.raises(Killed):
            Handing(shop.stores, shop.channels).tick()
    assert len(shop.platform.tasks) == made
    shop.platform.unreachable = []
    with shop.stores.ledger.write() as conn:  # the caller's machine time has passed
        conn.execute(sa.update(wecom_tasks).values(calling_until=None))
    shop.hand_on(rounds=10, minutes=1)
    assert len(shop.platform.tasks) == 1
    shop.platform.confirm()
    shop.hand_on(rounds=3, minutes=30)
    assert shop.platform.reached == (["wm2", "wm3"] if made else ["wm1", "wm2", "wm3"])
    assert shop.states(broadcast).get(("accepted", None)) == len(shop.platform.reached)


@pytest.mark.parametrize("lost", [1, 2])
def test_a_call_without_an_answer_is_looked_for(shop: WecomShop, lost: int) -> None:
    shop.friends(2, "zhangsan")
    shop.friends(2, "lisi")
    shop.platform.lost = lost
    broadcast = shop.started()
    shop.hand_on()
    assert (len(shop.platform.tasks), shop.states(broadcast)) == (2, {("handed", None): 4})
    shop.hand_on(rounds=2, minutes=1)
    shop.platform.confirm()
    shop.hand_on(rounds=2, minutes=5)
    assert (len(shop.platform.tasks), shop.states(broadcast)) == (2, {("accepted", None): 4})


def test_a_call_that_surely_failed_is_made_again(shop: WecomShop, simulator: Simulator) -> None:
    shop.friends(2)
    simulator.codes[ADD] = [45009]
    broadcast = shop.started()
    shop.hand_on()
    assert (shop.platform.tasks, shop.states(broadcast)) == ({}, {("handed", None): 2})
    shop.clock.advance(timedelta(seconds=90))
    handing = Handing(shop.stores, shop.channels)
    handing.tick()
    assert len(shop.platform.tasks) == 1


def test_an_account_that_is_refused_stops(shop: WecomShop, simulator: Simulator) -> None:
    from siyu.reach.pausing import stopped_accounts

    shop.friends(2)
    simulator.codes[ADD] = [48002]
    shop.started()
    shop.hand_on()
    assert stopped_accounts(shop.stores) == {shop.account: "account_refused"}
    assert shop.platform.tasks == {}


# -- calling back, reminding, giving up


def test_a_cancelled_broadcast_calls_its_tasks_back(each_shop: WecomShop) -> None:
    shop = each_shop
    shop.friends(2)
    broadcast = shop.started()
    shop.hand_on()
    cancel_broadcast(shop.stores, broadcast)
    shop.hand_on(rounds=3, minutes=1)
    assert shop.platform.tasks["msg1"]["cancelled"]
    assert shop.states(broadcast) == {("cancelled", "cancelled"): 2}


def test_calling_back_does_not_wait_for_the_next_look(shop: WecomShop, simulator: Simulator) -> None:
    shop.friends(1)
    broadcast = shop.started()
    shop.hand_on()
    shop.hand_on(rounds=8, minutes=31)  # by now it is looked at every half an hour
    cancel_broadcast(shop.stores, broadcast)
    shop.hand_on()
    assert simulator.asked[CANCEL] == 1


def test_what_went_out_before_it_was_called_back_is_told(shop: WecomShop) -> None:
    shop.friends(2)
    broadcast = shop.started()
    shop.hand_on()
    shop.platform.confirm()
    cancel_broadcast(shop.stores, broadcast)
    shop.hand_on(rounds=3, minutes=1)
    assert shop.states(broadcast) == {("accepted", None): 2}


def test_what_is_gathered_and_cancelled_never_becomes_a_task(shop: WecomShop) -> None:
    shop.friends(2)
    broadcast = shop.started()
    shop.deliver()
    cancel_broadcast(shop.stores, broadcast)
    shop.hand_on()
    assert (shop.platform.tasks, shop.states(broadcast)) == ({}, {("cancelled", "cancelled"): 2})


def test_a_pause_hands_nothing_on(shop: WecomShop) -> None:
    shop.friends(2)
    broadcast = shop.started()
    shop.deliver()
    pause_broadcast(shop.stores, broadcast)
    shop.hand_on()
    assert shop.platform.tasks == {}
    resume_broadcast(shop.stores, broadcast)
    shop.intend(broadcast)
    shop.hand_on()
    assert len(shop.platform.tasks) == 1


def test_what_nobody_confirms_in_time_is_called_back_and_refused(stores: Stores, simulator: Simulator) -> None:
    shop = WecomShop(stores, simulator, confirm_days=1)
    shop.friends(2)
    broadcast = shop.started()
    shop.hand_on()
    shop.hand_on(minutes=60 * 25)
    assert simulator.asked[CANCEL] == 1
    shop.hand_on(rounds=2, minutes=1)
    assert shop.states(broadcast) == {("refused", "wecom_not_confirmed"): 2}
    shop.channels.close()


def test_an_adviser_is_reminded_three_times_a_day(shop: WecomShop, simulator: Simulator) -> None:
    shop.friends(2)
    broadcast = shop.started()
    shop.hand_on()
    for _ in range(3):
        assert remind(shop.stores, shop.channels, broadcast) == 1
    with pytest.raises(Conflict):
        remind(shop.stores, shop.channels, broadcast)
    assert simulator.asked[REMIND] == 3
    shop.clock.advance(timedelta(hours=25))
    assert remind(shop.stores, shop.channels, broadcast) == 1


def test_it_is_asked_less_and_less_often(shop: WecomShop, simulator: Simulator) -> None:
    shop.friends(1)
    shop.started()
    shop.hand_on()
    shop.hand_on(rounds=24, minutes=60)
    task = sum(number for call, number in simulator.asked.items() if "get_groupmsg_task" in call)
    assert 20 <= task <= 26
    assert simulator.asked[RESULT] == 0


def test_nothing_of_it_is_kept_open_at_the_end(shop: WecomShop) -> None:
    shop.friends(3)
    shop.started()
    shop.hand_on()
    shop.platform.confirm()
    shop.hand_on(minutes=2)
    with shop.stores.ledger.read() as conn:
        assert set(conn.execute(sa.select(wecom_tasks.c.state)).scalars()) == {"done"}
        assert set(conn.execute(sa.select(wecom_sends.c.state)).scalars()) == {"sent"}


def test_the_words_are_sent_as_they_are(shop: WecomShop, simulator: Simulator) -> None:
    shop.friends(1)
    shop.started(content={"wecom": {"text": "你好 https://shop.example/a?b=1"}})
    shop.hand_on()
    body = next(json.loads(each) for each in simulator.bodies if b"add_msg" in each or b"external_userid" in each)
    assert body["text"]["content"] == "你好 https://shop.example/a?b=1"


def test_what_is_over_the_days_quota_goes_the_next_day(each_shop: WecomShop) -> None:
    shop = each_shop
    (friend,) = shop.friends(1)
    first = shop.started()
    second = shop.started()  # nothing was handed over yet, so both are written
    shop.deliver()
    put_off = [each for each in (first, second) if shop.message(each, friend).state == "due"]
    third = shop.started()
    waiting = [shop.message(each, friend) for each in (*put_off, third)]
    tomorrow = datetime(2026, 11, 22, 16, tzinfo=UTC)  # midnight in Beijing
    assert [(each.state, each.reason, each.due) for each in waiting] == [("due", "wecom_quota_day", tomorrow)] * 2
    shop.clock.at = tomorrow + timedelta(hours=10)
    shop.deliver()
    states = sorted(shop.message(each, friend).state for each in (first, second, third))
    assert states == ["due", "handed", "handed"]  # one a day
    assert max(shop.message(each, friend).due for each in [*put_off, third]) == tomorrow + timedelta(days=1)


def test_of_those_who_wait_for_the_next_day_as_many_are_held_out(shop: WecomShop) -> None:
    friends = shop.friends(40)
    shop.started()
    shop.deliver()
    broadcast = shop.begun(holdout_percent=50)
    shop.intend(broadcast)
    states = Counter(shop.message(broadcast, each).state for each in friends)
    assert set(states) == {"due", "holdout"}
    assert 5 < states["holdout"] < 35
