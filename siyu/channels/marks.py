"""Marks that only this installation can make: some packed bytes and their proof, as letters for an address.

The one mechanism behind every signed link (messages, visitors, orders, content). A mark is read only as it was written:
one letter more or other padding is another text, and no mark.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from functools import lru_cache
from hashlib import sha256
from typing import Any

MAC_BYTES = 12
_BLOCK_BYTES = 64


def made(key: bytes, purpose: str, packed: bytes) -> str:
    """The mark of ``packed``, good for this purpose alone."""
    return _written(packed + _mac(key, purpose, packed))


def read(key: bytes, purpose: str, mark: str, size: int) -> bytes | None:
    """The ``size`` packed bytes of a mark; None where it was not made here for this purpose."""
    try:
        raw = base64.b64decode((mark + "=" * (-len(mark) % 4)).encode("ascii"), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    packed, given = raw[:size], raw[size:]
    if len(raw) != size + MAC_BYTES or _written(raw) != mark:
        return None
    return packed if hmac.compare_digest(given, _mac(key, purpose, packed)) else None


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _mac(key: bytes, purpose: str, packed: bytes) -> bytes:
    return signed(key, purpose.encode() + packed)[:MAC_BYTES]


def signed(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104), with what depends on the key alone done once: a third of the time of ``hmac.digest``
    (measured), which besides gives up the interpreter at every link and beside busy threads waits to have it back."""
    inner, outer = _begun(key)
    inside, outside = inner.copy(), outer.copy()
    inside.update(message)
    outside.update(inside.digest())
    return outside.digest()


@lru_cache(maxsize=16)
def _begun(key: bytes) -> tuple[Any, Any]:
    """The two hashes of HMAC, past the key."""
    block = (sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    return sha256(bytes(byte ^ 0x36 for byte in block)), sha256(bytes(byte ^ 0x5C for byte in block))
