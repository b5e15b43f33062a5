"""Codes to print, in the console, over the API and on the command line."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from siyu.channels import media
from siyu.cli import run_command
from siyu.cli.answers import ANSWERS
from siyu.storage import Stores
from tests.published import fits
from tests.web.conftest import SignedIn

LINK = "https://shop.example.com/c/ab12"


def read(content: bytes) -> list[str]:
    return [each.text for each in zxingcpp.read_barcodes(Image.open(BytesIO(content)))]


def test_the_page_shows_the_code_and_its_files_say_the_link(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    kept = BytesIO()
    Image.new("RGB", (60, 60), "#d23").save(kept, "PNG")
    logo = media.add_medium(stores, "cli", "logo.png", kept.getvalue())
    assert "还没有码" in console.get("/pictures").text
    shown = console.get(f"/pictures?link={LINK}&sheet=counter&caption=扫码&logo={logo}&colours=teal")
    assert f"logo={logo}" in shown.text
    saved = console.get(f"/pictures/file?link={LINK}&sheet=counter&caption=扫码&logo={logo}&colours=teal&format=png")
    assert saved.headers["content-type"] == "image/png"
    assert read(saved.content) == [LINK]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("link=shop", "请填写完整的链接"),
        (f"link={LINK}&sheet=square&size_mm=2", "边长 10 到 1000"),
        (f"link={LINK}&sheet=square&size_mm=nan", "边长 10 到 1000"),
        (f"link={LINK}&sheet=square&caption=x", "没有放说明文字的地方"),
        (f"link={LINK}&sheet=poster", "印刷尺寸只有"),
        (f"link={LINK}&colours=pink", "配色只有"),
    ],
)
def test_what_can_not_be_printed_is_said_at_its_field(signed_in: SignedIn, asked: str, words: str) -> None:
    assert words in signed_in("operator").get(f"/pictures?{asked}").text


def test_the_api_gives_the_file_and_refuses_with_a_code(signed_in: SignedIn) -> None:
    console = signed_in("operator")
    assert read(console.get(f"/api/pictures/code?link={LINK}&size_mm=40").content) == [LINK]
    assert console.get(f"/api/pictures/code?link={LINK}&format=pdf").content.startswith(b"%PDF-")
    assert console.get("/api/pictures/code?link=x").status_code == 400


def test_the_command_writes_the_file(stores: Stores, tmp_path: Path) -> None:
    out = tmp_path / "code.png"
    status, told, _ = run_command(stores, ["picture", "make", LINK, "--out", str(out), "--json"])
    assert status == 0
    fits(json.loads(told), ANSWERS[("picture", "make")])
    assert read(out.read_bytes()) == [LINK]
