"""What is set aside, as an owner meets it: on the health page, over the API, on the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from siyu.cli import run_command
from siyu.jobs import aside
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.staff import audit
from siyu.storage import Stores


@pytest.fixture(autouse=True)
def poisoned(stores: Stores) -> None:
    for body in (b"\xff", b"{", b"[]"):
        stores.inbox.append(stores.clock.now(), "segment:batch", "小程序商城", 1, body).result(10)
    run_until_empty(Drain(stores).step)


def actions(stores: Stores) -> list[str]:
    return [each.action for each in audit.entries(stores.ledger, rows_max=10)]


def test_the_health_page_says_what_and_why_and_offers_a_way(stores: Stores, signed_in: Callable[..., Any]) -> None:
    console = signed_in()
    page = console.get("/settings/health").text
    assert "有 3 条收到的数据无法处理" in page
    assert "小程序商城" in page
    number = aside.all_aside(stores)[0].id
    assert console.post(f"/settings/aside/{number}/drop").status_code in (200, 303)
    assert console.post("/settings/aside/again").status_code in (200, 303)
    assert (aside.count_aside(stores), stores.inbox.last()) == (0, 5)
    assert actions(stores)[:2] == ["body_read_again", "body_dropped"]


def test_who_may_only_look_changes_nothing(stores: Stores, signed_in: Callable[..., Any]) -> None:
    console = signed_in("analyst")
    assert "小程序商城" in console.get("/settings/health").text
    assert console.post("/settings/aside/again").status_code == 403
    assert aside.count_aside(stores) == 3


def test_the_api_does_the_same(stores: Stores, console: Any) -> None:
    key = console.key()
    first, second, _ = console.http.get("/api/aside", headers=key).json()["items"]
    left = console.http.post(f"/api/aside/{first['id']}/again", headers=key)
    assert (left.status_code, len(left.json()["items"])) == (200, 2)
    assert len(console.http.post(f"/api/aside/{second['id']}/drop", headers=key).json()["items"]) == 1
    assert console.http.post(f"/api/aside/{second['id']}/drop", headers=key).status_code == 409
    assert actions(stores)[:2] == ["body_dropped", "body_read_again"]


def test_the_command_line_does_the_same(stores: Stores) -> None:
    number = aside.all_aside(stores)[0].id
    for words in (("aside", "list"), ("aside", "drop", str(number)), ("aside", "again")):
        status, _, error = run_command(stores, [*words, "--json"])
        assert status == 0, error
    assert aside.count_aside(stores) == 0
