"""Ready journeys over the API and the command line."""

from __future__ import annotations

import json

from siyu.channels.accounts import open_account
from siyu.channels.registry import channels_of
from siyu.cli.running import run_command
from siyu.reach.journeys import drafts
from siyu.storage import Stores
from tests.web.conftest import Console


def mail(stores: Stores) -> int:
    settings = {"host": "127.0.0.1", "port": 25, "security": "none", "sender": "shop@example.com"}
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
    assert (unknown.status_code, unknown.json()["code"]) == (404, "ready_journey_not_found")


def test_the_command_line_tells_and_begins_them(stores: Stores) -> None:
    status, out, _ = run_command(stores, ["journey", "ready", "--json"])
    assert (status, len(json.loads(out)["journeys"])) == (0, 13)
    account = mail(stores)
    status, out, _ = run_command(stores, ["journey", "begin", "birthday", "--account", str(account), "--json"])
    assert status == 0
    assert drafts.get(stores, json.loads(out)["journey"]["id"]).name == "生日"
