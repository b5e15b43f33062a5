"""The envelope of callbacks: vectors, forgeries and damage."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels.platform.envelope import Envelope, page_signature, signature
from siyu.storage import BadInput, NotAllowed
from tests.channels.platform.vectors import (
    CORP,
    KEY,
    TOKEN,
    V1,
    V2,
    V3,
    V3_MESSAGE,
    V3_SEALED,
    V4,
    V4_MESSAGE,
    V4_SEALED,
    V5,
    V6,
    V7,
)

ENVELOPE = Envelope(TOKEN, KEY, CORP)
AT, NONCE = "1409659813", "1"


def test_v1_the_address_is_verified_with_exactly_the_digits() -> None:
    opened = ENVELOPE.verify_url(V1["signature"], V1["timestamp"], V1["nonce"], V1["sealed"])
    assert opened == V1["plain"].encode()


def test_v2_a_message_opens() -> None:
    opened = ENVELOPE.open(V2["signature"], V2["timestamp"], V2["nonce"], V2["sealed"])
    assert opened == V2["plain"].encode()


@pytest.mark.parametrize(("vector", "message", "sealed"), [(V3, V3_MESSAGE, V3_SEALED), (V4, V4_MESSAGE, V4_SEALED)])
def test_v3_v4_sealing_gives_the_same_text_and_signature(vector: dict[str, str], message: str, sealed: str) -> None:
    made = ENVELOPE.seal(message.encode(), vector["timestamp"], vector["nonce"], vector["random"].encode())
    assert made == (sealed, vector["signature"])


def test_v5_a_key_with_stray_bits_opens() -> None:
    envelope = Envelope(V5["token"], V5["key"], V5["receiver"])
    opened = envelope.verify_url(V5["signature"], V5["timestamp"], V5["nonce"], V5["sealed"])
    assert opened == V5["plain"].encode()


def test_v6_signature() -> None:
    assert signature(V6["token"], V6["timestamp"], V6["nonce"], V6["sealed"]) == V6["signature"]


def test_v7_signature_of_a_page() -> None:
    assert page_signature(V7["ticket"], V7["nonce"], V7["timestamp"], V7["url"]) == V7["signature"]


@pytest.mark.real_data
def test_the_eight_verified_vectors() -> None:
    folder = os.environ.get("SIYU_REAL_DATA", "../shared/data")
    path = Path(folder) / "wecom" / "crypto_vectors_verified.json"
    if not path.exists():
        pytest.skip("no real data here")
    vectors: list[dict[str, Any]] = json.loads(path.read_text())
    assert len(vectors) == 8
    for each in vectors:
        assert signature(each["token"], each["timestamp"], each["nonce"], each["encrypt"]) == each["msg_signature"]
        if each["kind"] == "signature_only":
            continue
        envelope = Envelope(each["token"], each["encodingAESKey"], each["receiveid"] or each["decrypted"]["receiveid"])
        opened = envelope.open(each["msg_signature"], each["timestamp"], each["nonce"], each["encrypt"])
        assert opened.decode() == each["decrypted"]["msg"]


@given(message=st.binary(max_size=200), timestamp=st.text(max_size=12), nonce=st.text(max_size=12))
def test_what_is_sealed_opens_again(message: bytes, timestamp: str, nonce: str) -> None:
    sealed, signed = ENVELOPE.seal(message, timestamp, nonce)
    assert ENVELOPE.open(signed, timestamp, nonce, sealed) == message


def test_a_wrong_signature_is_forbidden() -> None:
    sealed, _ = ENVELOPE.seal(b"x", AT, NONCE)
    with pytest.raises(NotAllowed, match="signature"):
        ENVELOPE.open("0" * 40, AT, NONCE, sealed)


def test_what_is_meant_for_another_company_is_forbidden() -> None:
    sealed, signed = Envelope(TOKEN, KEY, "ww_other").seal(b"x", AT, NONCE)
    with pytest.raises(NotAllowed, match="another company"):
        ENVELOPE.open(signed, AT, NONCE, sealed)


def _sealed_as_is(plain: bytes) -> tuple[str, str]:
    key = base64.b64decode(KEY + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
    return sealed, signature(TOKEN, AT, NONCE, sealed)


@pytest.mark.parametrize("pad", [0, 33, 255])
def test_a_pad_outside_1_to_32_is_refused(pad: int) -> None:
    plain = b"r" * 16 + (1).to_bytes(4, "big") + b"x" + CORP.encode()
    filled = plain + b"\0" * (-(len(plain) + 1) % 16)
    sealed, signed = _sealed_as_is(filled + bytes([pad]))
    with pytest.raises(BadInput, match="damaged"):
        ENVELOPE.open(signed, AT, NONCE, sealed)


@pytest.mark.parametrize("length", [2, 200, 2**32 - 1])
def test_a_length_beyond_the_text_is_refused(length: int) -> None:
    plain = b"r" * 16 + length.to_bytes(4, "big") + b"x"
    pad = 32 - len(plain) % 32
    sealed, signed = _sealed_as_is(plain + bytes([pad]) * pad)
    with pytest.raises((BadInput, NotAllowed)):
        ENVELOPE.open(signed, AT, NONCE, sealed)


@pytest.mark.parametrize("sealed", ["", "not base64!", "AAAA", V2["sealed"][:-8], "密文"])
def test_damage_is_bad_input(sealed: str) -> None:
    with pytest.raises(BadInput, match="damaged"):
        ENVELOPE.open(signature(TOKEN, AT, NONCE, sealed), AT, NONCE, sealed)


@pytest.mark.parametrize("key", ["", "short", KEY + "A", "!" * 43])
def test_a_key_that_is_none_is_told_at_once(key: str) -> None:
    with pytest.raises(BadInput, match="EncodingAESKey"):
        Envelope(TOKEN, key, CORP)


def test_nothing_secret_is_shown() -> None:
    assert TOKEN not in repr(ENVELOPE)
    assert KEY not in repr(ENVELOPE)
