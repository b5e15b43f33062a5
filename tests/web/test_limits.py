"""How often one address may ask, and who that address is."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from siyu.growth.cheating.limiting import fingerprint
from siyu.people import write_keys
from siyu.settings import SettingError, read_settings
from siyu.staff import audit, lockout
from siyu.staff.networks import network_of
from siyu.storage import ManualClock, NotAllowed, Stores
from siyu.web.app import create_app
from siyu.web.console import followed
from siyu.web.intake import UNKNOWN_KEYS_PER_MINUTE
from siyu.web.limits import Bucket
from siyu.web.outside import Outside
from siyu.web.proxies import Proxies
from tests.web.conftest import Console


@pytest.fixture
def behind(stores: Stores) -> Iterator[TestClient[Any]]:
    """An installation behind one trusted proxy."""
    outside = Outside(proxies=Proxies.read("1"))
    with TestClient(create_app(stores, outside=outside), base_url="http://siyu.test") as http:
        yield http


def _from(address: str) -> dict[str, str]:
    return {"x-forwarded-for": address}


def _advance(stores: Stores, seconds: float) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(seconds=seconds))


@pytest.mark.parametrize("path", ["/u/x", "/l/x", "/o/x"])
def test_the_links_of_messages_are_limited_by_address(behind: TestClient[Any], stores: Stores, path: str) -> None:
    for _ in range(followed.CALLS_PER_MINUTE):
        behind.get(path, headers=_from("192.0.2.1"))
    answer = behind.get(path, headers=_from("192.0.2.1"))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert behind.get(path, headers=_from("192.0.2.2")).status_code != 429
    _advance(stores, 1)
    assert behind.get(path, headers=_from("192.0.2.1")).status_code != 429


def test_all_addresses_of_one_ipv6_network_are_one_caller(stores: Stores) -> None:
    bucket = Bucket(2)
    assert [bucket.take(f"2001:db8:0:1::{number}", 0) for number in (1, 2)] == [0, 0]
    assert bucket.wait("2001:db8:0:1:ffff::1", 0) > 0
    assert bucket.take("2001:db8:0:1:ffff::1", 0) > 0
    assert bucket.take("2001:db8:0:2::1", 0) == 0
    for number in range(lockout.FAILURES_MAX):
        with stores.ledger.write() as conn:
            lockout.count_failure(conn, stores.clock.now(), "boss", f"2001:db8::{number:x}")
    with pytest.raises(NotAllowed):
        lockout.refuse_locked(stores, "boss", "2001:db8::ffff")
    lockout.refuse_locked(stores, "boss", "2001:db8:0:3::1")
    one, same, other = (fingerprint(stores.home, "address", f"2001:db8::{end}") for end in ("1", "2", "1:0:0:0:0"))
    assert one == same != other


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::/64"), ("::ffff:192.0.2.1", "192.0.2.1"), ("x:y", "x:y")],
)
def test_what_an_address_counts_as(address: str, network: str) -> None:
    assert network_of(address) == network


def _write(http: TestClient[Any], key: str, address: str) -> Any:
    headers = {"authorization": f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"} | _from(address)
    return http.post("/v1/track", json={"userId": "1", "event": "x"}, headers=headers)


def test_guessing_write_keys_is_limited_and_a_known_key_goes_on(behind: TestClient[Any], stores: Stores) -> None:
    key = write_keys.create(stores, "web", "web", "server").key
    assert _write(behind, key, "192.0.2.1").status_code == 200
    for number in range(UNKNOWN_KEYS_PER_MINUTE):
        assert _write(behind, f"wrong{number}", "192.0.2.1").status_code == 401
    refused = _write(behind, "wrong", "192.0.2.1")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert _write(behind, key, "192.0.2.1").status_code == 200
    assert _write(behind, "wrong", "192.0.2.2").status_code == 401
    _advance(stores, 1)
    assert _write(behind, "wrong", "192.0.2.1").status_code == 401


def test_nobody_chooses_their_own_address(console: Console, stores: Stores) -> None:
    console.post("/sign-in", {"login": "boss", "password": "wrong"}, x_forwarded_for="192.0.2.1")
    (row,) = audit.entries(stores.ledger)
    assert row.detail["address"] == "testclient"


def test_the_audit_log_has_the_address_before_the_proxy(behind: TestClient[Any], stores: Stores) -> None:
    headers = {"sec-fetch-site": "same-origin"} | _from("203.0.113.9, 192.0.2.1")
    behind.post("/sign-in", data={"login": "boss", "password": "wrong"}, headers=headers)
    (row,) = audit.entries(stores.ledger)
    assert row.detail["address"] == "192.0.2.1"


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "asker"),
    [
        ("", "10.0.0.1", ["192.0.2.1"], "10.0.0.1"),
        ("1", "10.0.0.1", ["203.0.113.9, 192.0.2.1"], "192.0.2.1"),
        ("2", "10.0.0.1", ["203.0.113.9, 192.0.2.1"], "203.0.113.9"),
        ("2", "10.0.0.1", ["203.0.113.9", "192.0.2.1"], "203.0.113.9"),
        ("2", "10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("1", "10.0.0.1", [], "10.0.0.1"),
        ("1", "10.0.0.1", ["<script>"], "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", ["203.0.113.9, 192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        ("10.0.0.0/8", "198.51.100.1", ["192.0.2.1"], "198.51.100.1"),
        ("10.0.0.0/8", "testclient", ["192.0.2.1"], "testclient"),
        ("10.0.0.1 ::1", "::1", ["[2001:db8::1]:443"], "2001:db8::1"),
        ("1", "10.0.0.1", ["192.0.2.1:5678"], "192.0.2.1"),
        ("1", "10.0.0.1", ["::ffff:192.0.2.1"], "192.0.2.1"),
    ],
)
def test_the_asker_is_the_last_whom_a_trusted_proxy_names(
    trusted: str, peer: str, forwarded: list[str], asker: str
) -> None:
    assert Proxies.read(trusted).address(peer, forwarded) == asker


@given(st.lists(st.text(max_size=40), max_size=5))
def test_what_a_stranger_writes_first_changes_nothing(written: list[str]) -> None:
    assert Proxies.read("1").address("10.0.0.1", [*written, "192.0.2.1"]) == "192.0.2.1"


def test_a_setting_that_can_not_be_read_is_refused_at_the_start() -> None:
    with pytest.raises(SettingError):
        read_settings({"SIYU_TRUSTED_PROXIES": "my-proxy"})
    assert read_settings({"SIYU_TRUSTED_PROXIES": "10.0.0.0/8, ::1"}).trusted_proxies == "10.0.0.0/8, ::1"
