"""Service conversations in the console, over the API and on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from siyu.cli import run_command
from siyu.storage import Stores
from tests.channels.platform.simulator import Simulator, running
from tests.channels.wecom.test_service import Desk
from tests.web.conftest import Console


@pytest.fixture
def desk(stores: Stores) -> Iterator[Desk]:
    with running(Simulator()) as simulator:
        made = Desk(stores, simulator)
        made.ring([made.wrote("电话 13812345678，还有货吗")])
        made.pull()
        yield made
        made.channels.close()


def test_an_agent_reads_and_answers(desk: Desk, signed_in: Callable[..., Console]) -> None:
    console = signed_in("agent")
    assert "/service/1" in console.get("/service").text
    shown = console.get("/service/1").text
    assert "还有货吗" in shown
    assert "13812345678" not in shown  # this role sees no whole phone
    assert console.post("/service/1/answer", {"text": "有的"}).status_code == 303
    assert desk.sent[0]["text"] == {"content": "有的"}
    console.post("/service/1/transfer", {"state": "4"})
    answer = console.post("/service/1/answer", {"text": "还在"})
    assert (answer.status_code, len(desk.sent)) == (422, 1)
    assert "会话的状态不允许发送" in answer.text


def test_an_analyst_reads_and_may_not_answer(desk: Desk, signed_in: Callable[..., Console]) -> None:
    console = signed_in("analyst")
    assert "回复" not in console.get("/service/1").text.split("<main")[-1].replace("可回复", "")
    assert console.post("/service/1/answer", {"text": "有的"}).status_code == 403
    assert desk.sent == []


def test_the_api_does_the_same(desk: Desk, console: Console) -> None:
    key = console.key("operator")
    (chat,) = console.http.get("/api/service", headers=key).json()["items"]
    assert (chat["left"], chat["external_userid"]) == (5, "wm1")
    assert "13812345678" not in console.http.get("/api/service/1", headers=key).text
    made = console.http.post("/api/service/1/answer", json={"text": "有的"}, headers=key)
    assert made.json() == {"became": "sent"}
    assert console.http.post("/api/service/1/transfer", json={"state": 2}, headers=key).json()["state"] == 2
    assert console.http.get("/api/service/9", headers=key).status_code == 404


def test_the_command_line_does_the_same(desk: Desk, tmp_path: Path) -> None:
    def run(*words: str) -> dict[str, object]:
        status, out, err = run_command(desk.stores, ["--folder", str(tmp_path), "service", *words, "--json"])
        assert (status, err) == (0, "")
        return json.loads(out)

    assert len(run("list")["chats"]) == 1  # type: ignore[arg-type]
    assert run("answer", "1", "有的") == {"became": "sent"}
    assert run("transfer", "1", "4")["chat"]["state"] == 4  # type: ignore[index]
    assert len(run("show", "1")["messages"]) == 2  # type: ignore[arg-type]
