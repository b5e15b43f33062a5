"""The envelope of callbacks: the published vectors, and the law that only its receiver opens what is sealed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.platforms.core.envelope import BadEnvelope, Envelope, signature
from rehearsal.platforms.core.xml import document

TOKEN, KEY, CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"
ENVELOPE = Envelope(TOKEN, KEY, CORP)


def test_v1_the_check_of_an_address() -> None:
    echo = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
    assert signature(TOKEN, "1409659589", "263014780", echo) == "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
    assert ENVELOPE.open(echo) == b"1616140317555161061"
    assert ENVELOPE.seal(b"1616140317555161061", b"c41b64491c2468d0") == echo


def test_v2_a_message() -> None:
    sealed = (
        "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
        "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gs"
        "ijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUa"
        "x5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIG"
        "HBZZIs2pDBS8R07+qN+E7Q=="
    )
    assert signature(TOKEN, "1409659813", "1372623149", sealed) == "477715d11cdb4164915debcba66cb864d751f3e6"
    message = ENVELOPE.open(sealed)
    assert b"<Content><![CDATA[hello]]></Content>" in message
    assert ENVELOPE.seal(message, b"0960688932c47ef1") == sealed


def test_v3_sealing_with_a_known_salt() -> None:
    fields = {"ToUserName": "mycreate", "FromUserName": CORP, "CreateTime": 1348831860, "MsgType": "text"}
    sealed = ENVELOPE.seal(document({**fields, "Content": "this is a test"}).encode(), b"0123456789abcdef")
    assert sealed.startswith("sKqRbbiSUnDhFHOvPjtUMUNeky1yBjV3tIYfilQwj5fN/Js8KUsEWgVXPlHti2RH")
    assert signature(TOKEN, "1409659813", "1372623149", sealed) == "68f5dc43743f9cc82ad8ea2a52b524c675af7803"


def test_v4_an_event_as_the_simulators_write_it() -> None:
    fields = {
        "ToUserName": CORP,
        "FromUserName": "sys",
        "CreateTime": 1403610513,
        "MsgType": "event",
        "Event": "change_external_contact",
        "ChangeType": "add_external_contact",
        "UserID": "zhangsan",
        "ExternalUserID": "woAJ2GCAAAXtWyujaWJHDDGi0mACHAAA",
        "State": "teststate",
        "WelcomeCode": "WELCOMECODE",
    }
    sealed = ENVELOPE.seal(document(fields).encode(), b"fedcba9876543210")
    assert sealed.startswith("P9TP8OO8ZpJE35Ha/87+5L3GfYq+W+wszJtcO478JrkWToPLFT7V1Rq6BgkzsvsU"[:60])
    assert signature(TOKEN, "1403610513", "777777", sealed) == "f7f9ca8d51800cd99720bf1ebbda9db08818c4b9"


def test_v5_another_key() -> None:
    other = Envelope("123456", "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "wx49f0ab532d5d035a")
    echo = "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q=="
    assert signature("123456", "1411443780", "437374425", echo) == "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96"
    assert other.open(echo) == b"5927782489442352469"


def test_v6_a_signature_alone() -> None:
    sealed = "6KmUQuPVu7UhjyVqRdbo5SfcRqaHvbUlKSHFvBV2ZuR6TIlKsygcfeSd1GDplg1C5KSKr6UPHCaC/nIX3ZNt9w=="
    made = signature("kjr2TKI8umCBfVF3wAHk8JiPwma5VBme", "1583940690", "VHh7ymSeb0jc4lSb", sealed)
    assert made == "1ba3cb09c0d2c2b3ed6900d37f91a6efae6cb011"


@given(st.binary(max_size=300))
def test_what_is_sealed_is_opened_by_its_receiver_alone(message: bytes) -> None:
    sealed = ENVELOPE.seal(message)
    assert ENVELOPE.open(sealed) == message
    with pytest.raises(BadEnvelope):
        Envelope(TOKEN, KEY, CORP + "x").open(sealed)
    with pytest.raises(BadEnvelope):
        ENVELOPE.open(sealed[: len(sealed) // 2])


@pytest.mark.real_data
def test_the_published_vectors_in_the_data_folder() -> None:
    path = Path(os.environ.get("SIYU_REAL_DATA", "../shared/data")) / "wecom" / "crypto_vectors_verified.json"
    if not path.exists():
        pytest.skip("no wecom samples: set SIYU_REAL_DATA")
    for vector in json.loads(path.read_text("utf-8")):
        made = signature(vector["token"], vector["timestamp"], vector["nonce"], vector["encrypt"])
        assert made == vector["msg_signature"], vector["source"]
        if vector.get("decrypted") and vector.get("receiveid"):
            envelope = Envelope(vector["token"], vector["encodingAESKey"], vector["receiveid"])
            told = vector["decrypted"]
            assert envelope.open(vector["encrypt"]) == told["msg"].encode()
            assert envelope.seal(told["msg"].encode(), told["random16"].encode()) == vector["encrypt"]
