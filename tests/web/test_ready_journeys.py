"""Ready journeys over the API and the command line."""

from __future__ import annotations

import json

from siyu.channels.accounts import open_account
from siyu.channels.registry import channels_of
from siyu.cli.running import run_command
from siyu.reach.journeys import drafts, queries
from siyu.storage import Stores
from tests.web.conftest import Console


def mail(stores: Stores) -> int:
    settings = {
        "host": "127.0.0.1",
        "port": 25,
        "security": "plain",
        "from_address": "shop@example.com",
        "identity": "思屿小店",
    }
    number, _ = open_account(stores, channels_of(stores), channel="email", name="邮件", settings=settings)
    return number


def test_the_api_tells_and_begins_them(console: Console) -> None:
    account = mail(console.stores)
    keys = [each["key"] for each in console.http.get("/api/journeys/ready", headers=console.key()).json()["journeys"]]
    assert keys[0] == "golden_72"
    wish = {"key": "golden_72", "accounts": [account], "language": "en"}
    answer = console.http.post("/api/journeys/ready", json=wish, headers=console.key())
    assert (answer.status_code, answer.json()["journey"]["name"]) == (201, "Golden 72 hours")
    unknown = console.http.post("/api/journeys/ready", json={"key": "no"}, headers=console.key())
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "ready_journey_not_found")


def test_the_command_line_tells_and_begins_them(stores: Stores) -> None:
    status, out, _ = run_command(stores, ["journey", "ready", "--json"])
    assert (status, len(json.loads(out)["journeys"])) == (0, 19)
    account = mail(stores)
    status, out, _ = run_command(stores, ["journey", "begin", "birthday", "--account", str(account), "--json"])
    assert status == 0
    assert drafts.get(stores, json.loads(out)["journey"]["id"]).name == "生日"


def test_the_gallery_begins_a_draft_and_leads_to_its_editor(console: Console) -> None:
    account = mail(console.stores)
    console.sign_in()
    page = console.get("/journeys/ready").text
    for words in ("黄金 72 小时", "心愿到货", "用这个", "7 条消息，其中促销 2 条"):
        assert words in page
    assert "→ 谢谢，并教会用；有没有看过" in " ".join(page.split()).replace("</span> ", " ")
    assert "/journeys/ready" in console.get("/journeys").text
    answer = console.post("/journeys/ready/golden_72", {"accounts": str(account)})
    assert answer.status_code in (200, 204, 303)
    (kept,) = [each.journey for each in queries.page(console.stores, rows_max=5)]
    assert f"/journeys/{kept.id}/edit" in str(answer.headers)
    assert console.get(f"/journeys/{kept.id}/edit").status_code == 200


def test_who_may_only_read_sees_no_button(console: Console) -> None:
    page = console.sign_in("analyst").get("/journeys/ready").text
    assert "黄金 72 小时" in page
    assert "用这个" not in page
