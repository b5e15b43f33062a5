"""A company is read whole, goes on where it was cut off, and says again nothing that was said."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

import siyu.channels.wecom.tasks  # noqa: F401  registers the jobs
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom.sync import contacts as harvest
from siyu.channels.wecom.sync import context
from siyu.channels.wecom.sync.listing import of_page
from siyu.channels.wecom.syncing import cancel_sync, start_sync, sync_status
from siyu.channels.wecom.tables import (
    wecom_contacts,
    wecom_departments,
    wecom_group_members,
    wecom_groups,
    wecom_members,
    wecom_tag_changes,
    wecom_tags,
)
from siyu.jobs import run_due, status
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.storage import BadInput, ManualClock, Stores
from tests.channels.platform.simulator import Simulator
from tests.channels.wecom.company import Company, serving
from tests.channels.wecom.samples import event
from tests.channels.wecom.told import CORP, SETTINGS, an_account, applied, change

ANNA, BEN = "wmOgQhDgAAuXFJGwbve4g4iXknfOAAAA", "wmOgQhDgAAuXFJGwbve4g4iXknfOBBBB"


@pytest.fixture
def company() -> Company:
    made = Company()
    made.tag("et1", "油性")
    made.tag("et2", "干性")
    made.add("li", ANNA, tag_id=["et1"], state="spring", unionid="oAnna-1")
    made.add("li", BEN)
    made.add("wang", ANNA, since=1_700_000_500)
    made.group("wrGroup", "li", ANNA)
    return made


@pytest.fixture
def simulator(company: Company) -> Iterator[Simulator]:
    with serving(company) as simulator:
        yield simulator


def at(stores: Stores, simulator: Simulator) -> int:
    assert SETTINGS["corp_id"] == CORP
    return an_account(stores, base_url=simulator.url)


def synced(stores: Stores, account: int, *only: str) -> Any:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(minutes=1))
    number = start_sync(stores, account, only)
    run_due(stores)
    found = status(stores, number)
    assert found.state == "done", found.error
    return found


def rows(stores: Stores, table: sa.Table) -> list[Any]:
    with stores.ledger.read() as conn:
        return list(conn.execute(sa.select(table).order_by(*table.primary_key.columns)))


def told(stores: Stores) -> list[str]:
    return [call.get("event", "") for row in stores.inbox.after(0, 10_000) for call in json.loads(row.body)["batch"]]


def test_a_whole_company_is_in_the_mirror(each_stores: Stores, simulator: Simulator) -> None:
    stores = each_stores
    account = at(stores, simulator)
    found = synced(stores, account)
    assert found.result["skipped"] == {}
    friends = {
        (row.external_userid, row.userid): (row.state, row.channel, row.tags) for row in rows(stores, wecom_contacts)
    }
    assert friends == {
        (ANNA, "li"): ("friend", "spring", "et1"),
        (ANNA, "wang"): ("friend", "", ""),
        (BEN, "li"): ("friend", "", ""),
    }
    assert [(row.name, row.group_name) for row in rows(stores, wecom_tags)] == [("油性", "肤质"), ("干性", "肤质")]
    assert [(row.userid, row.name, row.follows) for row in rows(stores, wecom_members)] == [
        ("li", "员工li", True),
        ("wang", "员工wang", True),
    ]
    assert [row.name for row in rows(stores, wecom_departments)] == ["总部"]
    assert [(row.name, row.owner) for row in rows(stores, wecom_groups)] == [("会员群", "li")]
    assert [row.member for row in rows(stores, wecom_group_members)] == ["li", ANNA]
    assert sync_status(stores, account).counts == {
        "tags": 2,
        "members": 2,
        "contacts": 3,
        "groups": 1,
        "group_members": 2,
    }


def test_what_was_read_becomes_people_with_profile_and_past(stores: Stores, simulator: Simulator) -> None:
    synced(stores, at(stores, simulator))
    run_until_empty(Drain(stores).step)
    with stores.ledger.read() as conn:
        people = conn.exec_driver_sql("SELECT name, sex, attributes FROM people ORDER BY name").all()
        kinds = conn.exec_driver_sql("SELECT kind, value FROM identifiers ORDER BY kind, value").all()
    assert [(row.name, row.sex) for row in people] == [("客户AAAA", "female"), ("客户BBBB", "female")]
    assert [tuple(row) for row in kinds] == [
        ("external_userid", ANNA),
        ("external_userid", BEN),
        ("unionid", "oAnna-1"),
    ]
    happened = stores.events.rows(
        "SELECT name, toUnixTimestamp(time), properties.staff.:String FROM events ORDER BY time"
    )
    assert ("friend_added", 1_700_000_500, "wang") in [tuple(row) for row in happened]
    assert Counter(row[0] for row in happened)["friend_added"] == 3
    assert Counter(row[0] for row in happened)["group_joined"] == 1


def test_again_says_nothing_new(each_stores: Stores, simulator: Simulator) -> None:
    stores = each_stores
    account = at(stores, simulator)
    synced(stores, account)
    before = told(stores)
    assert synced(stores, account).result["news"] == 0
    assert told(stores) == before


def test_only_what_changed_is_told(stores: Stores, simulator: Simulator, company: Company) -> None:
    account = at(stores, simulator)
    synced(stores, account)
    before = len(told(stores))
    company.contacts["li"][1]["external_contact"]["name"] = "新名字"
    synced(stores, account)
    assert told(stores)[before:] == [""]


def test_who_is_no_longer_listed_is_gone_and_may_come_back(
    each_stores: Stores, simulator: Simulator, company: Company
) -> None:
    stores = each_stores
    account = at(stores, simulator)
    synced(stores, account)
    before = len(told(stores))
    company.remove("li", BEN)
    synced(stores, account)
    states = {(row.external_userid, row.userid): row.state for row in rows(stores, wecom_contacts)}
    assert states == {(ANNA, "li"): "friend", (ANNA, "wang"): "friend", (BEN, "li"): "gone"}
    assert told(stores)[before:] == ["friend_removed"]
    company.add("li", BEN, since=int(stores.clock.now().timestamp()))
    synced(stores, account)
    assert {row.state for row in rows(stores, wecom_contacts)} == {"friend"}
    assert told(stores)[before:].count("friend_added") == 1


def test_whom_a_customer_deleted_stays_lost_though_listed(stores: Stores, simulator: Simulator) -> None:
    account = at(stores, simulator)
    synced(stores, account)
    applied(stores, account, change("del_follow_user", stores.clock.now(), user="li", customer=ANNA))
    synced(stores, account)
    states = {(row.external_userid, row.userid): row.state for row in rows(stores, wecom_contacts)}
    assert states[ANNA, "li"] == "lost"


def test_a_friendship_a_callback_told_is_not_told_again_and_the_other_way_round(
    stores: Stores, simulator: Simulator, company: Company
) -> None:
    account = at(stores, simulator)
    began = stores.clock.now().replace(microsecond=0)
    company.add("li", "wmNew", since=int(began.timestamp()))
    applied(stores, account, change("add_external_contact", began, user="li", customer="wmNew"))
    synced(stores, account)
    late = change("add_external_contact", began, user="li", customer=BEN)
    company.contacts["li"][1]["follow_info"]["createtime"] = int(began.timestamp())
    applied(stores, account, late)
    assert told(stores).count("friend_added") == 4


def test_a_reading_that_was_cut_off_goes_on(
    stores: Stores, simulator: Simulator, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.page = 1
    account = at(stores, simulator)
    monkeypatch.setattr(harvest, "PAGES_A_STEP", 1)
    monkeypatch.setattr(harvest, "FETCHERS", 1)
    kept = harvest._write  # pyright: ignore[reportPrivateUsage]
    calls = Counter[str]()

    def cut_off(*given: Any) -> Any:
        calls["step"] += 1
        if calls["step"] == 2:
            raise RuntimeError("power cut")
        return kept(*given)

    monkeypatch.setattr(harvest, "_write", cut_off)
    number = start_sync(stores, account, ["members", "contacts"])
    run_due(stores)
    assert status(stores, number).state == "waiting"
    assert len(rows(stores, wecom_contacts)) == 1
    stores.clock.advance(timedelta(minutes=1))  # pyright: ignore
    simulator.bodies.clear()
    run_due(stores)
    assert status(stores, number).state == "done"
    cursors = [json.loads(body).get("cursor") for body in simulator.bodies if b"userid_list" in body]
    assert cursors == ["1", None]  # li goes on with the second page, wang begins
    assert len(rows(stores, wecom_contacts)) == 3
    run_until_empty(Drain(stores).step)
    assert stores.events.row("SELECT count() FROM events WHERE name = 'friend_added'") == (3,)


def test_who_somebody_is_comes_with_the_beginning_of_the_friendship(stores: Stores, simulator: Simulator) -> None:
    synced(stores, at(stores, simulator), "members", "contacts")
    calls = [call for row in stores.inbox.after(0, 10) for call in json.loads(row.body)["batch"]]
    assert sorted((call["event"], call["traits"]["name"]) for call in calls) == [
        ("friend_added", "客户AAAA"),
        ("friend_added", "客户AAAA"),
        ("friend_added", "客户BBBB"),
    ]


def test_a_name_that_changed_after_a_crash_is_not_lost_with_the_repeat(
    stores: Stores, simulator: Simulator, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found is in the inbox, and the transaction that found it was lost."""
    account = at(stores, simulator)
    whole = context.tell

    def told_and_cut_off(*given: Any) -> int:
        if whole(*given):
            raise RuntimeError("power cut")
        return 0

    monkeypatch.setattr(context, "tell", told_and_cut_off)
    monkeypatch.setattr(harvest, "FETCHERS", 1)
    start_sync(stores, account, ["members", "contacts"])
    run_due(stores)
    monkeypatch.setattr(context, "tell", whole)
    before = told(stores).count("friend_added")
    company.contacts["li"][1]["external_contact"]["name"] = "新名字"
    stores.clock.advance(timedelta(minutes=1))  # pyright: ignore
    run_due(stores)
    assert before >= 2
    assert told(stores).count("friend_added") == before + 3
    run_until_empty(Drain(stores).step)
    assert stores.events.row("SELECT count() FROM events WHERE name = 'friend_added'") == (3,)
    with stores.ledger.read() as conn:
        names = conn.exec_driver_sql("SELECT name FROM people ORDER BY name").scalars()
        assert list(names) == ["客户AAAA", "新名字"]


def test_what_names_nobody_is_left_out_of_a_page(stores: Stores) -> None:
    known = {"external_contact": {"external_userid": "wm1", "name": 5, "gender": []}}
    items: list[Any] = [
        {"external_contact": None, "follow_info": {"userid": "li"}},
        {**known, "follow_info": {}},
        {**known, "follow_info": {"userid": "li", "createtime": "soon", "tag_id": ["et2", 7, "et1", "不"]}},
        {},
    ]
    now = stores.clock.now()
    (found,), listed = of_page(json.dumps(items).encode(), now)
    assert (found.pair, found.listed.since, found.listed.tags, listed) == (("wm1", "li"), now, "et1,et2", 4)
    assert of_page(b"", now) == ([], 0)


@pytest.mark.parametrize("items", [b"7", b"[7]", b'[{"external_contact":[]}]', b"["])
def test_a_page_that_is_none_is_said(stores: Stores, items: bytes) -> None:
    with pytest.raises(PlatformError) as caught:
        of_page(items, stores.clock.now())
    assert caught.value.platform_code == "not_json"


def test_an_edit_has_the_customer_read_again(each_stores: Stores, simulator: Simulator, company: Company) -> None:
    stores = each_stores
    account = at(stores, simulator)
    synced(stores, account)
    company.contacts["li"][0]["follow_info"]["tag_id"] = ["et2"]
    applied(stores, account, change("edit_external_contact", stores.clock.now(), user="li", customer=ANNA))
    stores.clock.advance(timedelta(seconds=10))  # pyright: ignore
    run_due(stores)
    assert {(row.userid, row.tags) for row in rows(stores, wecom_contacts) if row.external_userid == ANNA} == {
        ("li", "et2"),
        ("wang", ""),
    }
    last = rows(stores, wecom_tag_changes)[-1]
    assert (last.userid, last.added, last.removed) == ("li", "et2", "et1")


def test_changed_groups_and_tags_are_read_again(stores: Stores, simulator: Simulator, company: Company) -> None:
    account = at(stores, simulator)
    synced(stores, account)
    company.tag("et3", "敏感")
    company.group("wrGroup", "li", ANNA, BEN, unionid="oBen-1")
    moved = event("change_external_chat.update", stores.clock.now(), ChatId="wrGroup", UpdateDetail="add_member")
    applied(stores, account, moved, event("change_external_tag.create", stores.clock.now(), Id="et3", TagType="tag"))
    stores.clock.advance(timedelta(seconds=10))  # pyright: ignore
    run_due(stores)
    assert len(rows(stores, wecom_tags)) == 3
    assert [row.member for row in rows(stores, wecom_group_members)] == ["li", ANNA, BEN]
    assert told(stores)[-2:] == ["group_joined", ""]


def test_the_code_that_led_into_a_group_is_told_with_the_joining(
    stores: Stores, simulator: Simulator, company: Company
) -> None:
    account = at(stores, simulator)
    synced(stores, account)
    before = len(told(stores))
    company.group("wrGroup", "li", ANNA, BEN, state="club")
    more = {"UpdateDetail": "add_member", "JoinScene": 3, "MemChangeCnt": 1, "MemChangeList": [BEN]}
    applied(stores, account, event("change_external_chat.update", stores.clock.now(), ChatId="wrGroup", **more))
    assert len(told(stores)) == before
    stores.clock.advance(timedelta(seconds=10))  # pyright: ignore
    run_due(stores)
    (joined,) = [call for row in stores.inbox.after(0, 10_000) for call in json.loads(row.body)["batch"]][before:]
    assert (joined["event"], joined["properties"]["channel_state"]) == ("group_joined", "club")


def test_who_is_listed_no_longer_is_told_of_without_the_code(
    stores: Stores, simulator: Simulator, company: Company
) -> None:
    account = at(stores, simulator)
    synced(stores, account)
    before = len(told(stores))
    more = {"UpdateDetail": "add_member", "JoinScene": 3, "MemChangeCnt": 1, "MemChangeList": [BEN]}
    applied(stores, account, event("change_external_chat.update", stores.clock.now(), ChatId="wrGroup", **more))
    stores.clock.advance(timedelta(seconds=10))  # pyright: ignore
    run_due(stores)
    assert told(stores)[before:] == ["group_joined", "group_left"]


def test_a_running_sync_can_be_stopped(stores: Stores, simulator: Simulator) -> None:
    account = at(stores, simulator)
    number = start_sync(stores, account)
    assert start_sync(stores, account) == number
    assert cancel_sync(stores, account)
    run_due(stores)
    assert status(stores, number).state == "cancelled"
    assert not cancel_sync(stores, account)


def test_only_what_there_is_can_be_synced(stores: Stores, simulator: Simulator) -> None:
    with pytest.raises(BadInput) as refused:
        start_sync(stores, at(stores, simulator), ["moods"])
    assert refused.value.field == "only"
