"""Several processes: what may run beside what, and the sentence where it may not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.broadcasting import wait_for
from evidence.crew import Crew
from evidence.installation import Server, basic, bearer, siyu
from tests.cli.test_server import until_counted

pytestmark = pytest.mark.postgresql


@pytest.fixture
def crew(tmp_path: Path, postgresql_url: str) -> Iterator[Crew]:
    with Crew(tmp_path / "home", postgresql_url, 1) as running:
        yield running


def test_a_worker_of_the_same_home_does_the_work_of_the_server(crew: Crew) -> None:
    key = crew.server.siyu("key", "write", "shop", "--kind", "server", "--json").json["key"]
    call = {"userId": "u1", "event": "page_viewed", "messageId": "m1"}
    assert crew.server.request("POST", "/v1/track", call, basic(key)).status == 200
    until_counted(crew.server, 1)  # the server itself does no background work


def test_a_second_server_of_the_same_home_is_refused(crew: Crew) -> None:
    ended = siyu(crew.home, "web", "--port", "0", "--json", SIYU_LEDGER=crew.ledger)
    assert (ended.status, ended.json["error"]["code"]) == (2, "home_in_use")


def test_another_home_on_the_same_ledger_is_refused_because_each_would_get_half_of_the_events(crew: Crew) -> None:
    ended = siyu(crew.home.with_name("other"), "web", "--port", "0", "--json", SIYU_LEDGER=crew.ledger)
    assert (ended.status, ended.json["error"]["code"]) == (2, "ledger_in_use")


def test_a_worker_whose_server_is_not_there_says_so(tmp_path: Path, postgresql_url: str) -> None:
    ended = siyu(tmp_path / "home", "worker", "--json", SIYU_LEDGER=postgresql_url)
    assert (ended.status, ended.json["error"]["code"]) == (2, "event_log_away")


def test_a_worker_beside_a_server_on_files_is_refused(tmp_path: Path) -> None:
    with Server(tmp_path / "home"):
        ended = siyu(tmp_path / "home", "worker", "--json")
    assert (ended.status, ended.json["error"]["code"]) == (2, "home_in_use")


def test_a_ledger_that_can_not_be_reached_is_told(tmp_path: Path) -> None:
    ended = siyu(tmp_path / "home", "settings", "list", "--json", SIYU_LEDGER="postgresql://nobody@127.0.0.1:9/none")
    assert ended.json["error"]["code"] == "ledger_away"
    ended = siyu(tmp_path / "home", "settings", "list", "--json", SIYU_LEDGER="postgresql:/oops")
    assert (ended.status, ended.json["error"]["code"]) == (2, "ledger_dsn_invalid")


def test_a_worker_goes_on_when_the_server_was_killed_and_is_back(crew: Crew) -> None:
    key = crew.server.siyu("key", "api", "shop", "--json").json["key"]
    imported(crew.server, key, "1")  # the worker has joined
    crew.server.kill()
    crew.server.start()
    imported(crew.server, key, "2")


def imported(server: Server, key: str, order: str) -> None:
    rows = f"customer,order,time,sku,quantity,price\nA,{order},2025-01-01 10:00,S,1,2.50\n"
    headers = {**bearer(key), "X-File-Name": "orders.csv", "Content-Type": "text/csv"}
    path = "/api/imports?kind=orders&timezone=Asia/Shanghai"
    number = server.request("POST", path, rows.encode(), headers).json["id"]
    assert server.request("POST", f"/api/imports/{number}/start", None, bearer(key)).status == 201
    wait_for(lambda: server.request("GET", f"/api/imports/{number}", None, bearer(key)).json["state"] == "done", order)
