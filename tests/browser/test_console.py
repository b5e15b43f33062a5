"""The console in a real browser: first run, every page of the menu, keyboard, phone, dark, accessibility."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OWNER, Visitor

PAGES = (
    "/",
    "/people",
    "/conflicts",
    "/tags",
    "/audiences",
    "/audiences/new",
    "/layers",
    "/layers/new",
    "/imports",
    "/exports",
    "/exports/new",
    "/broadcasts",
    "/broadcasts/new",
    "/journeys",
    "/journeys/import",
    "/journeys/ready",
    "/messages",
    "/guard",
    "/insight/figures",
    "/insight/retention",
    "/insight/funnel",
    "/insight/rfm",
    "/insight/trace",
    "/settings/accounts",
    "/settings/accounts/new/webhook",
    "/settings/hooks",
    "/settings/hooks/new",
    "/guide",
    "/guide/layers",
    "/guide/event-webhooks",
    "/welcome",
    "/profile",
    "/settings",
    "/settings/staff",
    "/settings/staff/new",
    "/settings/staff/1",
    "/settings/keys",
    "/settings/audit",
    "/settings/health",
    "/jobs",
    "/style",
    "/search",
    "/schema/ui",
)
OF_PLATFORMS = (
    "/tasks",
    "/tasks/new",
    "/tasks/team",
    "/tasks/templates",
    "/tasks/templates/greet",
    "/welcomes",
    "/welcomes/new",
    "/media",
    "/service",
    "/codes",
    "/codes/new",
    "/ways",
    "/ways/new",
    "/ways/new?kind=join",
    "/campaigns",
    "/campaigns/new",
    "/campaigns/compare",
    "/campaigns/layers",
    "/campaigns/new?mechanic=invite",
    "/purses",
    "/purses/new",
    "/coupons",
    "/coupons/new",
    "/coupons/new?ready=points_50",
    "/coupons/try",
    "/counter",
    "/payouts",
    "/reviews",
    "/referrals",
    "/goods",
    "/goods/new",
    "/goods/import",
    "/offers",
    "/offers/new",
    "/order-links",
    "/promises",
    "/promises/new",
    "/content-links",
    "/content-links/new",
    "/order-links/new",
    "/order-links/paths",
    "/content",
    "/content/kinds",
    "/content/new?kind=link",
    "/scripts",
    "/scripts/new",
    "/shows",
    "/shows/new",
    "/personas",
    "/personas/new",
    "/content/wording",
    "/content/calendar",
    "/content/plans/new",
    "/touchpoints",
    "/touchpoints/new",
    "/entry-paths",
    "/entry-paths/new",
    "/cold-start",
    "/cold-start/new",
    "/forms",
    "/forms/new",
    "/leads",
    "/posters",
    "/posters/new",
    "/pictures?link=https://shop.example.com/&caption=扫码加顾问",
    "/acquisition",
    "/acquisition/new",
    "/word-rules",
    "/word-rules/new",
    "/lost-friends",
    "/lost-friends/rules/new",
    "/insight/staff",
    "/insight/groups",
    "/moments",
    "/moments/new",
    "/group-posts",
    "/group-posts/new",
    "/group-welcomes",
    "/group-welcomes/new",
    "/hand-over",
    "/hand-over/new",
    "/settings/accounts/new/wecom",
    "/settings/accounts/new/ocean",
    "/settings/accounts/new/wechatpay",
)
Visit = Callable[..., Visitor]
Look = Callable[[str], Visitor]


def test_the_first_run_makes_an_owner_and_leads_on(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/welcome")
    assert "带来自己的数据" in page.inner_text("main")
    assert OWNER["shop"] in page.inner_text("aside")
    assert visitor.faults == []


def test_a_wrong_password_is_said_in_words(visit: Visit) -> None:
    visitor = visit(signed_in=False)
    page = visitor.open("/sign-in")
    page.fill("[name=login]", OWNER["login"])
    page.fill("[name=password]", "not the password")
    page.click("button.btn-primary")
    expect(page.locator("main")).to_contain_text("登录名或密码不正确", use_inner_text=True)
    expect(page.locator("[name=login]")).to_have_value(OWNER["login"])


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("size", ["wide", "phone"])
def test_a_page_loads_clean_fits_and_keeps_nobody_out(look: Look, path: str, size: str) -> None:
    visitor = look(size)
    visitor.open(path)
    assert visitor.faults == []
    assert visitor.overflow <= 0
    assert visitor.serious() == []


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_pages_of_platforms_load_clean_fit_and_keep_nobody_out(look: Look, size: str) -> None:
    """In one window, page after page: there are many of them, and each is a form or an empty list."""
    visitor = look(size)
    found = {path: _looked_at(visitor, path) for path in OF_PLATFORMS}
    assert {path: told for path, told in found.items() if told != (0, [])} == {}
    assert visitor.faults == []


def _looked_at(visitor: Visitor, path: str) -> tuple[int, list[str]]:
    visitor.open(path)
    return max(0, visitor.overflow), visitor.serious()


def test_ids_are_chosen_by_name_and_typed_ones_stay(visit: Visit) -> None:
    visitor = visit("phone")
    page = visitor.open("/style")
    field = page.locator("#f-advisers")
    field.fill("wangwu，lisi")
    page.click("details.pick > summary")
    page.locator(".pick-list [value=lisi]:checked").wait_for()  # it opens first, and is filled after
    page.fill(".pick-body [type=search]", "张")
    assert page.locator(".pick-list label:visible").count() == 1
    page.check(".pick-list [value=zhangsan]")
    assert field.input_value() == "wangwu, lisi, zhangsan"
    page.fill(".pick-body [type=search]", "")
    page.uncheck(".pick-list [value=lisi]")
    assert field.input_value() == "wangwu, zhangsan"
    assert visitor.faults == []


def test_an_attachment_shows_the_fields_of_its_kind_alone(visit: Visit) -> None:
    page = visit().open("/welcomes/new")
    assert page.locator("[name='attachments.0.url']").is_hidden()
    page.select_option("[name='attachments.0.kind']", "link")
    assert page.locator("[name='attachments.0.url']").is_visible()
    assert page.locator("[name='attachments.0.medium']").is_hidden()
    page.select_option("[name='attachments.0.kind']", "image")
    assert page.locator("[name='attachments.0.medium']").is_visible()
    assert page.locator("[name='attachments.0.url']").is_hidden()
    assert page.locator("[name='attachments.1.medium']").is_hidden()


def test_a_medium_is_uploaded_and_found_without_leaving_the_page(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/media")
    page.set_input_files("#f-file", {"name": "价目表.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 x"})
    page.click("form[data-upload] [type=submit]")
    page.wait_for_selector("#list-media td:has-text('价目表.pdf')")
    page.wait_for_selector(".toast-line:has-text('已上传')")
    page.click("#list-media button:has-text('删除')")
    expect(page.locator("#confirm [value=yes]")).to_be_disabled()
    page.fill("#confirm input", "删除")
    page.click("#confirm [value=yes]")
    page.wait_for_selector("text=还没有素材")
    assert visitor.faults == []


@pytest.mark.parametrize("path", ["/style", "/settings/staff", "/welcome"])
def test_a_page_is_readable_in_the_dark(visit: Visit, path: str) -> None:
    visitor = visit(theme="dark")
    visitor.open(path)
    assert visitor.serious() == []


def test_every_page_of_the_menu_opens(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/profile")
    addresses = page.eval_on_selector_all(".side-nav a", "links => links.map(link => link.getAttribute('href'))")
    assert "/settings/staff" in addresses
    for address in addresses:
        visitor.open(address)
        assert page.locator("h1").count() == 1, address
        assert page.locator("[aria-current=page]").count() >= 1, address
    assert visitor.faults == []


def test_the_keyboard_leads_everywhere(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/profile")
    page.keyboard.press("g")
    page.keyboard.press("j")
    page.wait_for_url(re.compile("/jobs$"))
    page.keyboard.press("?")
    page.wait_for_selector("#keys", state="visible")
    page.keyboard.press("Escape")
    page.wait_for_selector("#keys", state="hidden")
    page.keyboard.press("/")
    page.keyboard.insert_text("操作")  # both at once: what is found for the first alone would be taken away again
    page.wait_for_selector("#hits a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/settings/audit$"))


def test_on_a_phone_the_menu_opens_and_closes(visit: Visit) -> None:
    page = visit("phone").open("/profile")
    expect(page.locator(".side")).to_be_hidden()
    page.click("[data-side-open]")
    page.wait_for_selector(".side >> visible=true")
    page.keyboard.press("Escape")
    page.wait_for_selector(".side", state="hidden")


def test_a_list_is_searched_without_loading_the_page_again_and_its_address_can_be_shared(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/style")
    page.evaluate("window.kept = true")
    page.fill("#q-style", "王")
    page.wait_for_url(re.compile(r"q=%E7%8E%8B"))
    page.wait_for_function("document.querySelectorAll('#list-style tbody tr').length === 1")
    assert page.evaluate("window.kept") is True
    expect(page.locator("#q-style")).to_be_focused()
    shared = visit().open(page.url.removeprefix(visitor.address))
    assert shared.locator("#list-style tbody tr").count() == 1


def test_columns_are_chosen_and_a_view_is_saved(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/style?q=王")
    page.click("summary[title=选择列]")
    page.click("[data-columns] label:has-text('最近活跃')")
    page.wait_for_selector("#list-style th:has-text('最近活跃')")
    page.click("summary[title=保存的视图]")
    page.fill("[name=view_name]", "姓王的")
    page.click("[data-save-view]")
    page.wait_for_selector(".toast-line:has-text('视图已保存')")
    page = visitor.open("/style")
    page.click("summary[title=保存的视图]")
    page.click("a:has-text('姓王的')")
    page.wait_for_selector("#list-style th:has-text('最近活跃')")
    expect(page.locator("#list-style tbody tr")).to_have_count(1)
    assert visitor.faults == []


def test_a_view_is_saved_by_a_slow_finger_too(visit: Visit) -> None:
    """The list must not be replaced between the press and the release of the button."""
    visitor = visit()
    page = visitor.open("/style?q=王")
    page.click("summary[title=保存的视图]")
    page.fill("[name=view_name]", "慢慢存")
    button = page.locator("[data-save-view]")
    button.hover()
    page.mouse.down()
    page.wait_for_timeout(700)
    page.mouse.up()
    page.wait_for_selector(".toast-line:has-text('视图已保存')")
    assert visitor.faults == []


def test_a_list_that_is_being_searched_waits_until_the_finger_is_lifted(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/style")
    page.locator("summary[title=选择列]").hover()
    page.mouse.down()
    page.evaluate(
        "() => { const q = document.querySelector('#q-style'); q.value = '王'; "
        "q.dispatchEvent(new Event('input', { bubbles: true })); }"
    )  # the list is asked for anew in 300 ms
    page.wait_for_timeout(900)
    assert page.locator("#list-style tbody tr").count() > 1
    page.mouse.up()
    page.wait_for_selector("#list-style tbody tr >> nth=1", state="detached")
    assert visitor.faults == []


def test_what_can_not_be_undone_asks_for_the_word(visit: Visit) -> None:
    page = visit().open("/style")
    page.click("button:has-text('删除人群')")
    yes = page.locator("#confirm [value=yes]")
    expect(yes).to_be_disabled()
    page.fill("#confirm input", "删除")
    expect(yes).to_be_enabled()
    page.click("#confirm [value=no]")
    expect(page.locator("#confirm")).to_be_hidden()


def test_disabling_somebody_can_be_undone_from_the_toast(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/settings/staff/new")
    page.fill("[name=name]", "小周")
    page.fill("[name=login]", "zhou")
    page.click("main button.btn-primary")
    page.click("a:has-text('小周')")
    page.click("button:has-text('停用')")
    page.click("#confirm [value=yes]")
    page.wait_for_selector("tr:has-text('小周') >> text=已停用")
    page.click(".toast-line button:has-text('撤销')")
    page.wait_for_selector("tr:has-text('小周') >> text=正常")
    assert visitor.faults == []


def test_a_chart_shows_its_table_and_is_downloaded_as_picture_and_excel(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/style")
    chart = page.locator("[data-chart=lines]")
    page.wait_for_selector("[data-chart=lines][data-drawn='1'] canvas")
    chart.locator("[data-chart-table]").click()
    expect(chart.locator("table")).to_contain_text("¥81,000.00", use_inner_text=True)
    with page.expect_download() as picture:
        chart.locator("[data-chart-picture]").click()
    assert picture.value.suggested_filename == "成交额.png"
    with page.expect_download() as excel:
        chart.locator("[data-chart-excel]").click()
    assert excel.value.suggested_filename == "成交额.xlsx"
    assert visitor.faults == []


def test_the_english_console_has_no_chinese_left(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/profile")
    page.click("[data-bs-toggle=dropdown]")
    page.click("button:has-text('English')")
    page.wait_for_selector("html[lang=en]", state="attached")
    try:
        for path in ("/profile", "/settings/staff", "/settings/keys", "/settings/audit", "/settings/health", "/jobs"):
            text = visitor.open(path).inner_text("body").replace(OWNER["shop"], "").replace(OWNER["name"], "")
            left = re.findall(r"[\u4e00-\u9fff]+", text)
            assert set(left) <= {"中文", "小周", "价目表", OWNER["name"][:1]}, (path, left)
    finally:
        visitor.open("/profile")
        page.click("[data-bs-toggle=dropdown]")
        page.click("button:has-text('中文')")
        page.wait_for_selector("html[lang^=zh]", state="attached")


def test_the_theme_goes_round_and_stays(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/profile")
    for expected in ("light", "dark"):
        page.click("[data-theme-next]")
        assert page.get_attribute("html", "data-bs-theme") == expected
    visitor.open("/jobs")
    assert page.get_attribute("html", "data-bs-theme") == "dark"


def test_the_rehearsal_shop_starts_with_one_click_and_shows_how_far_it_is(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/welcome")
    page.click("button:has-text('开始预演')")
    page.wait_for_selector("#rehearsal >> text=营业中", timeout=60_000)
    visitor.open("/settings/keys")
    assert page.locator("tr:has-text('预演店铺')").count() == 2  # it sends with one key and asks with the other
    visitor.open("/welcome")
    button = page.locator("button:has-text('停止')")
    button.hover()
    page.mouse.down()
    page.wait_for_timeout(1_500)  # longer than the progress waits before it renews itself
    page.mouse.up()
    page.wait_for_selector("button:has-text('继续预演')")
    assert visitor.faults == []


def test_a_day_is_typed_or_picked_and_reads_the_same_everywhere(visit: Visit) -> None:
    visitor = visit(language="en-US")
    page = visitor.open("/style")
    field = page.locator("[name=at]")
    field.fill("2026/2/3 9:05")
    field.press("Tab")
    assert field.input_value() == "2026-02-03 09:05"
    page.click("[name=at] + [data-date-open]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert field.input_value() == "2026-02-10 09:05"
    field.fill("2026-02-31 09:05")
    field.press("Tab")
    assert "2026-11-22 14:05" in field.evaluate("field => field.validationMessage")
    assert visitor.faults == []


def test_the_question_mark_leads_to_the_guide_of_the_page(visit: Visit) -> None:
    visitor = visit()
    for path, words in (("/exports", "导出客户"), ("/layers", "分层"), ("/jobs", "设置"), ("/audiences/new", "人群")):
        page = visitor.open(path)
        page.click("[data-guide]")
        page.wait_for_url(re.compile("/guide/"))
        assert words in page.inner_text("h1"), path


def test_layers_are_built_row_by_row_and_counted_before_they_are_saved(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/layers/new")
    page.fill("[name=zh]", "我的分层")
    page.click("[data-layer-add]")
    last = page.locator("[data-layer]").last
    last.locator("[name=layer_zh]").fill("全部")
    last.locator("[name=layer_who]").select_option("everybody")
    page.wait_for_selector(".layer-preview .layer-name:has-text('全部')")
    page.click("main button.btn-primary")
    page.wait_for_url(re.compile("/layers#own_1$"))
    page.click("#own_1 button:has-text('删除')")
    page.click("#confirm [value=yes]")
    page.click(".toast-line button:has-text('撤销')")
    page.wait_for_selector("#own_1 >> text=我的分层")
    assert visitor.faults == []
