"""Group welcomes: made, changed and removed at the platform, by console, API and command line."""

from __future__ import annotations

import pytest

from siyu.channels.media import add_medium
from siyu.channels.platform.failures import PlatformError
from siyu.channels.wecom.group_welcomes import making
from siyu.channels.wecom.group_welcomes.making import Draft
from siyu.storage import BadInput
from tests.channels.wecom.simulated import Simulated
from tests.published import answered
from tests.web.conftest import SignedIn

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


def made(world: Simulated, draft: Draft) -> int:
    return making.make(world.stores, world.exchange, "staff:1", world.account, draft)


def test_a_group_welcome_is_made_changed_and_removed_at_the_platform(each_world: Simulated) -> None:
    world = each_world
    picture = add_medium(world.stores, "staff:1", "a.png", PNG)
    number = made(world, Draft("会员群", "欢迎 %NICKNAME%", {"kind": "image", "medium": picture}))
    template = making.get(world.stores, number).template
    told = world.shop.call("externalcontact/group_welcome_template/get", template_id=template)
    assert (told["text"]["content"], "pic_url" in told["image"]) == ("欢迎 %NICKNAME%", True)
    link = {"kind": "link", "title": "新人礼", "url": "https://example.com/gift"}
    making.change(world.stores, world.exchange, number, Draft("会员群", "你好", link))
    told = world.shop.call("externalcontact/group_welcome_template/get", template_id=template)
    assert (told["text"]["content"], told["link"]["title"], "image" in told) == ("你好", "新人礼", False)
    making.remove(world.stores, world.exchange, number)
    assert world.shop.call("externalcontact/group_welcome_template/get", template_id=template)["errcode"] == 40058
    assert making.list_all(world.stores) == []


def test_one_without_an_answer_says_that_nobody_knows(world: Simulated) -> None:
    world.loses_answers("group_welcome_template/add")
    with pytest.raises(PlatformError):
        made(world, Draft("会员群", "欢迎"))
    (found,) = making.list_all(world.stores)
    assert (found.state, found.template) == ("unknown", None)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft("", "欢迎"), "name"),
        (Draft("会员群", ""), "text"),
        (Draft("会员群", "长" * 1_001), "text"),
        (Draft("会员群", "欢迎", {"kind": "link", "title": "新人礼"}), "attachments.0.url"),
        (Draft("会员群", "欢迎", {"kind": "image", "medium": "none"}), "attachments.0.medium"),
    ],
)
def test_what_the_platform_would_not_take_is_refused_before(world: Simulated, draft: Draft, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        made(world, draft)
    assert (refused.value.field, making.list_all(world.stores)) == (field, [])


def test_the_console_makes_changes_and_removes(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    assert "还没有入群欢迎语" in console.get("/group-welcomes").text
    assert console.get("/group-welcomes/new").status_code == 200
    fields = {"account": str(world.account), "name": "会员群", "text": "欢迎", "attachments.0.kind": "link"}
    answer = console.post("/group-welcomes/new", fields)
    assert (answer.status_code, "请填写“标题”" in answer.text) == (422, True)
    assert console.post("/group-welcomes/new", {**fields, "attachments.0.kind": ""}).status_code == 303
    assert "会员群" in console.get("/group-welcomes").text
    assert console.get("/group-welcomes/1").status_code == 200
    assert console.post("/group-welcomes/1", {"name": "会员群", "text": "你好"}).status_code == 303
    assert making.get(world.stores, 1).text == "你好"
    assert console.post("/group-welcomes/1/remove").status_code == 303


def test_who_only_looks_makes_none(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("analyst")
    assert console.get("/group-welcomes").status_code == 200
    assert console.get("/group-welcomes/new").status_code == 403


def test_the_api_does_the_same(world: Simulated, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    key = console.key()
    at = f"/api/accounts/{world.account}/group-welcomes"
    answer = console.http.post(at, json={"name": "会员群", "text": "欢迎"}, headers=key)
    assert (answer.status_code, answer.json()["state"]) == (201, "there")
    changed = console.http.put("/api/group-welcomes/1", json={"name": "会员群", "text": "你好"}, headers=key)
    assert changed.json()["text"] == "你好"
    assert len(console.get("/api/group-welcomes").json()["group_welcomes"]) == 1
    assert console.http.delete("/api/group-welcomes/1", headers=key).status_code == 204
    assert console.get("/api/group-welcomes/1").json()["state"] == "gone"


def test_the_command_line_does_the_same(world: Simulated) -> None:
    for line, schema in (
        (f"group-welcome make {world.account} --name 会员群 --text 欢迎", "group-welcome"),
        ("group-welcome change 1 --text 你好", "group-welcome"),
        ("group-welcome list", "group-welcome-list"),
        ("group-welcome remove 1", "group-welcome-remove"),
    ):
        answered(world.stores, line, schema)
