"""What every simulated platform does: tokens, limits, faults, time, state, callbacks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from rehearsal.platforms.core.running import NotAtTheDoor, Running
from tests.platform_worlds import HTTP, Listener, listening, running
from tests.rehearsal.platforms.tiny import NOON, tiny


@pytest.fixture
def platform() -> Iterator[Running]:
    with running(tiny()) as made:
        yield made


@pytest.fixture
def listener(platform: Running) -> Iterator[Listener]:
    with listening() as made:
        platform.door.post("listen", url=made.url)
        platform.door.post("poster", again_seconds=0.0)
        yield made


def get(platform: Running, path: str, **query: str) -> dict[str, Any]:
    return HTTP.get(platform.url + path, params=query).json()


def token(platform: Running, who: str = "shop") -> str:
    return get(platform, "/token", who=who)["access_token"]


def keep(platform: Running, given: str, text: str, **more: Any) -> dict[str, Any]:
    url = f"{platform.url}/keep"
    return HTTP.post(url, params={"access_token": given}, json={"text": text, **more}).json()


def read(platform: Running, given: str) -> dict[str, Any]:
    return get(platform, "/read", access_token=given)


def test_a_token_is_the_same_until_it_ends(platform: Running) -> None:
    first = get(platform, "/token", who="shop")
    platform.door.post("clock", move_seconds=7199)
    assert get(platform, "/token", who="shop") == {**first, "expires_in": 1}
    platform.door.post("clock", move_seconds=1)
    assert read(platform, first["access_token"])["errcode"] == 42001
    assert token(platform) != first["access_token"]


def test_tokens_can_be_ended_early_and_unknown_ones_are_told_apart(platform: Running) -> None:
    given = token(platform)
    assert platform.door.post("tokens", account="shop") == {"ended": 1}
    assert read(platform, given)["errcode"] == 42001
    assert read(platform, "never given")["errcode"] == 40014
    assert read(platform, token(platform))["errcode"] == 0


def test_who_calls_too_often_is_refused_for_as_long_as_the_window_is(platform: Running) -> None:
    platform.door.post("limits", path="/read", per_minute=3)
    given, other = token(platform), token(platform, "other")
    assert [read(platform, given)["errcode"] for _ in range(5)] == [0, 0, 0, 45009, 45009]
    assert read(platform, other)["errcode"] == 0
    assert keep(platform, given, "another interface")["errcode"] == 0
    platform.door.post("clock", move_seconds=59)
    assert read(platform, given)["errcode"] == 45009
    platform.door.post("clock", move_seconds=1)
    assert read(platform, given)["errcode"] == 0


def test_too_many_at_once_are_refused(platform: Running) -> None:
    platform.door.post("limits", path="/read", in_flight=2)
    platform.door.post("latency", seconds=0.3)
    given = token(platform)
    with ThreadPoolExecutor(6) as pool:
        codes = sorted(each["errcode"] for each in pool.map(lambda _: read(platform, given), range(6)))
    assert codes == [0, 0, 45033, 45033, 45033, 45033]
    assert platform.door.get("calls")["most_at_once"]["/read"] == 2


@pytest.mark.parametrize("code", [-1, 42001, 40014, 60020, 45009])
def test_a_code_can_be_ordered_for_some_calls(platform: Running, code: int) -> None:
    given = token(platform)
    platform.door.post("faults", rules=[{"kind": "code", "path": "/read", "code": code, "times": 1, "skip": 1}])
    assert [read(platform, given)["errcode"] for _ in range(3)] == [0, code, 0]


def test_a_share_of_faults_is_the_same_for_the_same_seed(platform: Running) -> None:
    given = token(platform)
    drawn: list[list[int]] = []
    for seed in (1, 1, 2):
        platform.door.post("faults", seed=seed, rules=[{"kind": "code", "path": "/read", "share": 0.5}])
        drawn.append([read(platform, given)["errcode"] for _ in range(40)])
    assert drawn[0] == drawn[1] != drawn[2]
    assert 8 < drawn[0].count(-1) < 32


def test_a_cut_connection_may_hide_that_the_work_was_done(platform: Running) -> None:
    given = token(platform)
    platform.door.post("faults", rules=[{"kind": "cut", "path": "/keep", "times": 1, "applied": True}])
    with pytest.raises(httpx.RemoteProtocolError):
        keep(platform, given, "kept all the same")
    assert read(platform, given)["text"] == "kept all the same"


def test_a_server_error_is_one(platform: Running) -> None:
    platform.door.post("faults", rules=[{"kind": "http", "code": 502}])
    assert HTTP.get(f"{platform.url}/token?who=shop").status_code == 502


def test_bad_calls_are_refused_with_codes(platform: Running) -> None:
    given = token(platform)
    query = {"access_token": given}
    assert HTTP.post(f"{platform.url}/keep", params=query, content=b"{").json()["errcode"] == 40035
    assert HTTP.post(f"{platform.url}/keep", params=query, json={}).json()["errcode"] == 40035
    assert HTTP.post(f"{platform.url}/read", params=query).json()["errcode"] == 40058
    assert HTTP.get(f"{platform.url}/unknown").status_code == 404
    with pytest.raises(NotAtTheDoor, match="no such door"):
        platform.door.post("window")


def test_files_arrive_byte_for_byte(platform: Running) -> None:
    content = bytes(range(256)) + b"\r\n--not the boundary\r\n"
    answer = HTTP.post(
        f"{platform.url}/upload",
        params={"access_token": token(platform)},
        files={"media": ("圖 1.jpg", content, "image/jpeg")},
    ).json()
    assert answer["parts"] == [["media", "圖 1.jpg", content.hex()]]


def test_what_is_due_happens_when_the_clock_gets_there(platform: Running) -> None:
    given = token(platform)
    keep(platform, given, "for an hour", seconds=3600)
    platform.door.post("clock", move_seconds=3599)
    assert read(platform, given)["text"] == "for an hour"
    assert platform.door.post("clock", move_seconds=1) == {"now": NOON + 3600, "pace": 0.0}
    assert read(platform, given)["text"] is None


def test_time_runs_at_its_pace(platform: Running) -> None:
    given = token(platform)
    keep(platform, given, "for a hundred seconds", seconds=100)
    platform.door.post("clock", pace=1000)
    until = time.monotonic() + 60
    while read(platform, given)["text"] is not None:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_state_survives_the_end_of_the_process(tmp_path: Path) -> None:
    with running(tiny(tmp_path / "tiny.db")) as platform:
        given = token(platform)
        keep(platform, given, "kept", seconds=3600)
    with running(tiny(tmp_path / "tiny.db")) as again:
        assert read(again, given)["text"] == "kept"
        again.door.post("clock", move_seconds=3600)
        assert read(again, given)["text"] is None


def test_a_callback_is_told_once_when_it_is_heard(platform: Running, listener: Listener) -> None:
    keep(platform, token(platform), "heard")
    assert platform.door.post("settle")["accepted"] == 1
    assert [(path, body) for path, _, body in listener.heard] == [("/told", b"heard")]


def test_a_callback_is_tried_three_times_with_a_new_nonce(platform: Running, listener: Listener) -> None:
    listener.answer = lambda path, query, body: (500, b"")
    keep(platform, token(platform), "unheard")
    settled = platform.door.post("settle")
    assert (settled["given_up"], settled["retried"], settled["status 500"]) == (1, 2, 3)
    assert len({query["nonce"] for _, query, _ in listener.heard}) == 3


def test_a_callback_waits_no_longer_than_the_platform_does(platform: Running, listener: Listener) -> None:
    platform.door.post("poster", wait_seconds=1.5)
    over = threading.Event()

    def answer(path: str, query: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if len(listener.heard) == 1:
            over.wait(20)  # the first time, silence
        return 200, b""

    listener.answer = answer
    keep(platform, token(platform), "twice")
    settled = platform.door.post("settle")
    over.set()
    assert (settled["unanswered"], settled["accepted"]) == (1, 1)


def test_callbacks_come_twice_and_out_of_order_on_wish(platform: Running, listener: Listener) -> None:
    platform.door.post("poster", repeats=0.5, disorder=0.5, late_seconds=60, held=True, at_once=1)
    given = token(platform)
    told = [str(number) for number in range(40)]
    for each in told:
        keep(platform, given, each)
    platform.door.post("clock", move_seconds=200)
    platform.door.post("poster", held=False)
    settled = platform.door.post("settle")
    heard = [body.decode() for _, _, body in listener.heard]
    assert len(heard) == 40 + settled["repeated"]
    assert 8 < settled["repeated"] < 32
    assert set(heard) == set(told)
    assert list(dict.fromkeys(heard)) != told


def test_callbacks_not_yet_heard_survive_the_end_of_the_process(tmp_path: Path) -> None:
    with listening() as listener:
        with running(tiny(tmp_path / "tiny.db")) as platform:
            platform.door.post("poster", held=True)
            platform.door.post("listen", url=listener.url)
            keep(platform, token(platform), "later")
        with running(tiny(tmp_path / "tiny.db")) as again:
            assert again.door.post("settle")["accepted"] == 1
        assert [body for _, _, body in listener.heard] == [b"later"]
