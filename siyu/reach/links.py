"""Signed links in messages: unsubscribe (/u/), a followed link (/l/), a picture that tells of an opening (/o/).

A token holds the message's number and its purpose, signed with the installation's key: nobody can make one for
another person, and a followed link leads only to what was really in the message.
"""

from __future__ import annotations

import base64
import hmac
import struct
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from siyu.channels import keyring

Purpose = Literal["u", "l", "o"]
_MAC_BYTES = 12
_BLOCK_BYTES = 64
_PLACE = struct.Struct(">QB")
TEST_MESSAGE = 0
"""The number in the links of a test send: they lead to a page that says so."""


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and reads the links of one installation. ``address`` is how customers reach it, '' if they can't."""

    key: bytes
    address: str

    def unsubscribe(self, message: int) -> str | None:
        return self._made("u", message, 0)

    def followed(self, message: int, place: int) -> str | None:
        return self._made("l", message, place)

    def opened(self, message: int) -> str | None:
        return self._made("o", message, 0)

    def read(self, purpose: Purpose, token: str) -> tuple[int, int] | None:
        """The message and the link's place in it; None for a token that was not made here for this purpose."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return None
        if len(raw) != _PLACE.size + _MAC_BYTES:
            return None
        packed, given = raw[: _PLACE.size], raw[_PLACE.size :]
        if not hmac.compare_digest(given, self._mac(purpose, packed)):
            return None
        message, place = _PLACE.unpack(packed)
        return int(message), int(place)

    def _made(self, purpose: Purpose, message: int, place: int) -> str | None:
        if not self.address or place > 255:
            return None
        packed = _PLACE.pack(message, place)
        token = base64.urlsafe_b64encode(packed + self._mac(purpose, packed)).decode().rstrip("=")
        return f"{self.address.rstrip('/')}/{purpose}/{token}"

    def _mac(self, purpose: str, packed: bytes) -> bytes:
        return signed(self.key, purpose.encode() + packed)[:_MAC_BYTES]


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


def links_of(home: Path, address: str) -> Links:
    """Links of this installation, signed with a key derived from its own, under ``address``."""
    return Links(keyring(home).derive("links"), address)


def installation_name(home: Path) -> str:
    """The middle of every delivery id: differs between installations, stays for ever, tells nothing."""
    return keyring(home).derive("installation").hex()[:8]
