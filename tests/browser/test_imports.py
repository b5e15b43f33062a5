"""The import wizard and exports in a real browser: from a file to its report, and out again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor, wait_until

Visit = Callable[..., Visitor]
PHONES = {"wide": "13900001111", "phone": "13900002222"}


def seen(visitor: Visitor, name: str) -> None:
    """One step: nothing failed, nothing hangs over, nobody is kept out. ``SIYU_PICTURES`` keeps a picture of it."""
    if folder := os.environ.get("SIYU_PICTURES"):
        visitor.page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    assert visitor.faults == [], name
    assert visitor.overflow <= 0, name
    assert visitor.serious() == [], name


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_the_wizard_leads_from_a_file_to_its_report(visit: Visit, tmp_path: Path, size: str) -> None:
    file = tmp_path / f"订单-{size}.csv"
    rows = f"{PHONES[size]},W{size},2024-03-01 10:00,杯子,2,3.50\n,X{size},2024-03-02 10:00,盘子,1,1\n"
    file.write_bytes(("手机号,订单号,付款时间,商品名称,数量,单价\n" + rows).encode("gbk"))
    visitor = visit(size)
    page = visitor.open("/imports")
    seen(visitor, f"import-1-upload-{size}")
    page.set_input_files("#f-file", str(file))
    expect(page.locator("[data-file-name]")).to_contain_text(file.name, use_inner_text=True)
    page.click("button:has-text('上传并识别')")
    page.wait_for_selector("button:has-text('看看会导入什么')")
    visitor.quiet()
    seen(visitor, f"import-2-columns-{size}")
    page.click("button:has-text('看看会导入什么')")
    page.wait_for_selector("button:has-text('开始导入')", timeout=60_000)
    expect(page.locator("main")).to_contain_text("缺少客户", use_inner_text=True)
    visitor.quiet()
    seen(visitor, f"import-3-check-{size}")
    page.click("button:has-text('开始导入')")
    page.wait_for_selector("text=导入完成", timeout=60_000)
    expect(page.locator("main")).to_contain_text("¥7.00", use_inner_text=True)
    visitor.quiet()
    seen(visitor, f"import-4-report-{size}")
    with page.expect_download() as refused:
        page.click("a:has-text('下载拒绝的行')")
    assert refused.value.suggested_filename == f"订单-{size}-rejects.csv"
    links = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.getAttribute('href'))")
    for link in sorted({link for link in links if not link.endswith(".csv")}):
        answer = page.request.get(visitor.address + link)
        assert answer.status == 200, link


def test_a_file_that_can_not_be_read_is_told_in_words_and_another_can_follow(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "照片.csv"
    file.write_bytes(b"\x89PNG" + bytes(200))
    visitor = visit()
    page = visitor.open("/imports")
    page.set_input_files("#f-file", str(file))
    page.click("button:has-text('上传并识别')")
    page.wait_for_selector("text=不是 CSV、Excel 或 Parquet")
    expect(page.locator("button:has-text('上传并识别')")).to_be_enabled()
    assert visitor.overflow <= 0


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_an_export_says_what_it_will_hold_and_is_downloaded(visit: Visit, size: str) -> None:
    visitor = visit(size)
    page = visitor.open("/people")
    page.click("a:has-text('导出')[href='/exports/new']")
    page.wait_for_selector("#export-sentence")
    visitor.quiet()
    seen(visitor, f"export-1-form-{size}")
    page.check("[name=whole]")
    page.wait_for_selector("#export-sentence:has-text('不打码')")
    page.check("[value=advertising]")
    page.wait_for_selector("#export-sentence:has-text('SHA-256')")
    expect(page.locator("[name=columns]").first).to_be_hidden()
    page.check("[value=list]")
    page.click("button:has-text('开始导出')")
    page.wait_for_selector("a:has-text('下载')", timeout=60_000)
    visitor.quiet()
    seen(visitor, f"export-2-list-{size}")
    with page.expect_download() as file:
        page.locator("a:has-text('下载')").first.click()
    assert file.value.suggested_filename.endswith(".xlsx")


def test_a_dropped_file_is_taken_and_its_upload_shows_how_far_it_is(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/imports")
    page.evaluate(
        """() => {
            const dropped = new DataTransfer();
            dropped.items.add(new File(["手机号,姓名\\n13900003333,王芳\\n"], "拖来的.csv"));
            const zone = document.querySelector("[data-drop]");
            zone.dispatchEvent(new DragEvent("drop", {dataTransfer: dropped, bubbles: true, cancelable: true}));
        }"""
    )
    expect(page.locator("[data-file-name]")).to_contain_text("拖来的.csv", use_inner_text=True)
    held: list[Any] = []
    page.route("**/imports", lambda route: held.append(route))
    page.check("[name=kind][value=people]")
    page.click("button:has-text('上传并识别')")
    page.wait_for_selector("[data-upload-progress] progress")
    expect(page.locator("button:has-text('上传并识别')")).to_be_disabled()
    wait_until(page, lambda: held)
    held[0].continue_()
    page.wait_for_selector("h1:has-text('拖来的.csv')")
    assert visitor.faults == []
