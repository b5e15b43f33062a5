"""``siyu up`` as a process: its address line, its refusals, how it stops, and commands sent through it."""

from __future__ import annotations

import json
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.installation import Server, basic, siyu


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("up") / "home") as running:
        yield running


def test_it_says_where_it_is_and_answers_there(server: Server) -> None:
    assert server.address.startswith("http://127.0.0.1:")
    assert server.request("GET", "/first-run").status == 200


def test_only_this_user_may_read_the_home_and_the_local_token(server: Server) -> None:
    assert stat.S_IMODE(server.home.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.home / "server.json").stat().st_mode) == 0o600


def test_a_command_goes_through_the_server_that_holds_the_home(server: Server) -> None:
    ended = server.siyu("settings", "list", "--json")
    assert (ended.status, ended.error) == (0, "")
    assert ended.json["settings"]["currency"] == "CNY"


def test_a_commands_files_are_read_from_where_it_was_typed(server: Server) -> None:
    file = server.home.parent / "orders.csv"
    file.write_text("customer,order,time,sku,quantity,price\nA,1,2025-01-01 10:00,S,1,2.50\n")
    ended = server.siyu("import", "orders", "orders.csv", "--json")
    assert ended.status == 0, ended
    assert ended.json["accepted"] == 1


def test_a_wrong_command_ends_the_same_way_through_the_server(server: Server) -> None:
    ended = server.siyu("report", "nonsense", "--language", "en", "--json")
    assert ended.status == 2
    assert ended.json["error"]["code"] == "unknown_report"
    assert ended.error.count("\n") == 1


def test_nobody_without_the_local_token_runs_commands(server: Server) -> None:
    body = {"argv": ["settings", "list"]}
    assert server.request("POST", "/internal/cli", body).status == 403
    assert server.request("POST", "/internal/cli", body, {"Authorization": "Bearer x"}).status == 403


def test_a_second_server_on_the_same_home_is_refused_with_a_sentence(server: Server) -> None:
    ended = siyu(server.home, "up", "--port", "0", "--language", "en")
    assert (ended.status, ended.text) == (2, "")
    assert "in use" in ended.error
    assert ended.error.count("\n") == 1


def test_a_taken_port_is_refused_with_a_sentence_and_touches_nothing(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = siyu(tmp_path / "home", "up", "--port", str(taken.getsockname()[1]), "--language", "en")
    assert ended.status == 2
    assert "Can't listen" in ended.error
    assert not (tmp_path / "home").exists()


def test_a_home_that_can_not_be_written_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    ended = siyu(tmp_path / "home", "settings", "list", "--json")
    assert ended.status == 2
    assert ended.json["error"]["code"] == "home_not_writable"


def test_a_wrong_setting_is_refused_by_name(tmp_path: Path) -> None:
    ended = siyu(tmp_path / "home", "up", "--json", SIYU_WORKER_THREADS="many")
    assert ended.status == 2
    assert ended.json["error"]["field"] == "SIYU_WORKER_THREADS"


def test_it_stops_in_order_and_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    server = Server(tmp_path / "home").start()
    key = json.loads(server.siyu("key", "write", "shop", "--kind", "server", "--json").text)["key"]
    call = {"userId": "u1", "event": "page_viewed", "messageId": "m1", "timestamp": "2026-01-01T00:00:00Z"}
    assert server.request("POST", "/v1/track", call, basic(key)).status == 200
    assert server.stop() == 0
    assert not (server.home / "server.json").exists()
    with server.start():
        until_counted(server, 1)


def until_counted(server: Server, people: int) -> None:
    for _ in range(60):
        core = server.siyu("report", "core", "--json").json
        if {each["name"]: each["value"] for each in core["figures"]}["people"] == people:
            return
    pytest.fail("the event never became countable")
