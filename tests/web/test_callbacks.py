"""Where platforms call: genuine, opened, on disk, answered. Nothing else gets in, and nothing makes it fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels.platform.callbacks import address
from siyu.channels.platform.envelope import Envelope
from siyu.channels.registry import receivers_of
from siyu.storage import Stores, Unavailable
from siyu.web.callbacks import Door
from tests.channels.wecom.told import ENVELOPE, KEY, TOKEN, an_account, change
from tests.examples import examples

AT, NONCE = "1409659813", "1372623149"
Call = Callable[..., tuple[int, bytes]]


class Caller:
    """Calls the door as a server would."""

    def __init__(self, stores: Stores) -> None:
        self.account = an_account(stores)
        self.path = address(stores, "wecom", self.account)
        self.door = Door(stores, receivers_of())

    def __call__(self, method: str, query: dict[str, str], body: bytes = b"", path: str = "") -> tuple[int, bytes]:
        return asyncio.run(self._call(method, query, body, path or self.path))

    async def _call(self, method: str, query: dict[str, str], body: bytes, path: str) -> tuple[int, bytes]:
        sent: list[Any] = []
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": urlencode(query).encode(),
            "headers": [],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.door(scope, receive, send)
        return sent[0]["status"], sent[1]["body"]

    def post(self, plain: bytes, envelope: Envelope = ENVELOPE, *, as_json: bool = False) -> tuple[int, bytes]:
        sealed, signed = envelope.seal(plain, AT, NONCE)
        query = {"msg_signature": signed, "timestamp": AT, "nonce": NONCE}
        if as_json:
            return self("POST", query, json.dumps({"tousername": "c", "encrypt": sealed, "agentid": "1"}).encode())
        return self("POST", query, wrapped(sealed))


def wrapped(sealed: str) -> bytes:
    return f"<xml><ToUserName>c</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()


@pytest.fixture
def caller(each_stores: Stores) -> Caller:
    return Caller(each_stores)


def test_the_address_is_verified_with_the_bare_text(caller: Caller) -> None:
    sealed, signed = ENVELOPE.seal(b"1616140317555161061", AT, NONCE)
    query = {"msg_signature": signed, "timestamp": AT, "nonce": NONCE, "echostr": sealed}
    assert caller("GET", query) == (200, b"1616140317555161061")


def test_a_plus_that_became_a_blank_is_mended(caller: Caller) -> None:
    sealed, signed = ENVELOPE.seal(b"1", AT, NONCE, b"+" * 16)
    query = {"msg_signature": signed, "timestamp": AT, "nonce": NONCE, "echostr": sealed.replace("+", " ")}
    assert caller("GET", query) == (200, b"1")


@pytest.mark.parametrize("as_json", [False, True])
def test_what_is_answered_with_200_is_on_disk(caller: Caller, each_stores: Stores, as_json: bool) -> None:
    plain = change("add_external_contact", each_stores.clock.now())
    assert caller.post(plain, as_json=as_json) == (200, b"")
    (row,) = each_stores.callbacks.after(0, 10)
    assert (row.kind, row.source, row.body) == ("wecom", str(caller.account), plain)


def test_what_can_not_be_kept_is_not_acknowledged(
    caller: Caller, each_stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable("inbox_full", "满", "full")

    monkeypatch.setattr(each_stores.callbacks, "append", refuse)
    assert caller.post(b"<xml><a>1</a></xml>")[0] == 503


def test_a_wrong_signature_is_forbidden(caller: Caller, each_stores: Stores) -> None:
    sealed, _ = ENVELOPE.seal(b"x", AT, NONCE)
    status, _ = caller("POST", {"msg_signature": "0" * 40, "timestamp": AT, "nonce": NONCE}, wrapped(sealed))
    assert (status, each_stores.callbacks.last()) == (403, 0)


def test_another_company_is_forbidden(caller: Caller, each_stores: Stores) -> None:
    assert caller.post(b"x", Envelope(TOKEN, KEY, "ww_other"))[0] == 403
    assert each_stores.callbacks.last() == 0


def test_a_wrong_address_is_not_found(caller: Caller) -> None:
    for path in (caller.path[:-1] + "x", "/callbacks/wecom/1", "/callbacks/wecom/x/y", "/callbacks/fake/1/x"):
        assert caller("POST", {}, b"<xml/>", path)[0] == 404


def test_five_megabytes_are_too_much(caller: Caller) -> None:
    assert caller("POST", {}, b"<xml>" + b"x" * 5_000_000 + b"</xml>")[0] == 413


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>'
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<",
        b"\xff\xfe\x00",
        LAUGHS.encode(),
        FILE.encode(),
        b"<a>" * 50_000,
        b"<a>" * 50_000 + b"</a>" * 50_000,
        b'{"a":' * 50_000,
        b'{"encrypt": 1}',
        b'{"encrypt": null}',
        b"<xml><Encrypt/></xml>",
        b'<?xml version="1.0" encoding="no-such"?><xml/>',
    ],
)
def test_bad_bodies_are_refused_and_never_a_fault(caller: Caller, body: bytes) -> None:
    status, _ = caller("POST", {"msg_signature": "0" * 40, "timestamp": AT, "nonce": NONCE}, body)
    assert 400 <= status < 500


@examples(60)
@given(body=st.binary(max_size=300), query=st.dictionaries(st.text(max_size=14), st.text(max_size=20), max_size=4))
def test_nothing_makes_the_door_fail(stores: Stores, body: bytes, query: dict[str, str]) -> None:
    caller = Caller(stores)
    for method in ("GET", "POST"):
        assert 400 <= caller(method, query, body)[0] < 500


def test_other_methods_are_refused(caller: Caller) -> None:
    assert caller("DELETE", {})[0] == 405
