"""Live codes in the console, over the API and on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from siyu.audiences.queries import all_audiences
from siyu.channels.wecom.codes import Way
from siyu.cli import run_command
from siyu.cli.answers import ANSWERS
from siyu.growth.ways.ways import Wanted, get_way, list_ways
from siyu.people import tags
from siyu.staff import audit
from siyu.storage import Stores
from tests.growth.way_shop import ADD, WayShop, a_way_shop
from tests.published import fits
from tests.web.conftest import Console, SignedIn


@pytest.fixture
def shop(stores: Stores) -> Iterator[WayShop]:
    yield from a_way_shop(stores)


def written(shop: WayShop, **more: str) -> dict[str, str]:
    form = {"kind": "contact", "name": "门店", "account": str(shop.account), "state": "door", "users": "zhangsan，lisi"}
    return {**form, "skip_verify": "1", **more}


def test_a_code_is_made_on_its_page_and_shown_with_what_it_brought(shop: WayShop, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    assert "还没有渠道码" in console.get("/ways").text
    tag = tags.make_tag(shop.stores, tags.make_group(shop.stores, "来源"), "门店客")
    answer = console.post("/ways/new", written(shop, tags=str(tag)))
    (code,) = list_ways(shop.stores, Wanted())
    assert (answer.status_code, answer.headers["location"]) == (303, f"/ways/{code.id}")
    assert (code.stage, code.way.users, code.tags) == ("live", ("zhangsan", "lisi"), (tag,))
    shop.shop.befriend("zhangsan", code=code.config_id)
    shop.taken_in()
    shown = console.get(f"/ways/{code.id}?days=7").text
    assert all(each in shown for each in ("door", "来源：门店客", "打开二维码图片", "zhangsan"))
    assert "门店" in console.get("/ways?q=doo").text
    assert "没有符合条件的结果" in console.get("/ways?q=nothing").text


def test_mistakes_stand_at_their_fields_and_nothing_is_lost(shop: WayShop, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    answer = console.post("/ways/new", written(shop, users="", remark="门口"))
    assert "请至少填一位成员或一个部门" in answer.text
    assert 'value="门口"' in answer.text
    assert "不是数字" in console.post("/ways/new", written(shop, departments="总部")).text


def test_it_is_changed_and_removed(shop: WayShop, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    code = shop.make(state="door", way=Way(users=("zhangsan",)))
    assert 'value="zhangsan"' in console.get(f"/ways/{code.id}/edit").text
    console.post(f"/ways/{code.id}/edit", written(shop, users="lisi", name="新名"))
    changed = get_way(shop.stores, code.id)
    assert (changed.name, changed.way.users) == ("新名", ("lisi",))
    assert 'data-word="door"' in console.get(f"/ways/{code.id}").text
    console.post(f"/ways/{code.id}/remove")
    assert get_way(shop.stores, code.id).stage == "removed"
    assert "数据保留" in console.get(f"/ways/{code.id}").text
    assert "新名" not in console.get("/ways").text
    assert "新名" in console.get("/ways?removed=1").text


def test_the_page_says_why_wecom_refused(shop: WayShop, signed_in: SignedIn) -> None:
    console = signed_in("operator", "en")
    console.post("/ways/new", written(shop, users="nobody"))
    (code,) = list_ways(shop.stores, Wanted())
    shown = console.get(f"/ways/{code.id}").text
    assert "WeCom refused it" in shown
    shop.shop.hire("nobody", mobile="16400000002")
    console.post(f"/ways/{code.id}/again")
    assert get_way(shop.stores, code.id).stage == "live"


def test_the_page_says_that_no_answer_came(shop: WayShop, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    shop.fault(ADD, kind="cut", applied=True)
    console.post("/ways/new", written(shop))
    (code,) = list_ways(shop.stores, Wanted())
    assert "还没有得到企业微信应答" in console.get(f"/ways/{code.id}").text


def test_its_people_become_an_audience(shop: WayShop, signed_in: SignedIn) -> None:
    code = shop.make(state="door", way=Way(users=("zhangsan",)))
    signed_in("operator").post(f"/ways/{code.id}/audience")
    assert [each.name for each in all_audiences(shop.stores)] == ["来自渠道码「门店」"]


def test_a_group_code_has_its_own_form(shop: WayShop, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    chat = shop.shop.act("open_group", owner="zhangsan", name="会员群")["chat_id"]
    assert 'name="groups"' in console.get("/ways/new?kind=join").text
    form = {"kind": "join", "name": "进群", "account": str(shop.account), "groups": chat, "room_number": "1"}
    console.post("/ways/new", form)
    (code,) = list_ways(shop.stores, Wanted(kind="join"))
    assert (code.stage, code.way.groups) == ("live", (chat,))
    assert chat in console.get(f"/ways/{code.id}").text


def test_who_may_only_look_changes_nothing(shop: WayShop, signed_in: SignedIn) -> None:
    code = shop.make(way=Way(users=("zhangsan",)))
    console = signed_in("analyst")
    assert "删除渠道码" not in console.get(f"/ways/{code.id}").text
    assert console.post("/ways/new", written(shop)).status_code == 403
    assert console.post(f"/ways/{code.id}/remove").status_code == 403


def test_an_agent_does_not_see_them(shop: WayShop, signed_in: SignedIn) -> None:
    assert signed_in("agent").get("/ways").status_code == 403


def test_the_api_does_the_same_and_records_it(shop: WayShop, console: Console) -> None:
    key = console.key("operator")
    body: dict[str, Any] = {"name": "门店", "account": shop.account, "state": "door", "users": ["zhangsan"]}
    made = console.http.post("/api/ways", json=body, headers=key)
    assert (made.status_code, made.json()["stage"]) == (201, "live")
    path = f"/api/ways/{made.json()['id']}"
    changed = console.http.patch(path, json={"remark": "门口", "tags": []}, headers=key).json()
    assert (changed["remark"], changed["users"]) == ("门口", ["zhangsan"])
    listed = console.http.get("/api/ways?q=门口", headers=key).json()
    assert ([each["state"] for each in listed["ways"]], listed["next"], listed["all"]) == (["door"], None, 1)
    figures = console.http.get(f"{path}/figures?first=2025-12-30&last=2026-01-02", headers=key).json()
    assert (figures["added"], len(figures["days"])) == (0, 4)
    assert console.http.get(f"{path}/figures?first=2026-01-02&last=2026-01-01", headers=key).status_code == 400
    assert console.http.post(f"{path}/audience", json={}, headers=key).json()["audience"] > 0
    assert console.http.delete(path, headers=key).status_code == 204
    assert console.http.get(path, headers=key).json()["stage"] == "removed"
    assert console.http.post(f"{path}/again", json={}, headers=key).status_code == 409
    acted = {row.action for row in audit.entries(shop.stores.ledger)}
    assert acted >= {"way_added", "way_changed", "way_removed", "audience_created"}


def test_the_command_line_does_the_same(shop: WayShop, tmp_path: Path) -> None:
    def asked(*words: str) -> tuple[int, Any]:
        status, out, err = run_command(shop.stores, ["--folder", str(tmp_path), "way", *words, "--json"])
        told = json.loads(out or err)
        name = ANSWERS["way", words[0]] if status == 0 else "error"
        fits(told, name)
        return status, told

    status, made = asked("add", "门店", "--account", str(shop.account), "--users", "zhangsan", "--state", "door")
    assert (status, made["stage"]) == (0, "live")
    number = str(made["id"])
    assert asked("change", number, "--users", "lisi", "--no-skip-verify")[1]["users"] == ["lisi"]
    assert [each["id"] for each in asked("list", "--words", "门店")[1]["ways"]] == [made["id"]]
    assert asked("show", number)[1]["skip_verify"] is False
    assert asked("figures", number)[1]["added"] == 0
    assert asked("audience", number)[0] == 0
    assert asked("remove", number)[0] == 2
    assert asked("remove", number, "--confirm", "door")[1]["stage"] == "removed"
