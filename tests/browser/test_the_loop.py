"""The whole loop as an operator walks it: first run, look around, figures, an audience, a broadcast, its results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from evidence.living_shop import OWNER, LivingShop, wait_for
from tests.browser.conftest import SIZES, Visitor

MINUTE = 60_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingShop]:
    made = LivingShop(tmp_path_factory.mktemp("walk") / "home")
    yield made
    assert made.close() == 0


@pytest.fixture(scope="module")
def page(shop: LivingShop, browser: Any) -> Iterator[Any]:
    context = browser.new_context(
        base_url=shop.server.address.rstrip("/"), viewport={"width": 1440, "height": 900}, locale="zh-CN"
    )
    opened = context.new_page()
    yield opened
    context.close()


@pytest.fixture(autouse=True)
def picture_of_what_went_wrong(request: pytest.FixtureRequest, page: Any, tmp_path: Path) -> Iterator[None]:
    yield
    if request.session.testsfailed:
        page.screenshot(path=tmp_path / "page.png", full_page=True)


def test_first_run_and_one_click_open_the_shop(shop: LivingShop, page: Any) -> None:
    page.goto("/")
    for name in ("shop", "name", "login", "password", "again"):
        page.fill(f"[name={name}]", OWNER[name])
    page.click("button[type=submit]:has-text('创建')")
    page.wait_for_url("**/welcome")
    page.click("text=开始预演")
    page.wait_for_selector("progress")
    page.wait_for_selector("text=营业中", timeout=3 * MINUTE)
    shop.wait_until_drained()


def test_home_shows_figures_of_a_living_shop(page: Any) -> None:
    page.goto("/home")
    expect(page.locator("main")).to_contain_text(re.compile(r"¥[1-9][\d,]*\.\d\d"), use_inner_text=True)
    page.wait_for_selector("canvas, svg.chart, [data-chart] canvas", timeout=MINUTE)
    expect(page.locator("body")).to_contain_text("预演数据", use_inner_text=True)


def test_an_audience_is_made_in_the_form_and_counts_while_edited(page: Any) -> None:
    page.goto("/audiences/new")
    page.wait_for_load_state("networkidle")
    page.fill("[name=name]", "买过的人")
    everybody = page.inner_text("main")
    page.click("text=+ 添加条件")
    page.wait_for_function("before => document.querySelector('main').innerText != before", arg=everybody)
    page.wait_for_selector("text=做过下单付款")
    page.click("button:has-text('保存人群')")
    page.wait_for_url(re.compile(r"/audiences/\d+$"))


def test_a_broadcast_says_whom_it_reaches_before_it_goes_and_what_came_of_it(shop: LivingShop, page: Any) -> None:
    rules = {rule["name"]: rule for rule in shop.get("/api/guard")}
    shop.put("/api/guard/quiet_hours", {"enabled": False, "settings": rules["quiet_hours"]["settings"]})
    page.goto("/broadcasts/new")
    page.wait_for_load_state("networkidle")
    page.fill("[name=name]", "面膜上新")
    page.select_option("[name=audience]", index=1)
    page.fill("[name='content.webhook.title']", "面膜上新")
    page.fill("[name='content.webhook.text']", "{{ person.name }}，您常买的面膜到新品了，限时 8 折")
    page.click("button:has-text('保存并查看会发给谁')")
    page.wait_for_url(re.compile(r"/broadcasts/\d+$"))
    page.wait_for_selector("text=/将发送给 \\d+ 人，拦截 \\d+ 人/")
    page.click("text=现在发出")
    page.click("dialog[open] .btn-primary")
    number = int(page.url.rsplit("/", 1)[1])
    wait_for(lambda: shop.get(f"/api/broadcasts/{number}")["state"] == "done", "the broadcast is done")
    page.goto(f"/broadcasts/{number}")
    page.wait_for_selector("text=已完成")
    expect(page.locator("main")).to_contain_text("对照组", use_inner_text=True)


def test_people_open_it_and_home_shows_so(shop: LivingShop, page: Any) -> None:
    wait_for(lambda: shop.figure("messages_opened")["messages_opened"], "somebody opened it")

    def shown() -> bool:
        page.goto("/home")
        page.wait_for_load_state("networkidle")
        return re.search(r"打开率\s*[\d.]+%", page.inner_text("main")) is not None

    wait_for(shown, "home shows the open rate")


PAGES_WITH_DATA = (
    "/home", "/people", "/people/1", "/conflicts", "/audiences/1", "/audiences/1/edit", "/layers", "/broadcasts/1",
    "/broadcasts/new", "/messages", "/messages/1", "/insight/figures", "/insight/figures/gross_sales",
    "/insight/retention", "/insight/funnel", "/insight/rfm", "/insight/trace", "/insight/trace?show=events",
)  # fmt: skip


@pytest.mark.parametrize(("size", "theme"), [("wide", "light"), ("phone", "dark")])
def test_pages_with_data_fit_and_keep_nobody_out(
    shop: LivingShop, page: Any, browser: Any, size: str, theme: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,
        locale="zh-CN",
        storage_state=page.context.storage_state(),
    )
    visitor = Visitor(context.new_page(), shop.server.address.rstrip("/"))
    found: dict[str, Any] = {}
    for path in PAGES_WITH_DATA:
        visitor.open(path)
        found[path] = (max(0, visitor.overflow), visitor.serious())
    context.close()
    assert {path: told for path, told in found.items() if told != (0, [])} == {}


def test_a_field_is_put_where_the_cursor_stands_and_shown_of_somebody_real(page: Any) -> None:
    page.goto("/broadcasts/new")
    page.wait_for_load_state("networkidle")
    page.select_option("[name=audience]", index=1)
    page.focus("[name='content.webhook.text']")
    page.keyboard.type("您好，")
    slowly(page, ".chip:has-text('姓名')")
    page.keyboard.type("！")
    assert page.input_value("[name='content.webhook.text']") == "您好，{{ person.name }}！"
    page.wait_for_selector("#preview >> text=/您好，[^{]+！/")


def slowly(page: Any, selector: str) -> None:
    """A click by somebody who takes their time between press and release."""
    page.locator(selector).hover()
    page.mouse.down()
    page.wait_for_timeout(700)
    page.mouse.up()
