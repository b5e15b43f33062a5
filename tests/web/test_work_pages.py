"""What staff and groups did, by console, API and command line alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from siyu.channels.wecom import tasks as syncs
from siyu.channels.wecom.statistics import reading, tasks
from siyu.channels.wecom.statistics.days import last_whole
from siyu.channels.wecom.syncing import start_sync
from siyu.jobs import run_due
from siyu.storage import Stores
from tests.channels.wecom.simulated import Simulated, simulated
from tests.published import answered
from tests.web.conftest import SignedIn

JOBS = (tasks, syncs)  # known once they are imported


@pytest.fixture
def world(stores: Stores) -> Iterator[Simulated]:
    """Li answered one customer and lost another; there is a group. That was yesterday."""
    with simulated(stores) as made:
        shop = made.shop
        shop.hire("li", name="李顾问")
        shop.hire("wang", name="王顾问")
        friend, lost = shop.befriend("li"), shop.befriend("li")
        shop.act("chat", userid="li", external_userid=friend)
        shop.act("chat", userid="li", external_userid=friend, by="member", text="在")
        shop.act("delete", userid="li", external_userid=lost)
        shop.act("talk", chat_id=shop.act("open_group", owner="wang")["chat_id"], who="wm_a", count=7)
        made.hear()
        start_sync(stores, made.account)
        run_due(stores)
        made.clock.advance(timedelta(days=1))
        made.platform.door.post("clock", move_seconds=86_400)
        yield made


def read(world: Simulated, days: int = 30) -> None:
    reading.ask_to_read(world.stores, world.account, days)
    run_due(world.stores)


def test_staffs_work_is_read_listed_searched_and_opened(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    empty = console.get("/insight/staff", **{"HX-Request": "true"}).text
    assert "还没有数据" in empty
    assert f"/insight/staff/read?account={world.account}&amp;days=30" in empty  # the next step
    answer = console.post(f"/insight/staff/read?account={world.account}&days=7")
    assert answer.status_code == 303
    assert "读取员工与社群数据" in console.get("/insight/staff").text
    run_due(world.stores)
    page = console.get("/insight/staff?days=7").text
    assert "李顾问" in page
    assert "100.0%" in page
    assert 'data-chart="work-chats"' in page
    assert 'data-chart="work-reply_share"' in page
    assert 'days=7" class="active" aria-current="page">近 7 天' in page
    part = console.get("/insight/staff?days=7", **{"HX-Request": "true"}).text
    assert "李顾问" in part
    assert "data-chart" not in part
    assert "李顾问" not in console.get("/insight/staff?q=王").text
    found = console.get("/insight/staff?sort=chats").text
    assert found.index("王顾问") < found.index("李顾问")
    one = console.get(f"/insight/staff?account={world.account}&days=7&who=li").text
    assert last_whole(world.clock.now()).isoformat() in one


def test_groups_work_is_listed_by_owner(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("analyst")
    read(world)
    page = console.get("/insight/groups").text
    assert "王顾问" in page
    assert "群主" in page


def test_an_old_address_still_opens(world: Simulated, signed_in: SignedIn) -> None:
    read(world)
    console = signed_in("analyst")
    assert console.get("/insight/staff?account=99&days=17&sort=nothing&who=nobody").status_code == 200


def test_it_is_exported_by_day(world: Simulated, signed_in: SignedIn) -> None:
    read(world, 2)
    answer = signed_in("analyst").get("/insight/staff.xlsx?days=7")
    assert (answer.status_code, answer.content[:2]) == (200, b"PK")


def test_who_only_looks_has_nothing_read(world: Simulated, signed_in: SignedIn) -> None:
    assert signed_in("analyst").post("/insight/staff/read").status_code == 403


def test_who_may_not_see_reports_sees_none(signed_in: SignedIn) -> None:
    assert signed_in("adviser").get("/insight/staff").status_code == 403


def test_the_api_does_the_same(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    key, at = console.key(), f"/api/accounts/{world.account}/work"
    assert console.http.post(f"{at}/read", json={"days": 7}, headers=key).json()["job"]
    run_due(world.stores)
    told = console.get(f"{at}?days=7").json()
    lines = {each["who"]: each["values"] for each in told["lines"]}
    assert (lines["li"]["chats"], lines["li"]["lost"], lines["wang"]["reply_share"]) == (1, 1, None)
    assert (told["all"]["added"], len(told["days"])) == (2, 7)
    groups = console.get(f"{at}?of=groups&days=7&who=wang").json()
    assert groups["all"]["messages"] == 7
    days = console.get(f"{at}/days?of=groups&days=2").json()["lines"]
    assert [each["values"]["messages"] for each in days] == [7, 0]
    assert console.http.post(f"{at}/read", json={"days": 181}, headers=key).status_code == 400
    assert console.get("/api/accounts/99/work").status_code == 404


def test_the_command_line_does_the_same(world: Simulated) -> None:
    for line, schema in (
        (f"work read {world.account} --days 7", "work-read"),
        (f"work members {world.account} --days 7", "work"),
        (f"work groups {world.account} --who wang", "work"),
        (f"work days {world.account} --of groups --days 2", "work-days"),
    ):
        answered(world.stores, line, schema)
