"""Live codes in the console, over the API and on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from siyu.channels import media
from siyu.cli import run_command
from siyu.cli.answers import ANSWERS
from siyu.growth.codes import command, keeping, tasks
from siyu.growth.codes.allocator import Scan, place
from siyu.growth.codes.keeping import CodeDraft, TargetDraft
from siyu.growth.codes.reading import list_codes
from siyu.growth.ways.ways import Wanted, get_way, list_ways
from siyu.jobs import run_due
from siyu.people import tags
from siyu.staff import audit
from siyu.storage import Stores
from tests.growth.way_shop import WayShop, a_way_shop
from tests.published import fits
from tests.web.conftest import Console, SignedIn

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
FORM = {"name": "包裹卡", "kind": "staff", "mode": "turn", "slug": "parcel", "welcome": "您好", "owner": "1"}


@pytest.fixture
def shop(stores: Stores) -> Iterator[WayShop]:
    yield from a_way_shop(stores)


def test_a_code_is_made_filled_and_put_to_use_on_its_pages(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    assert "还没有活码" in console.get("/codes").text
    made = console.post("/codes/new", FORM)
    (code,) = list_codes(stores)
    assert (made.status_code, made.headers["location"]) == (303, f"/codes/{code.id}/targets")
    refused = console.post(f"/codes/{code.id}/use")
    assert "请先添加至少一个承接对象" in refused.text
    console.post(
        f"/codes/{code.id}/targets", {"links": "李顾问 https://example.com/li\n王顾问 https://example.com/wang"}
    )
    console.post(f"/codes/{code.id}/use")
    place(stores, [Scan(code.id, "one"), Scan(code.id, "two"), Scan(code.id, "two")])
    shown = console.get(f"/codes/{code.id}").text
    assert all(each in shown for each in ("李顾问", "王顾问", "http://siyu.test/c/parcel", "/pictures/file?link="))
    assert "包裹卡" in console.get("/codes?q=parc&stage=live").text
    assert "没有符合条件的结果" in console.get("/codes?stage=ended").text
    assert [row.action for row in audit.entries(stores.ledger)][:3] == [
        "scan_code_used",
        "scan_code_targets",
        "scan_code_added",
    ]


def test_mistakes_stand_at_their_fields_and_nothing_is_lost(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    answer = console.post("/codes/new", {**FORM, "name": "", "slug": "No!"})
    assert answer.status_code == 422
    assert 'value="No!"' in answer.text
    code = keeping.add_code(stores, "test", CodeDraft("a")).id
    assert "链接须以" in console.post(f"/codes/{code}/targets", {"links": "x javascript:1"}).text
    (target,) = keeping.add_targets(stores, code, [TargetDraft(name="x", link="https://example.com")])
    sent = {"name": "x", "link": "https://example.com", "weight": "1", "hours": "always"}
    answer = console.post(f"/codes/{code}/targets/{target.id}", sent)
    assert "看不懂" in answer.text
    assert "always" in answer.text


def test_a_target_is_changed_on_its_page(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    tag = tags.make_tag(stores, tags.make_group(stores, "来源"), "门店客")
    code = keeping.add_code(stores, "test", CodeDraft("a")).id
    first, second = keeping.add_targets(
        stores, code, [TargetDraft(name=name, link="https://example.com") for name in ("x", "y")]
    )
    sent = {"name": "x", "link": "https://example.com/2", "weight": "3", "day_cap": "5", "regions": "杭州、宁波"}
    sent |= {"hours": "1-5 09:00-18:00", "follower": str(second.id), "tag": str(tag), "backup": "1"}
    assert console.post(f"/codes/{code}/targets/{first.id}", sent).status_code == 303
    told = command.told(stores, code).targets[0]
    assert (told.weight, told.day_cap, told.seats, told.regions, told.hours) == (
        3,
        5,
        None,
        ["杭州", "宁波"],
        ["1-5 09:00-18:00"],
    )
    assert (told.link, told.follower, told.tag, told.backup) == ("https://example.com/2", second.id, tag, True)
    page = console.get(f"/codes/{code}/targets/{first.id}").text
    assert "1-5 09:00-18:00" in page
    assert 'value="杭州、宁波"' in page


def test_a_picture_is_uploaded_and_replaced_before_it_ends(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    code = keeping.add_code(stores, "test", CodeDraft("群", "group")).id
    same_site = {"sec-fetch-site": "same-origin"}

    def upload(content: bytes, **fields: str) -> Any:
        files = {"file": ("group.png", content, "image/png")}
        return console.http.post(
            f"/codes/{code}/picture", data=fields, files=files, headers=same_site, follow_redirects=False
        )

    ends = stores.clock.now() + timedelta(days=1)
    assert upload(PNG, name="一群", ends=f"{ends:%Y-%m-%dT%H:%M}").status_code == 303
    (target,) = command.told(stores, code).targets
    assert [(alert.target, alert.why) for alert in command.told(stores, code).alerts] == [(target.id, "ends")]
    assert "两天内到期" in console.get(f"/codes/{code}").text
    later = stores.clock.now() + timedelta(days=7)
    upload(PNG + b"x", target=str(target.id), ends=f"{later:%Y-%m-%dT%H:%M}")
    (after,) = command.told(stores, code).targets
    assert (after.id, after.picture == target.picture, command.told(stores, code).alerts) == (target.id, False, [])
    assert "no png" not in upload(b"no png at all", name="x").text
    assert len(command.told(stores, code).targets) == 1


def test_a_live_code_that_runs_out_is_on_the_home_page(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    console.post("/codes/new", FORM)
    (code,) = list_codes(stores)
    ends = stores.clock.now() + timedelta(days=1)
    keeping.add_targets(stores, code.id, [TargetDraft(name="x", link="https://example.com", ends=ends)])
    assert "快到期或快满" not in console.get("/home").text
    keeping.put_to_use(stores, code.id)
    assert "1 个活码有承接对象快到期或快满" in console.get("/home").text


def test_codes_at_wecom_are_made_for_members_once(shop: WayShop, signed_in: SignedIn) -> None:
    console, stores = signed_in("owner"), shop.stores
    code = keeping.add_code(stores, "test", CodeDraft("门店")).id
    for ids in ("zhangsan, lisi", "lisi, nobody"):
        console.post(f"/codes/{code}/ways", {"account": str(shop.account), "ids": ids})
        run_due(stores)
    told = command.told(stores, code)
    assert [each.state for each in told.targets if get_way(stores, each.way or 0).stage == "live"] == ["", ""]
    assert len(list_ways(stores, Wanted())) >= 2
    job = tasks.latest(stores, code)
    assert job is not None
    assert job.state == "done"
    assert "zhangsan" in console.get(f"/codes/{code}").text


def test_a_tag_of_a_target_is_given_by_its_code_at_wecom_too(shop: WayShop) -> None:
    stores = shop.stores
    tag = tags.make_tag(stores, tags.make_group(stores, "来源"), "门店客")
    code = keeping.add_code(stores, "test", CodeDraft("门店")).id
    tasks.make_ways(stores, "test", code, shop.account, ["zhangsan"])
    run_due(stores)
    (target,) = command.told(stores, code).targets
    keeping.change_target(stores, code, command.changed_target(stores, code, target.id, {"tag": tag}))
    assert get_way(stores, target.way or 0).tags == (tag,)


def test_the_api_makes_changes_and_tells(stores: Stores, console: Console) -> None:
    console.sign_in("owner")
    key = console.key("owner")

    def call(method: str, path: str, body: Any = None) -> Any:
        return console.http.request(method, path, json=body, headers=key)

    made = call("POST", "/api/codes", {"name": "包裹卡", "owner": 1, "welcome": "您好"}).json()
    path = f"/api/codes/{made['id']}"
    assert call("POST", f"{path}/use").status_code == 400
    one = {"name": "李", "link": "https://example.com/li", "hours": ["1-5 09:00-18:00"]}
    told = call("POST", f"{path}/targets", {"targets": [one]}).json()
    target = told["targets"][0]["id"]
    told = call("PATCH", f"{path}/targets/{target}", {"seats": 3, "hours": []}).json()
    assert [(each["seats"], each["hours"], each["state"]) for each in told["targets"]] == [(3, [], "")]
    assert call("PATCH", path, {"name": "新名"}).json()["name"] == "新名"
    assert call("POST", f"{path}/use").json()["stage"] == "live"
    place(stores, [Scan(made["id"], "one")])
    found = call("GET", f"{path}/figures").json()
    assert (found["scans"], found["placed"], found["targets"][0]["placed"]) == (1, 1, 1)
    assert call("GET", "/api/codes?q=新&stage=live").json()["all"] == 1
    assert call("POST", f"{path}/pause").json()["stage"] == "paused"
    assert call("POST", f"{path}/end").json()["stage"] == "ended"
    assert call("POST", f"{path}/pause").status_code == 409
    assert call("PATCH", f"{path}/targets/404", {}).status_code == 404


def test_the_command_line_does_the_same(stores: Stores, console: Console) -> None:
    console.sign_in("owner")

    def run(*words: str) -> Any:
        status, out, err = run_command(stores, [*words, "--json"])
        assert status == 0, err
        answer = json.loads(out)
        fits(answer, ANSWERS[(words[0], words[1])])
        return answer

    code = str(run("code", "add", "包裹卡", "--owner", "1", "--welcome", "您好", "--slug", "parcel")["id"])
    told = run(
        "code", "target-add", code, "李", "--link", "https://example.com", "--hours", "1-5 9:00-18:00; 6 9:00-12:00"
    )
    assert told["targets"][0]["hours"] == ["6 09:00-12:00", "1-5 09:00-18:00"]
    target = str(told["targets"][0]["id"])
    told = run("code", "target-change", code, target, "--hours", "", "--day-cap", "9", "--ends", "2099-01-01")
    assert (told["targets"][0]["day_cap"], told["targets"][0]["hours"]) == (9, [])
    assert run("code", "target-change", code, target, "--day-cap", "0", "--ends", "")["targets"][0]["ends"] is None
    assert run("code", "change", code, "--mode", "weight")["mode"] == "weight"
    assert run("code", "use", code)["stage"] == "live"
    assert run("code", "list", "--words", "包裹")["all"] == 1
    assert run("code", "show", code)["path"] == "/c/parcel"
    assert run("code", "figures", code)["scans"] == 0
    assert run("code", "pause", code)["stage"] == "paused"
    assert run_command(stores, ["code", "end", code])[0] == 2
    assert run("code", "end", code, "--confirm", "parcel")["stage"] == "ended"
    assert run("code", "ways", code, "li", "--account", "1")["job"] > 0
    assert run_command(stores, ["code", "target-add", code, "x", "--hours", "9-18"])[0] == 2


def test_a_reader_sees_and_changes_nothing(stores: Stores, signed_in: SignedIn) -> None:
    code = keeping.add_code(stores, "test", CodeDraft("a")).id
    media.add_medium(stores, "test", "a.png", PNG)
    console = signed_in("analyst")
    assert console.get(f"/codes/{code}").status_code == 200
    assert "/edit" not in console.get(f"/codes/{code}").text
    assert console.post(f"/codes/{code}/pause").status_code == 403
