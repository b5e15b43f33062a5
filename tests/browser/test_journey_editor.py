"""The journey editor in a real browser: drawn, connected, undone, checked, published; by keyboard, on a phone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
DOCUMENT = {
    "name": "新客三天",
    "trigger": {"type": "event", "on": {"event": "friend_added"}},
    "start": "rest",
    "nodes": [
        {"type": "wait", "id": "rest", "title": "缓一缓", "minutes": 60, "next": "lot"},
        {"type": "split", "id": "lot", "arms": [{"share": 50, "title": "甲"}, {"share": 50, "title": "乙"}]},
    ],
}


def editor(visitor: Visitor) -> Any:
    """A journey of two steps, opened in the editor."""
    page = visitor.open("/journeys/import")
    page.fill("[name=text]", json.dumps(DOCUMENT))
    page.click("button:has-text('导入为草稿')")
    page.wait_for_selector("#journey[data-ready]")
    visitor.quiet()
    return page


def document(page: Any) -> dict[str, Any]:
    """As the server keeps it."""
    number = page.url.rstrip("/").split("/")[-2]
    return page.evaluate("n => fetch(`/api/journeys/${n}`).then(answer => answer.json())", number)["draft"]


def steps(page: Any) -> list[str]:
    return page.eval_on_selector_all(".jn", "all => all.map(each => each.querySelector('.jn-title').textContent)")


def kept(visitor: Visitor) -> dict[str, Any]:
    with visitor.page.expect_response("**/save"):
        visitor.page.click("[data-do=save]")
    visitor.quiet()
    return document(visitor.page)


def test_a_step_is_put_into_a_way_connected_by_dragging_and_undone(visit: Visit) -> None:
    visitor = visit()
    page = editor(visitor)
    page.click('.jl[data-edge="lot 0"] .jl-add')
    page.click("#journey-kinds [data-kind=wait_until]")
    assert steps(page) == ["入口", "缓一缓", "随机分流", "等到时刻"]
    port = page.locator('.jn[data-id=lot] .jn-port[data-way="1"]').bounding_box()
    card = page.locator(".jn[data-id^=wait_until]").bounding_box()
    page.mouse.move(port["x"] + 5, port["y"] + 5)
    page.mouse.down()
    page.mouse.move(port["x"] + 40, port["y"] + 30, steps=4)
    page.mouse.move(card["x"] + 60, card["y"] + 30, steps=4)
    page.mouse.up()
    arms = kept(visitor)["nodes"][1]["arms"]
    assert arms[0]["to"] == arms[1]["to"]
    page.click("[data-do=undo]")
    page.click("[data-do=undo]")
    assert steps(page) == ["入口", "缓一缓", "随机分流"]
    page.click("[data-do=redo]")
    assert len(steps(page)) == 4
    assert visitor.faults == []


def test_what_is_wrong_stands_at_its_step_and_leads_to_its_field(visit: Visit) -> None:
    visitor = visit()
    page = editor(visitor)
    page.click(".jn[data-id=lot]")
    page.locator(".jf-arm input[type=number]").first.fill("70")
    page.wait_for_selector(".jn[data-id=lot].jn-error")
    page.click("[data-tab=problems]")
    page.click(".je-problem")
    expect(page.locator(".je-body .jf-wrong")).to_contain_text("100%", use_inner_text=True)
    page.wait_for_selector(".je-body :focus")
    page.locator(".jf-arm input[type=number]").first.fill("50")
    page.wait_for_selector(".jn[data-id=lot]:not(.jn-error)")
    assert visitor.serious() == []
    assert visitor.faults == []


def test_the_keyboard_alone_walks_adds_edits_removes_and_brings_back(visit: Visit) -> None:
    visitor = visit()
    page = editor(visitor)
    page.locator('.jn[data-id=""]').focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".jn[data-id=rest]")).to_be_focused()
    page.keyboard.press("a")
    page.wait_for_selector("#journey-kinds[open]")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".jn")).to_have_count(4)
    page.wait_for_selector(".jn:focus")
    page.keyboard.press("Enter")
    page.wait_for_selector(".je-body :focus")
    page.keyboard.press("Escape")
    page.locator(".jn[data-id=rest]").focus()
    page.keyboard.press("Delete")
    page.wait_for_selector(".jn-title:has-text('缓一缓')", state="detached")
    page.keyboard.press("Control+z")
    page.wait_for_selector(".jn-title:has-text('缓一缓')")
    assert visitor.faults == []


def test_the_text_beside_changes_the_drawing(visit: Visit) -> None:
    visitor = visit()
    page = editor(visitor)
    page.click("[data-tab=text]")
    text = page.input_value("#journey-text")
    page.fill("#journey-text", text.replace("title: 缓一缓", "title: 歇一歇"))
    page.click("button:has-text('用这段文本')")
    page.wait_for_selector(".jn-title:has-text('歇一歇')")
    page.click("[data-tab=text]")
    page.fill("#journey-text", "name: [")
    page.click("button:has-text('用这段文本')")
    page.wait_for_selector(".je-body [role=alert]:has-text('无法读取')")
    assert [fault for fault in visitor.faults if "400" not in fault] == []


def test_an_answer_that_comes_while_a_finger_presses_takes_nothing_away(visit: Visit) -> None:
    visitor = visit()
    page = editor(visitor)
    page.click(".jn[data-id=lot]")
    page.locator(".jf-arm input[type=number]").first.fill("60")
    box = page.locator("[data-do=save]").bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.wait_for_timeout(600)
    with page.expect_response("**/save"):
        page.mouse.up()
    visitor.quiet()
    assert document(page)["nodes"][1]["arms"][0]["share"] == 60


def test_who_was_slower_chooses_and_nothing_is_lost(visit: Visit) -> None:
    visitor = visit()
    page = editor(visitor)
    number = page.url.rstrip("/").split("/")[-2]
    other = json.dumps({"document": DOCUMENT | {"name": "他人的"}})
    ask = """([n, body]) => fetch(`/journeys/${n}/save`,
        {method: "POST", headers: {"content-type": "application/json"}, body})"""
    page.evaluate(ask, [number, other])
    page.fill(".je-body input[maxlength='100']", "我的")
    page.click("[data-do=save]")
    page.wait_for_selector(".je-conflict:visible")
    assert document(page)["name"] == "他人的"
    page.click("[data-do=over]")
    page.wait_for_selector(".je-conflict", state="hidden")
    assert document(page)["name"] == "我的"


def test_it_is_published_and_looked_at_with_its_figures(visit: Visit) -> None:
    visitor = visit()
    page = editor(visitor)
    page.click("[data-do=publish]")
    page.click("form .btn-primary:has-text('发布')")
    page.wait_for_selector("#journey[data-ready]")
    visitor.quiet()
    expect(page.locator(".page-head")).to_contain_text("进行中", use_inner_text=True)
    page.click(".jn[data-id=rest]")
    expect(page.locator(".je-body")).to_contain_text("现在停在这里", use_inner_text=True)
    assert page.locator(".jl-add").count() == 0
    assert visitor.serious() == []
    assert visitor.overflow <= 0
    page.click("form[action$='/stop'] button")  # typed, because it can't be undone
    expect(page.locator("#confirm [value=yes]")).to_be_disabled()
    page.fill("#confirm input", "新客三天")
    page.click("#confirm [value=yes]")
    page.wait_for_selector(".page-head:has-text('已停止')")
    assert visitor.faults == []


def test_a_phone_has_the_same_steps_as_a_list(visit: Visit) -> None:
    visitor = visit("phone")
    page = editor(visitor)
    expect(page.locator(".jo-card:visible")).to_have_count(3)
    assert visitor.overflow <= 0
    page.click(".jo-card[data-id=rest]")
    page.locator(".je-panel input[type=number]").fill("2")
    page.click(".je-close")
    page.locator(".jo-link .jo-add").nth(1).click()
    page.click("#journey-kinds [data-kind=exit]")
    assert visitor.overflow <= 0
    assert visitor.serious() == []
    page.click(".je-close")
    made = kept(visitor)
    assert made["nodes"][0]["minutes"] == 120
    assert [node["type"] for node in made["nodes"]] == ["wait", "split", "exit"]
    assert visitor.faults == []
