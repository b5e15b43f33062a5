"""The envelope of WeCom's and official accounts' callbacks: signed with a token, sealed with an AES key.

Key = base64(EncodingAESKey + "="), IV = its first 16 bytes, AES-256-CBC, padding to blocks of 32 (values 1 to 32).
Inside: 16 random bytes, length of the message (4 bytes, big-endian), the message, the receiver's id. The signature is
the SHA-1 of token, timestamp, nonce and sealed text, sorted and joined. The platform chose these; see its documents
90968 and 90930.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from siyu.storage import BadInput, NotAllowed

BLOCK = 32
KEY_CHARACTERS = 43


def signature(*parts: str) -> str:
    """SHA-1 of the parts in byte order, joined."""
    return hashlib.sha1("".join(sorted(parts, key=str.encode)).encode()).hexdigest()


def page_signature(ticket: str, nonce: str, timestamp: str, url: str) -> str:
    """What a page shows to use the JS-SDK (document 90506)."""
    words = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(words.encode()).hexdigest()


@dataclass(frozen=True)
class Envelope:
    """Opens and seals for one receiver. ``receive_id``: a company's corp id, an official account's app id."""

    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    receive_id: str

    def __post_init__(self) -> None:
        if len(self._key) != 32:
            raise BadInput(
                "aes_key_invalid",
                f"EncodingAESKey 应为 {KEY_CHARACTERS} 个字母和数字，请从平台后台复制。",
                f"The EncodingAESKey has {KEY_CHARACTERS} letters and digits; copy it from the platform's console.",
                field="callback_aes_key",
            )

    def verify_url(self, given: str, timestamp: str, nonce: str, echostr: str) -> bytes:
        """What to answer when the platform tries the address."""
        return self.open(given, timestamp, nonce, echostr)

    def open(self, given: str, timestamp: str, nonce: str, sealed: str) -> bytes:
        """The message. Raises :class:`NotAllowed` where it is forged or for somebody else, :class:`BadInput` where it
        is damaged."""
        self.check(given, timestamp, nonce, sealed)
        random_and_rest = self._opened(sealed)[16:]
        length = int.from_bytes(random_and_rest[:4], "big")
        message, receiver = random_and_rest[4 : 4 + length], random_and_rest[4 + length :]
        if len(random_and_rest) < 4 or len(message) != length:
            raise damaged()
        if not hmac.compare_digest(receiver, self.receive_id.encode()):
            raise NotAllowed(
                "callback_receiver",
                "这条回调是发给另一个企业或应用的。",
                "This callback is meant for another company or app.",
            )
        return message

    def check(self, given: str, *parts: str) -> None:
        """Raise :class:`NotAllowed` unless ``given`` is the signature of the token and these parts."""
        if not hmac.compare_digest(signature(self.token, *parts).encode(), given.encode()):
            raise NotAllowed("callback_signature", "签名不正确。", "The signature is wrong.")

    def seal(self, message: bytes, timestamp: str, nonce: str, random: bytes | None = None) -> tuple[str, str]:
        """Sealed text and its signature; ``random`` (16 bytes) is for tests."""
        plain = (random or os.urandom(16)) + len(message).to_bytes(4, "big") + message + self.receive_id.encode()
        pad = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        sealed = base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()
        return sealed, signature(self.token, timestamp, nonce, sealed)

    @property
    def _key(self) -> bytes:
        # Not validated: some keys in use end in stray bits.
        try:
            return base64.b64decode(self.aes_key + "=") if len(self.aes_key) == KEY_CHARACTERS else b""
        except (binascii.Error, ValueError):
            return b""

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))

    def _opened(self, sealed: str) -> bytes:
        try:
            raw = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError):
            raise damaged() from None
        if not raw or len(raw) % 16:
            raise damaged()
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(raw) + decryptor.finalize()
        pad = plain[-1]
        if not 1 <= pad <= BLOCK or pad > len(plain):
            raise damaged()
        return plain[:-pad]


def damaged() -> BadInput:
    return BadInput("callback_damaged", "回调内容已损坏，无法解密。", "The callback is damaged and can't be opened.")
