"""Acquisition links: made once whatever happens, read whole, and the same by console, API and command line."""

from __future__ import annotations

import pytest

from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom.acquisition import links, reading, tasks
from siyu.channels.wecom.acquisition.links import Draft
from siyu.jobs import run_due
from siyu.storage import BadInput, Conflict
from tests.channels.wecom.simulated import Simulated
from tests.published import answered
from tests.web.conftest import SignedIn

JOBS = tasks  # known once it is imported


@pytest.fixture
def world(world: Simulated) -> Simulated:
    world.shop.door.post("corp", corpid=world.shop.corpid, quota=2, quota_total=100)
    return world


@pytest.fixture
def each_world(each_world: Simulated) -> Simulated:
    each_world.shop.door.post("corp", corpid=each_world.shop.corpid, quota=2, quota_total=100)
    return each_world


def made(world: Simulated, name: str = "双十一") -> int:
    draft = Draft(name, ["li", "wang"])
    return links.make_link(world.stores, world.exchange, "staff:1", world.account, draft)


def read(world: Simulated) -> None:
    reading.ask_to_read(world.stores, world.account)
    run_due(world.stores)


def test_who_comes_by_a_link_is_read_with_what_is_left_of_the_quota(each_world: Simulated) -> None:
    world = each_world
    number = made(world)
    link = links.get_link(world.stores, number)
    assert (link.state, link.url.startswith("https://work.weixin.qq.com/ca/")) == ("there", True)
    first = world.shop.act("link", url=link.url, channel="抖音")
    came = first["external_userid"]
    world.shop.act("link", url=link.url)
    world.move(seconds=5)
    world.shop.act("chat", userid=first["userid"], external_userid=came)
    world.hear()
    read(world)
    link = links.get_link(world.stores, number)
    assert (link.came, link.chatted, link.channels, link.asked) == (2, 1, {"抖音": 1, "": 1}, 1)
    people = reading.who_came(world.stores, world.account, link.link or "")
    assert came in [each.external_userid for each in people]
    quota = reading.quota_of(world.stores, world.account)
    assert quota is not None
    assert (quota.total, quota.balance) == (100, 0)
    assert links.statistic(world.stores, world.exchange, number, 30) == (2, 2)


def test_a_change_and_an_end_hold_at_the_platform(world: Simulated) -> None:
    number = made(world)
    link = links.get_link(world.stores, number).link
    changed = Draft("双十二", ["wang"], preferred=["wang"], skip_verify=False)
    links.change_link(world.stores, world.exchange, number, changed)
    told = world.shop.call("externalcontact/customer_acquisition/get", link_id=link)
    assert (told["link"]["link_name"], told["range"]["user_list"]) == ("双十二", ["wang"])
    assert told["priority_option"] == {"priority_type": 2, "priority_userid_list": ["wang"]}
    links.remove_link(world.stores, world.exchange, number)
    assert world.shop.call("externalcontact/customer_acquisition/get", link_id=link)["errcode"] == 40058
    assert links.list_links(world.stores) == []


def test_a_link_whose_answer_was_lost_is_recognised_and_not_made_twice(
    world: Simulated,
) -> None:
    world.loses_answers("customer_acquisition/create_link")
    with pytest.raises(PlatformError) as error:
        made(world)
    assert error.value.unknown
    with pytest.raises(Conflict):
        made(world)
    read(world)
    (link,) = links.list_links(world.stores)
    assert (link.state, link.by, link.link) == ("there", "staff:1", the_link(world))


def test_a_link_that_surely_is_not_there_was_not_made(world: Simulated) -> None:
    number = made(world)
    with world.stores.ledger.write() as conn:
        conn.execute(links.table.update().values(state="calling", link=None))
    world.shop.call("externalcontact/customer_acquisition/delete_link", link_id=the_link(world))
    world.move(minutes=4)
    read(world)
    assert links.get_link(world.stores, number).state == "refused"


def the_link(world: Simulated) -> str:
    (link,) = world.shop.call("externalcontact/customer_acquisition/list_link")["link_id_list"]
    return link


def test_links_made_elsewhere_are_taken_over_and_their_end_is_noted(world: Simulated) -> None:
    body = {"link_name": "后台建的", "range": {"user_list": ["li"]}}
    name = world.shop.call("externalcontact/customer_acquisition/create_link", body)["link"]["link_id"]
    read(world)
    (link,) = links.list_links(world.stores)
    assert (link.name, link.link, link.members, link.by) == ("后台建的", name, ["li"], "")
    world.shop.call("externalcontact/customer_acquisition/delete_link", link_id=name)
    world.move(minutes=5)
    read(world)
    assert [each.state for each in links.list_links(world.stores, gone=True)] == ["gone"]


def test_the_address_carries_a_channel_of_so_many_bytes(world: Simulated) -> None:
    link = links.get_link(world.stores, made(world))
    assert link.address("抖音 1").endswith("?customer_channel=%E6%8A%96%E9%9F%B3%201")
    assert link.deep_address().startswith("weixin://biz/ww/profile/https%3A%2F%2F")
    with pytest.raises(BadInput):
        link.address("长" * 22)


# --- the console


def test_a_link_is_made_looked_at_and_ended_in_the_console(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    assert "还没有获客链接" in console.get("/acquisition").text
    fields = {"name": "门店", "account": str(world.account), "members": "li，wang", "skip_verify": "1"}
    answer = console.post("/acquisition/new", fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/acquisition/1")
    shown = console.get("/acquisition/1?channel=douyin").text
    assert "customer_channel=douyin" in shown
    assert "点击链接的客户" in console.get("/acquisition/1/statistic").text
    assert console.post("/acquisition/1/edit", {**fields, "members": "li"}).status_code == 303
    assert links.get_link(world.stores, 1).members == ["li"]
    world.shop.act("link", url=links.get_link(world.stores, 1).url)
    assert console.post("/acquisition/read").status_code == 303
    run_due(world.stores)
    assert "剩余额度" in console.get("/acquisition").text
    assert console.post("/acquisition/1/remove").status_code == 303


def test_what_is_wrong_with_a_link_is_said_at_its_field(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    answer = console.post("/acquisition/new", {"name": "门店", "account": str(world.account), "departments": "一"})
    assert (answer.status_code, "部门须填编号" in answer.text) == (422, True)
    answer = console.post("/acquisition/new", {"name": "门店", "account": str(world.account)})
    assert (answer.status_code, "请选择接待的成员或部门" in answer.text) == (422, True)


def test_who_only_looks_makes_no_links(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("analyst")
    assert console.get("/acquisition").status_code == 200
    assert console.get("/acquisition/new").status_code == 403


# --- the API and the command line


def test_the_api_does_the_same(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    key = console.key()
    at = f"/api/accounts/{world.account}/acquisition"
    answer = console.http.post(at, json={"name": "短信", "members": ["li"]}, headers=key)
    assert (answer.status_code, answer.json()["state"]) == (201, "there")
    number = answer.json()["id"]
    world.shop.act("link", url=answer.json()["url"])
    assert console.http.post(f"{at}/read", headers=key).json()["job"]
    run_due(world.stores)
    told = console.get("/api/acquisition").json()
    assert (told["links"][0]["came"], told["quotas"][0]["balance"]) == (1, 1)
    assert len(console.get(f"/api/acquisition/{number}/people").json()["items"]) == 1
    assert console.get(f"/api/acquisition/{number}/statistic?days=7").json() == {"days": 7, "clicked": 1, "new": 1}
    changed = console.http.put(f"/api/acquisition/{number}", json={"name": "短信二", "members": ["li"]}, headers=key)
    assert changed.json()["name"] == "短信二"
    assert console.http.delete(f"/api/acquisition/{number}", headers=key).status_code == 204
    refused = console.http.post(at, json={"name": "短信"}, headers=key)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "link_range")


def test_the_command_line_does_the_same(world: Simulated) -> None:
    for line, schema in (
        (f"link make {world.account} --name 门店 --members li", "link"),
        ("link change 1 --name 门店二", "link"),
        (f"link read {world.account}", "link-list"),
        ("link list", "link-list"),
        ("link people 1", "link-people"),
        ("link statistic 1 --days 7", "link-statistic"),
        ("link remove 1", "link-remove"),
    ):
        answered(world.stores, line, schema)
