"""The installation's key: secrets at rest are sealed with it, and links are signed with keys derived from it.

It lives in ``home/secret.key`` (mode 0600, made at first use), or in ``SIYU_SECRET_KEY`` where many machines share
one ledger. Without it the sealed secrets can't be read, by anybody: back it up apart from the ledger.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from siyu.storage import Unavailable

KEY_BYTES = 32
NONCE_BYTES = 12
ENVIRONMENT = "SIYU_SECRET_KEY"


class Keyring:
    """Seals and opens secrets (AES-256-GCM) and derives keys for one purpose each (HMAC-SHA-256)."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise Unavailable(
                "secret_key_invalid",
                f"密钥长度不对：需要 {KEY_BYTES} 字节（base64 编码）。",
                f"The secret key must be {KEY_BYTES} bytes, written in base64.",
            )
        self._key = key

    def seal(self, plain: bytes, purpose: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self.derive(f"seal:{purpose}")).encrypt(nonce, plain, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """The plain secret. Raises :class:`Unavailable` where it was sealed with another key."""
        try:
            return AESGCM(self.derive(f"seal:{purpose}")).decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode()
            )
        except InvalidTag:
            raise Unavailable(
                "secret_key_changed",
                "保存的密码无法解密：密钥文件 secret.key 已更换。请恢复原密钥，或重新填写账号的密码。",
                "Stored secrets can't be read: the file secret.key is another one. Restore it, or enter them again.",
            ) from None

    def derive(self, purpose: str) -> bytes:
        """A key for one purpose; knowing it tells nothing of the others."""
        return hmac.new(self._key, purpose.encode(), hashlib.sha256).digest()


def keyring(home: Path) -> Keyring:
    """The key of this installation, made at first use."""
    given = os.environ.get(ENVIRONMENT)
    if given:
        return Keyring(_decoded(given))
    path = home / "secret.key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Keyring(_decoded(path.read_text()))
    key = os.urandom(KEY_BYTES)
    with os.fdopen(handle, "wb") as file:
        file.write(base64.urlsafe_b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return Keyring(key)


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.strip())
    except ValueError:
        return b""
