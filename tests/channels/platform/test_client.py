"""Calls: what is tried again, what is not, and what is never told to anybody."""

from __future__ import annotations

import json
import logging
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from siyu.channels.addresses import NetworkPolicy
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.endpoints import Endpoint
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.failures import NO_CONNECTION, PlatformError
from siyu.channels.platform.tables import platform_tokens
from siyu.channels.platform.tokens import Fetched, Holder, Tokens
from siyu.channels.protocol import Account
from siyu.channels.wecom import contacts
from siyu.channels.wecom.platform import WECOM
from siyu.storage import Ledger, ManualClock, Stores
from tests.channels.platform.conftest import account_at, moving
from tests.channels.platform.simulator import SECRET, Simulator

MEMBERS = "externalcontact/get_follow_user_list"
WELCOME = "externalcontact/send_welcome_msg"


def test_a_token_is_fetched_once_for_many_calls(client: PlatformClient, simulator: Simulator) -> None:
    for _ in range(5):
        client.call("get_follow_user_list")
    assert (simulator.asked["gettoken"], simulator.asked[MEMBERS]) == (1, 5)


def test_whether_an_address_may_be_called_is_asked_once_a_second(stores: Stores, account: Account) -> None:
    allowed, asked = True, 0

    def policy() -> NetworkPolicy:
        nonlocal asked
        asked += 1
        return NetworkPolicy(loopback=allowed)

    exchange = Exchange(stores, policy)
    client = PlatformClient(exchange, account, WECOM, patience=0.0)
    for _ in range(3):
        client.call("get_follow_user_list")
    assert asked == 1
    allowed = False
    moving(stores)(1.0)
    with pytest.raises(PlatformError) as caught:
        client.call("get_follow_user_list")
    assert caught.value.failure.kind == "account"
    exchange.close()


def test_threads_that_need_a_token_at_once_fetch_one(stores: Stores, account: Account, simulator: Simulator) -> None:
    simulator.slow = 0.05
    exchanges = [Exchange(stores), Exchange(stores)]  # two processes have one each
    clients = [PlatformClient(exchanges[place % 2], account, WECOM) for place in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: each.call("get_follow_user_list"), clients))
    for each in exchanges:
        each.close()
    assert simulator.asked["gettoken"] == 1


def test_who_waits_for_a_fetch_that_fails_has_its_answer(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, holder = Tokens(stores), Holder.of(1, "access_token", "s")
    fetches: list[int] = []
    come, lock = threading.Semaphore(0), tokens._lock  # pyright: ignore[reportPrivateUsage]

    def waited_for(holder: Holder) -> threading.Lock:
        come.release()
        return lock(holder)

    def fetch() -> Fetched:
        fetches.append(1)
        assert all(come.acquire(timeout=60) for _ in range(6))  # the others come meanwhile
        raise PlatformError("no_connection", NO_CONNECTION, "gettoken")

    monkeypatch.setattr(tokens, "_lock", waited_for)

    def ask(_: int) -> None:
        with pytest.raises(PlatformError):
            tokens.current(holder, fetch)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ask, range(6)))
    assert len(fetches) == 1


def test_a_fetch_that_a_crash_cut_off_keeps_nobody_waiting(
    stores: Stores, account: Account, simulator: Simulator, tmp_path: Path
) -> None:
    """The next process is alone with its home, so that whoever was fetching is dead."""
    with (tmp_path / "lock").open("w") as lock:
        exchange = Exchange(replace(stores, lock=lock))
        client = PlatformClient(exchange, account, WECOM)
        client.call("get_follow_user_list")
        cut_off = {"fetcher": "dead", "fetching_until": datetime.now(UTC) + timedelta(seconds=30), "sealed": None}
        with stores.ledger.write() as conn:
            conn.execute(sa.update(platform_tokens).values(**cut_off, fresh_until=None))
        again = Exchange(replace(stores, lock=lock))
        began = time.monotonic()
        PlatformClient(again, account, WECOM).call("get_follow_user_list")
        assert time.monotonic() - began < 10
        exchange.close()
        again.close()
    assert simulator.asked["gettoken"] == 2


@pytest.mark.parametrize("code", [40014, 42001])
def test_a_token_that_is_not_taken_is_renewed_once(client: PlatformClient, simulator: Simulator, code: int) -> None:
    simulator.codes[MEMBERS] = [code]
    client.call("get_follow_user_list")
    assert (simulator.asked["gettoken"], simulator.asked[MEMBERS]) == (2, 2)


@pytest.mark.parametrize("code", [40014, 42001])
def test_a_token_that_is_not_taken_twice_is_an_error(client: PlatformClient, simulator: Simulator, code: int) -> None:
    simulator.codes[MEMBERS] = [code] * 50
    with pytest.raises(PlatformError) as caught:
        client.call("get_follow_user_list")
    assert (caught.value.platform_code, simulator.asked[MEMBERS], simulator.asked["gettoken"]) == (code, 2, 2)


def test_a_token_is_replaced_before_it_ends(client: PlatformClient, simulator: Simulator, stores: Stores) -> None:
    client.call("get_follow_user_list")
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(seconds=7200 - 299))
    client.call("get_follow_user_list")
    assert simulator.asked["gettoken"] == 2


def test_a_refused_secret_is_not_tried_again_and_again(exchange: Exchange, simulator: Simulator) -> None:
    client = PlatformClient(exchange, account_at(simulator.url, "wrong"), WECOM)
    for _ in range(5):
        with pytest.raises(PlatformError) as caught:
            client.call("get_follow_user_list")
        assert caught.value.failure.kind == "account"
    assert simulator.asked["gettoken"] == 1


def test_a_mended_secret_works_at_once(exchange: Exchange, simulator: Simulator) -> None:
    with pytest.raises(PlatformError):
        PlatformClient(exchange, account_at(simulator.url, "wrong"), WECOM).call("get_follow_user_list")
    PlatformClient(exchange, account_at(simulator.url), WECOM).call("get_follow_user_list")


@pytest.mark.parametrize("code", [-1, 45033, 41063, 41079, 41096])
def test_what_passes_is_tried_again(client: PlatformClient, simulator: Simulator, code: int) -> None:
    simulator.codes[MEMBERS] = [code, code]
    client.call("get_follow_user_list")
    assert simulator.asked[MEMBERS] == 3


def test_after_three_tries_more_it_is_an_error(client: PlatformClient, simulator: Simulator) -> None:
    simulator.codes[MEMBERS] = [-1] * 50
    with pytest.raises(PlatformError) as caught:
        client.call("get_follow_user_list")
    assert (caught.value.platform_code, simulator.asked[MEMBERS]) == (-1, 4)


def test_the_pauses_grow(client: PlatformClient, simulator: Simulator, stores: Stores) -> None:
    simulator.codes[MEMBERS] = [-1] * 3
    began = stores.clock.now()
    client.call("get_follow_user_list")
    assert 6.3 - 0.1 <= (stores.clock.now() - began).total_seconds() <= 7.7 + 0.1


@pytest.mark.parametrize("code", [40035, 40058, 48002, 60020, 84061, 41050, 41051, 99999])
def test_every_other_code_is_final(client: PlatformClient, simulator: Simulator, code: int) -> None:
    simulator.codes[MEMBERS] = [code] * 50
    with pytest.raises(PlatformError) as caught:
        client.call("get_follow_user_list")
    assert (caught.value.platform_code, simulator.asked[MEMBERS]) == (code, 1)


def test_45009_closes_this_call_for_a_minute_and_no_other(
    client: PlatformClient, simulator: Simulator, stores: Stores
) -> None:
    simulator.codes[MEMBERS] = [45009]
    for _ in range(3):
        with pytest.raises(PlatformError):
            client.call("get_follow_user_list")
    client.call("externalcontact/list", params={"userid": "a"})
    assert simulator.asked[MEMBERS] == 1
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(seconds=60))
    client.call("get_follow_user_list")


def test_what_has_patience_waits_until_it_is_open_again(
    exchange: Exchange, account: Account, simulator: Simulator
) -> None:
    simulator.codes[MEMBERS] = [45009]
    PlatformClient(exchange, account, WECOM, patience=600).call("get_follow_user_list")
    assert simulator.asked[MEMBERS] == 2


def test_without_a_connection_it_is_tried_again_even_where_twice_would_harm(exchange: Exchange) -> None:
    client = PlatformClient(exchange, account_at("http://127.0.0.1:9"), WECOM)
    with pytest.raises(PlatformError) as caught:
        client.call("gettoken")
    assert (caught.value.platform_code, caught.value.unknown) == ("no_connection", False)


def test_without_an_answer_only_what_may_be_repeated_is(
    exchange: Exchange, account: Account, simulator: Simulator
) -> None:
    once = Endpoint("once", "POST", "/cgi-bin/once", False)
    client = PlatformClient(exchange, account, replace(WECOM, endpoints={**WECOM.endpoints, "once": once}))
    simulator.codes["once"] = [502]
    simulator.codes[MEMBERS] = [502]
    with pytest.raises(PlatformError) as caught:
        client.call("once", body={})
    client.call("get_follow_user_list")
    assert caught.value.unknown
    assert (simulator.asked["once"], simulator.asked[MEMBERS]) == (1, 2)


def test_texts_are_sent_as_plain_utf8(client: PlatformClient, simulator: Simulator) -> None:
    contacts.send_welcome(client, "CODE", "欢迎", [])
    assert "欢迎".encode() in simulator.bodies[-1]


def test_a_member_without_customers_is_an_empty_list(client: PlatformClient, simulator: Simulator) -> None:
    simulator.codes["externalcontact/list"] = [84061]
    assert contacts.customers_of(client, "zhangsan") == []


def test_pages_end_with_an_empty_cursor_and_not_with_an_empty_page(
    client: PlatformClient, simulator: Simulator
) -> None:
    pages = {
        "": {"external_contact": {"name": "李四"}, "follow_user": [{"userid": "a"}], "next_cursor": "1"},
        "1": {"follow_user": [], "next_cursor": "2"},
        "2": {"follow_user": [{"userid": "b"}], "next_cursor": ""},
    }
    simulator.answers["externalcontact/get"] = lambda call, query, body: {
        "errcode": 0,
        **pages[query.get("cursor", "")],
    }
    found = contacts.customer(client, "wm1")
    assert [each["userid"] for each in found["follow_user"]] == ["a", "b"]
    assert found["external_contact"] == {"name": "李四"}


def test_pages_in_a_circle_are_an_error(client: PlatformClient, simulator: Simulator) -> None:
    simulator.answers["externalcontact/get"] = lambda *_: {"errcode": 0, "follow_user": [], "next_cursor": "1"}
    with pytest.raises(PlatformError, match="circle"):
        contacts.customer(client, "wm1")


def ours(caplog: pytest.LogCaptureFixture) -> str:
    """What was logged on this side of the wire."""
    return "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn"))


@pytest.mark.parametrize("code", [40001, 42001, 45009, -1, 502])
def test_no_secret_is_in_a_log_or_an_exception(
    client: PlatformClient, simulator: Simulator, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    caplog.set_level(logging.DEBUG)
    simulator.codes[MEMBERS] = [code] * 50
    with pytest.raises(PlatformError) as caught:
        client.call("get_follow_user_list")
    error = caught.value
    told = [ours(caplog), *traceback.format_exception(error), repr(error), repr(error.__dict__), error.zh, error.en]
    told += [repr(error.__context__), repr(error.__cause__), repr(client.__dict__)]
    for secret in (SECRET, "token-1", "token-2"):
        assert not [text for text in told if secret in text]


def test_no_secret_is_told_where_the_platform_is_away(exchange: Exchange, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(PlatformError) as caught:
        PlatformClient(exchange, account_at("http://127.0.0.1:9"), WECOM).call("get_follow_user_list")
    told = [ours(caplog), *traceback.format_exception(caught.value), repr(caught.value.__context__)]
    assert not [text for text in told if SECRET in text]


def test_a_token_lies_sealed_in_the_ledger(client: PlatformClient, stores: Stores) -> None:
    client.call("get_follow_user_list")
    with stores.ledger.read() as conn:
        rows = conn.exec_driver_sql("SELECT * FROM platform_tokens").all()
    assert "token-1" not in repr(rows)
    assert SECRET not in repr(rows)


def test_waits_follow_the_pace_of_the_clock(stores: Stores, account: Account, simulator: Simulator) -> None:
    fast = replace(stores, clock=ManualClock(stores.clock.now(), pace=60.0))
    slept: list[float] = []
    move = moving(fast)

    def pause(seconds: float) -> None:
        slept.append(seconds)
        move(seconds)

    exchange = Exchange(fast, pause=pause)
    simulator.codes[MEMBERS] = [-1]
    PlatformClient(exchange, account, WECOM).call("get_follow_user_list")
    exchange.close()
    assert 0.9 / 60 <= max(slept) <= 1.1 / 60


def test_the_sample_answers_lose_no_field(client: PlatformClient, simulator: Simulator) -> None:
    answer = {"errcode": 0, "errmsg": "ok", "follow_user": ["a"], "later": {"deep": [1, None, "x"]}}
    simulator.answers[MEMBERS] = lambda *_: json.loads(json.dumps(answer))
    assert client.call("get_follow_user_list") == answer


@pytest.mark.postgresql
def test_processes_on_one_postgresql_fetch_one_token(
    postgresql_stores: Stores, account: Account, simulator: Simulator
) -> None:
    """Each with connections of its own, as the processes of several workers have them."""
    url = postgresql_stores.ledger.engine.url.render_as_string(hide_password=False)
    processes = [replace(postgresql_stores, ledger=Ledger(url)) for _ in range(3)]
    exchanges = [Exchange(each) for each in processes]
    simulator.slow = 0.1
    clients = [PlatformClient(exchanges[place % 3], account, WECOM) for place in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda each: each.call("get_follow_user_list"), clients))
    for each in exchanges:
        each.close()
    for each in processes:
        each.ledger.close()
    assert simulator.asked["gettoken"] == 1


def test_no_more_are_in_flight_than_the_limit_allows(stores: Stores, account: Account, simulator: Simulator) -> None:
    exchange = Exchange(stores)
    simulator.slow = 0.02
    client = PlatformClient(exchange, account, WECOM)
    with ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda _: client.call("get_follow_user_list"), range(48)))
    exchange.close()
    assert simulator.at_once_max <= WECOM.limits["default"].slots
