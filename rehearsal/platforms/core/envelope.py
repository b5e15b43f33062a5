"""The sealed envelope of WeCom's and official accounts' callbacks: AES-256-CBC, SHA-1 over four sorted strings."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK_BYTES = 32
KEY_BYTES = 32


class BadEnvelope(Exception):
    """Forged, damaged, or meant for somebody else."""


def signature(token: str, timestamp: str, nonce: str, sealed: str) -> str:
    """Hex SHA-1 of the four strings, sorted and joined."""
    return hashlib.sha1("".join(sorted((token, timestamp, nonce, sealed))).encode()).hexdigest()


class Envelope:
    """``receiver``: corp id (WeCom) or appid (official account, mini program)."""

    def __init__(self, token: str, aes_key: str, receiver: str) -> None:
        self.token = token
        self.receiver = receiver
        try:
            self._key = base64.b64decode(aes_key + "=")
        except binascii.Error as error:
            raise BadEnvelope("the key is not base64") from error
        if len(self._key) != KEY_BYTES:
            raise BadEnvelope("a key has 43 characters")

    def seal(self, message: bytes, salt: bytes | None = None) -> str:
        """Base64 of salt, length, message and receiver, padded and encrypted. ``salt``: 16 bytes."""
        body = (salt or os.urandom(16)) + struct.pack(">I", len(message)) + message + self.receiver.encode()
        pad = BLOCK_BYTES - len(body) % BLOCK_BYTES
        encryptor = Cipher(AES256(self._key), CBC(self._key[:16])).encryptor()
        return base64.b64encode(encryptor.update(body + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def open(self, sealed: str) -> bytes:
        """What ``seal`` was given. Raises ``BadEnvelope``."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            decryptor = Cipher(AES256(self._key), CBC(self._key[:16])).decryptor()
            body = decryptor.update(raw) + decryptor.finalize()
        except ValueError as error:
            raise BadEnvelope("not a sealed message") from error
        pad = body[-1] if body else 0
        if not 1 <= pad <= BLOCK_BYTES or len(body) < 20 + pad:
            raise BadEnvelope("bad padding")
        body = body[:-pad]
        (length,) = struct.unpack(">I", body[16:20])
        message, receiver = body[20 : 20 + length], body[20 + length :]
        if len(message) != length or not hmac.compare_digest(receiver, self.receiver.encode()):
            raise BadEnvelope("for another receiver")
        return message

    def query(self, sealed: str, timestamp: int, nonce: str) -> dict[str, str]:
        """The query with which a sealed message travels."""
        stamp = str(timestamp)
        return {"msg_signature": signature(self.token, stamp, nonce, sealed), "timestamp": stamp, "nonce": nonce}
