"""Signatures in the manner of Standard Webhooks (standardwebhooks.com, specification 1.0).

Signed is ``id.timestamp.body``; the header is ``webhook-signature: v1,<base64 of HMAC-SHA-256>``. A secret is written
``whsec_<base64>``. Several signatures, separated by blanks, may stand in the header while a secret is changed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence

SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
CLOCK_SECONDS_MAX = 300
"""How far the sender's clock may be off before a receiver refuses a message as a replay."""


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes them: ``whsec_`` and base64."""
    return SECRET_PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature, ``v1,…``. Raises :class:`ValueError` where the secret is not base64."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a signed call, with one signature for each secret, the newest first."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(secret, message_id, timestamp, body) for secret in secrets),
    }


def verify(secret: str, message_id: str, timestamp: str, body: bytes, signatures: str, now: int) -> bool:
    """Whether a call is genuine and fresh; what a receiver does. Raises :class:`ValueError` where the secret is not
    base64."""
    if not timestamp.isdigit() or abs(now - int(timestamp)) > CLOCK_SECONDS_MAX:
        return False
    expected = sign(secret, message_id, int(timestamp), body)
    return any(hmac.compare_digest(expected.encode(), given.encode()) for given in signatures.split(" "))
