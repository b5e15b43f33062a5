"""What the platform counted of members and groups: read whole, read again, gone on with, and put together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from siyu.channels.wecom import tasks as syncs
from siyu.channels.wecom.statistics import figures, reading, tasks
from siyu.channels.wecom.statistics.command import wanted_days
from siyu.channels.wecom.statistics.days import last_whole, spans
from siyu.channels.wecom.statistics.figures import Line, Values
from siyu.channels.wecom.statistics.measures import GROUPS, MEMBERS, Kind
from siyu.channels.wecom.syncing import start_sync
from siyu.jobs import enqueue, run_due
from siyu.storage import BadInput, Stores
from tests.channels.wecom.simulated import Simulated, simulated

JOBS = (tasks, syncs)  # known once they are imported
BEHAVIOUR = "get_user_behavior_data"


@pytest.fixture
def world(stores: Stores) -> Iterator[Simulated]:
    with simulated(stores, "li", "wang") as made:
        yield made


@pytest.fixture
def each_world(each_stores: Stores) -> Iterator[Simulated]:
    with simulated(each_stores, "li", "wang") as made:
        yield made


def chat(world: Simulated, userid: str, friend: str, by: str = "customer") -> None:
    world.shop.act("chat", userid=userid, external_userid=friend, by=by)


def tick(world: Simulated, **time_passes: float) -> None:
    """Time goes on without anything else being done."""
    passed = timedelta(**time_passes)
    world.clock.advance(passed)
    world.platform.door.post("clock", move_seconds=passed.total_seconds())


def read(world: Simulated, days: int | None = None) -> None:
    reading.ask_to_read(world.stores, world.account, days)
    run_due(world.stores)


def lines(world: Simulated, kind: Kind = MEMBERS, days: int = 30) -> dict[str, Line]:
    wanted = wanted_days(world.stores, world.account, days)
    return {each.who: each for each in figures.by_who(world.stores, kind, wanted)}


def by_day(world: Simulated, kind: Kind = MEMBERS, days: int = 30) -> dict[str, Values]:
    return dict(figures.by_day(world.stores, kind, wanted_days(world.stores, world.account, days)))


def a_day_of_li(world: Simulated) -> str:
    """Two customers write, one is answered after four minutes, a third one leaves. Then it is tomorrow."""
    answered, waits, leaves = (world.shop.befriend("li") for _ in range(3))
    chat(world, "li", answered)
    chat(world, "li", waits)
    tick(world, minutes=4)
    chat(world, "li", answered, by="member")
    world.shop.act("delete", userid="li", external_userid=leaves)
    tick(world, days=1)
    return last_whole(world.clock.now()).isoformat()


def test_each_members_days_are_read(each_world: Simulated) -> None:
    day = a_day_of_li(each_world)
    read(each_world)
    found = lines(each_world)
    expected = {"chats": 1, "messages": 1, "reply_share": 50.0, "reply_minutes": 4.0, "applied": 3, "added": 3}
    assert found["li"].values == {**expected, "lost": 1}
    assert found["wang"].values == {**dict.fromkeys(expected, 0), "reply_share": None, "reply_minutes": None, "lost": 0}
    assert by_day(each_world)[day] == found["li"].values
    assert len(by_day(each_world)) == 30


def test_reading_again_changes_nothing_and_takes_what_the_platform_amended(world: Simulated) -> None:
    a_day_of_li(world)
    read(world)
    before = lines(world)
    read(world)
    assert lines(world) == before
    with world.stores.ledger.write() as conn:
        conn.execute(MEMBERS.table.update().values(messages=99))
    read(world)
    assert lines(world, days=3)["li"].values["messages"] == 1


def test_every_night_the_days_since_the_last_reading_are_read(world: Simulated) -> None:
    read(world)
    tick(world, days=5)
    before = world.calls(BEHAVIOUR)
    assert len(by_day(world, days=40)) == 30
    with world.stores.ledger.write() as conn:
        enqueue(conn, tasks.ALL, {}, now=world.clock.now())
    run_due(world.stores)
    assert len(by_day(world, days=40)) == 35
    assert world.calls(BEHAVIOUR) - before == 2


def test_half_a_year_is_read_a_month_a_call(world: Simulated) -> None:
    read(world, 180)
    assert len(by_day(world, days=180)) == 180
    assert world.calls(BEHAVIOUR) == 12
    with pytest.raises(BadInput):
        reading.ask_to_read(world.stores, world.account, 181)


def test_a_reading_that_was_cut_off_goes_on_behind_what_it_has_read(world: Simulated) -> None:
    a_day_of_li(world)
    path = f"/cgi-bin/externalcontact/{BEHAVIOUR}"
    world.platform.door.post("faults", rules=[{"kind": "code", "code": 45029, "path": path, "skip": 2}])
    reading.ask_to_read(world.stores, world.account, 60)
    run_due(world.stores)
    assert set(lines(world)) == {"li"}
    world.platform.door.post("faults", rules=[])
    before = world.calls(BEHAVIOUR)
    tick(world, hours=1)
    run_due(world.stores)
    assert set(lines(world, days=60)) == {"li", "wang"}
    assert world.calls(BEHAVIOUR) - before == 2


def test_a_member_out_of_sight_does_not_stop_the_others(world: Simulated) -> None:
    a_day_of_li(world)
    number = reading.ask_to_read(world.stores, world.account)
    world.platform.door.post(
        "faults",
        rules=[{"kind": "code", "code": 60111, "path": f"/cgi-bin/externalcontact/{BEHAVIOUR}", "times": 1}],
    )
    run_due(world.stores)
    assert set(lines(world)) == {"wang"}
    latest = reading.latest_reading(world.stores, world.account)
    assert latest is not None
    assert (latest.done, latest.all) == (2, 2)
    assert (latest.id, latest.state, (latest.result or {})["out_of_sight"]) == (number, "done", 1)


def a_day_of_groups(world: Simulated) -> None:
    group = world.shop.act("open_group", owner="li")["chat_id"]
    world.shop.act("open_group", owner="wang")
    world.shop.act("invite", chat_id=group)
    world.shop.act("talk", chat_id=group, who="wm_a", count=3)
    start_sync(world.stores, world.account)
    run_due(world.stores)
    tick(world, days=1)


def test_each_owners_days_are_read(each_world: Simulated) -> None:
    a_day_of_groups(each_world)
    read(each_world, 30)
    found = lines(each_world, GROUPS)
    expected = {"groups": 1, "groups_new": 1, "groups_active": 1, "members": 2, "members_new": 2, "members_active": 1}
    assert found["li"].values == {**expected, "messages": 3}
    assert (found["wang"].values["members"], found["wang"].values["messages"]) == (1, 0)
    total = figures.in_all(each_world.stores, GROUPS, wanted_days(each_world.stores, each_world.account))
    assert total is not None
    assert (total["groups"], total["members"], total["messages"]) == (2, 3, 3)
    assert each_world.calls("groupchat/statistic_group_by_day") == 2


def test_many_owners_of_a_few_days_are_asked_for_together(world: Simulated) -> None:
    world.shop.hire(*(f"owner{each}" for each in range(4)))
    for each in range(4):
        world.shop.act("open_group", owner=f"owner{each}")
    start_sync(world.stores, world.account)
    run_due(world.stores)
    tick(world, days=1)
    read(world, 3)
    assert (world.calls("groupchat/statistic"), world.calls("groupchat/statistic_group_by_day")) == (3, 0)
    assert len(lines(world, GROUPS, 3)) == 4


def test_an_owner_out_of_sight_does_not_hide_the_others(world: Simulated) -> None:
    test_many_owners_of_a_few_days_are_asked_for_together(world)
    with world.stores.ledger.write() as conn:
        conn.execute(GROUPS.table.delete())
    path = "/cgi-bin/externalcontact/groupchat/statistic"
    rules = [{"kind": "code", "code": 60111, "path": path, "times": 1}]
    world.platform.door.post("faults", rules=rules)
    read(world, 3)
    assert len(lines(world, GROUPS, 3)) == 4


def test_a_mean_is_weighted_by_chats(world: Simulated) -> None:
    first, second = (last_whole(world.clock.now()) - timedelta(days=back) for back in (1, 0))
    row = dict.fromkeys(("chats", "messages", "applied", "added", "lost"), 0) | {"account": world.account, "who": "li"}
    rows = [
        {**row, "day": first.isoformat(), "chats": 9, "reply_share": 100.0, "reply_minutes": 1.0},
        {**row, "day": second.isoformat(), "chats": 1, "reply_share": 50.0, "reply_minutes": None},
    ]
    with world.stores.ledger.write() as conn:
        conn.execute(MEMBERS.table.insert(), [{**each, "read": world.clock.now()} for each in rows])
    values = lines(world)["li"].values
    assert (values["reply_share"], values["reply_minutes"], values["chats"]) == (95.0, 1.0, 10)


def test_what_is_unknown_comes_last_whichever_way_a_list_goes() -> None:
    found = [Line(who, "", False, "", {"reply_share": share}) for who, share in (("a", None), ("b", 10.0), ("c", 90.0))]
    for descending, order in ((False, "bca"), (True, "cba")):
        assert [each.who for each in figures.in_order(found, "", "reply_share", descending=descending)] == list(order)


@pytest.mark.parametrize("many", [1, 29, 30, 31, 180])
def test_calls_cover_every_day_once(many: int) -> None:
    last = date(2026, 11, 22)
    first = last - timedelta(days=many - 1)
    covered = [start + timedelta(days=k) for start, end in spans(first, last) for k in range((end - start).days + 1)]
    assert covered == [first + timedelta(days=k) for k in range(many)]
    assert all((end - start).days < 30 for start, end in spans(first, last))
