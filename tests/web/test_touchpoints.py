"""Touchpoints, entry paths and invite lists in the console, over the API and on the command line."""

from __future__ import annotations

import shlex
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from siyu.audiences.conditions.sequence import Step
from siyu.audiences.filters import Filter
from siyu.growth.cold_start import keeping as lists
from siyu.growth.cold_start.model import ListDraft
from siyu.growth.paths import keeping as paths
from siyu.growth.purses.keeping import open_purse
from siyu.growth.touchpoints import keeping
from siyu.growth.touchpoints.model import Mark
from siyu.staff import audit
from siyu.staff.roles import ROLES
from siyu.storage import Stores
from tests.growth.cold_start.test_inviting import a_code
from tests.growth.referral.test_bringing import some_people
from tests.insight.world import Happened, store
from tests.published import answered
from tests.web.conftest import Console, SignedIn


def test_a_touchpoint_is_made_and_has_its_costs_on_its_pages(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    assert "还没有触点" in console.get("/touchpoints").text
    code = a_code(stores)
    assert "首批客户" in console.get("/touchpoints/new").text
    form = {"name": "门店", "kind": "counter", "code": str(code), "state": "door，wall", "utm": "", "note": "一楼"}
    made = console.post("/touchpoints/new", form)
    (found,) = keeping.list_touchpoints(stores)
    path = f"/touchpoints/{found.id}"
    assert (made.status_code, made.headers["location"]) == (303, path)
    assert keeping.marks_of(stores)[found.id] == [Mark("code", str(code)), Mark("state", "door"), Mark("state", "wall")]
    refused = console.post("/touchpoints/new", {"name": "二店", "kind": "counter", "state": "door"})
    assert refused.status_code == 422
    assert 'id="e-state"' in refused.text
    assert (
        console.post(f"{path}/costs", {"first": "2026-01-01", "last": "2026-01-02", "amount": "0"}).status_code == 422
    )
    console.post(f"{path}/costs", {"first": "2026-01-01", "last": "2026-01-02", "amount": "12.5", "note": "台卡"})
    shown = console.get(path).text
    assert "台卡" in shown
    assert f'href="/codes/{code}"' in shown
    ((cost,),) = keeping.costs_of(stores).values()
    console.post(f"{path}/costs/{cost.id}/remove")
    assert keeping.costs_of(stores) == {}
    assert "door，wall" in console.get(f"{path}/edit").text
    console.post(f"{path}/edit", {"name": "门店一", "kind": "counter"})
    assert keeping.marks_of(stores) == {}
    console.post(f"{path}/archive")
    assert "已停用" in console.get(path).text
    console.post(f"{path}/restore")
    assert "门店一" in console.get("/touchpoints?days=7").text
    assert [row.action for row in audit.entries(stores.ledger)][:2] == ["touchpoint_restored", "touchpoint_archived"]


def test_an_entry_path_is_drawn_on_its_pages(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    assert "还没有入池路径" in console.get("/entry-paths").text
    assert "product_viewed, cart_added" in console.get("/entry-paths/new?preset=group_order").text
    form = {"name": "进群到下单", "entry": "group_joined", "steps": "product_viewed → order_paid", "days": "7"}
    console.post("/entry-paths/new", form)
    (path,) = paths.list_paths(stores)
    assert [step.event for step in path.steps] == ["product_viewed", "order_paid"]
    assert "这段时间没有人入池" in console.get(f"/entry-paths/{path.id}").text
    now = stores.clock.now()
    store(stores.events, [Happened(1, "group_joined", at=now), Happened(2, "group_joined", at=now)])
    shown = console.get(f"/entry-paths/{path.id}?days=7").text
    assert "还在时限内" in shown
    assert "浏览商品" in shown
    kept = paths.change_path(stores, path.id, paths_draft())
    console.post(f"/entry-paths/{path.id}/edit", form | {"steps": "product_viewed, page_viewed"})
    assert paths.get_path(stores, path.id).steps == (kept.steps[0], Step("page_viewed"))
    assert console.post("/entry-paths/new", form | {"steps": ""}).status_code == 422
    console.post(f"/entry-paths/{path.id}/remove")
    assert paths.list_paths(stores) == []


def paths_draft() -> Any:
    chosen = Step("product_viewed", (Filter("properties.sku", "is", "m1"),))
    return paths.PathDraft("进群到下单", "group_joined", [chosen], 7)


def test_an_invite_list_is_filled_started_and_hands_out_links(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    assert "还没有邀请名单" in console.get("/cold-start").text
    one, two = some_people(stores, 2)
    code, purse = a_code(stores), open_purse(stores, "test", "礼", "pieces", Decimal(5)).id
    form = {"name": "老客", "kind": "core", "code": str(code), "ask": "add", "reward": "goods", "title": "小样"}
    assert console.post("/cold-start/new", form | {"amount": "1", "purse": ""}).status_code == 422
    console.post("/cold-start/new", form | {"amount": "1", "purse": str(purse)})
    (found,) = lists.list_lists(stores)
    path = f"/cold-start/{found.id}"
    assert "名单还是空的" in console.get(path).text
    assert "小样" in console.get(f"{path}/edit").text
    assert console.post(f"{path}/people", {"persons": "", "audience": ""}).status_code == 422
    console.post(f"{path}/people", {"persons": f"{one}, {two}"})
    console.post(f"{path}/people/{two}/remove")
    assert console.post(f"{path}/links").status_code == 422
    console.post(f"{path}/start")
    given = console.post(f"{path}/links").text
    assert "http://siyu.test/c/" in given
    assert "?me=" in given
    assert "老客" in console.get("/cold-start").text
    console.post(f"{path}/end")
    assert lists.get_list(stores, found.id).stage == "ended"
    assert signed_in("agent").get(path).status_code == 403


def test_links_that_name_people_take_the_right_to_change_people(
    stores: Stores, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who opens such a link is that person on their device."""
    campaigns = replace(ROLES["operator"], permissions=frozenset({"campaign.read", "campaign.write"}))
    found = lists.add_list(stores, "test", ListDraft("老客", "core", a_code(stores), "add"))
    lists.add_people(stores, found.id, some_people(stores, 1))
    lists.start(stores, found.id)
    key, page = console.key("operator"), f"/cold-start/{found.id}"
    console.sign_in("operator")
    assert "给出本页链接" in console.get(page).text
    monkeypatch.setitem(ROLES, "operator", campaigns)
    assert "给出本页链接" not in console.get(page).text
    assert console.post(f"{page}/links").status_code == 403
    assert console.http.post(f"/api{page}/links", json={}, headers=key).status_code == 403
    monkeypatch.undo()
    assert console.http.post(f"/api{page}/links", json={}, headers=key).status_code == 200


def test_the_api_keeps_them_and_tells_their_figures(stores: Stores, console: Console) -> None:
    key = console.key("owner")

    def call(method: str, path: str, body: Any = None) -> Any:
        answer = console.http.request(method, f"/api{path}", json=body, headers=key)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    touchpoint = call(
        "POST", "/touchpoints", {"name": "抖音", "kind": "douyin", "marks": [{"kind": "utm", "value": "dy"}]}
    )
    number = touchpoint["id"]
    assert call("GET", f"/touchpoints/{number}") == touchpoint
    assert call("PUT", f"/touchpoints/{number}", {"name": "抖音", "kind": "douyin"})["marks"] == []
    cost = call("POST", f"/touchpoints/{number}/costs", {"first": "2026-01-01", "last": "2026-01-01", "amount": "9.9"})
    assert cost["cents"] == 990
    assert call("GET", f"/touchpoints/{number}/costs")["costs"] == [cost]
    assert call("GET", "/touchpoints/figures?first=2026-01-01&last=2026-01-01")["touchpoints"][0]["cents"] == 990
    call("DELETE", f"/touchpoints/{number}/costs/{cost['id']}")
    call("POST", f"/touchpoints/{number}/archive")
    assert call("GET", "/touchpoints")["touchpoints"] == []
    assert call("POST", f"/touchpoints/{number}/restore")["archived"] is None
    body = {"name": "下单", "entry": "friend_added", "steps": [{"event": "order_paid"}], "touchpoint": number}
    path = call("POST", "/entry-paths", body)
    assert call("GET", f"/entry-paths/{path['id']}") == path
    assert call("GET", f"/entry-paths/{path['id']}/figures")["steps"] == []
    assert call("PUT", f"/entry-paths/{path['id']}", body | {"touchpoint": None})["touchpoint"] is None
    assert len(call("GET", f"/entry-paths/{path['id']}/figures")["steps"]) == 2
    assert call("GET", "/entry-paths")["paths"][0]["id"] == path["id"]
    call("DELETE", f"/entry-paths/{path['id']}")
    (one,) = some_people(stores, 1)
    invited = {"name": "KOC", "kind": "koc", "code": a_code(stores)}
    drafted = call("POST", "/cold-start", invited)["id"]
    assert call("PUT", f"/cold-start/{drafted}", invited | {"ask": "order"})["ask"] == "order"
    assert call("POST", f"/cold-start/{drafted}/people", {"persons": [one]}) == {"added": 1, "there": 0, "unknown": 0}
    call("POST", f"/cold-start/{drafted}/start")
    (link,) = call("POST", f"/cold-start/{drafted}/links", {})["invites"]
    assert link["link"].startswith("/c/")
    assert call("GET", f"/cold-start/{drafted}/people")["invites"][0]["link"] == ""
    assert call("POST", f"/cold-start/{drafted}/end")["progress"]["invited"] == 1
    assert call("GET", "/cold-start")["lists"][0]["stage"] == "ended"


def test_the_command_line_does_the_same(stores: Stores) -> None:
    def siyu(*words: str, answer: str) -> Any:
        return answered(stores, shlex.join(words), answer)

    number = str(siyu("touchpoint", "add", "抖音", "--kind", "douyin", "--utm", "dy", answer="touchpoint")["id"])
    siyu("touchpoint", "change", number, "抖音", "--kind", "ads", answer="touchpoint")
    siyu("touchpoint", "archive", number, answer="touchpoint")
    siyu("touchpoint", "restore", number, answer="touchpoint")
    siyu("touchpoint", "show", number, answer="touchpoint")
    cost = siyu("touchpoint", "spend", number, "30", "--first", "2026-01-01", answer="touchpoint-cost")
    siyu("touchpoint", "costs", number, answer="touchpoint-costs")
    siyu("touchpoint", "figures", answer="touchpoint-figures")
    siyu("touchpoint", "unspend", number, str(cost["id"]), answer="touchpoint-cost")
    siyu("touchpoint", "list", answer="touchpoint-list")
    path = str(siyu("path", "add", "下单", "--step", "order_paid", answer="path")["id"])
    siyu("path", "show", path, answer="path")
    siyu("path", "change", path, "下单", "--entry", "group_joined", "--step", "order_paid", answer="path")
    siyu("path", "figures", path, answer="path-figures")
    siyu("path", "list", answer="path-list")
    siyu("path", "remove", path, answer="path")
    people = some_people(stores, 2)
    code = str(a_code(stores))
    drafted = str(siyu("invite", "add", "KOC", "--kind", "koc", "--code", code, answer="invite")["id"])
    siyu("invite", "change", drafted, "KOC", "--kind", "koc", "--code", code, "--ask", "join", answer="invite")
    siyu("invite", "put", drafted, "--person", str(people[0]), "--person", str(people[1]), answer="invite-put")
    siyu("invite", "remove", drafted, str(people[1]), answer="invite")
    siyu("invite", "start", drafted, answer="invite")
    assert siyu("invite", "links", drafted, answer="invite-people")["invites"][0]["link"]
    siyu("invite", "people", drafted, answer="invite-people")
    siyu("invite", "show", drafted, answer="invite")
    siyu("invite", "end", drafted, answer="invite")
    siyu("invite", "list", answer="invite-list")


@pytest.mark.parametrize("page", ["/touchpoints", "/entry-paths", "/cold-start"])
def test_pages_are_complete_in_english(stores: Stores, console: Console, page: str) -> None:
    console.sign_in("owner", "en")
    assert console.get(page).status_code == 200
    assert console.get(f"{page}/new").status_code == 200
    assert console.get(f"{page}/99").status_code == 404
