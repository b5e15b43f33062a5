"""The one-time key in every form of a public page: a double tap, the back button or a replayed form is the same act.

A key is made for one device and signed, so a form that was not on a page of ours, or was on somebody else's, is
refused. What its first sending led to is kept (:mod:`siyu.growth.visitors.posts`) and shown again. Acts that count
take the key (``visit.once``) as their own, for two that arrive in the same instant.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable
from pathlib import Path

from markupsafe import Markup

from siyu.growth.visitors.links import key_of
from siyu.reach.links import signed

FIELD = "once"
_NONCE_BYTES, _MAC_BYTES = 12, 12


def new_key(home: Path, device: str) -> str:
    """A key for one form, good on this device: 32 letters."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + _mac(home, device, nonce)).decode()


def is_ours(home: Path, device: str, key: str) -> bool:
    """Whether a key was made here for this device."""
    try:
        raw = base64.b64decode(key.encode(), b"-_", validate=True)
    except ValueError:
        return False
    nonce, given = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
    return len(raw) == _NONCE_BYTES + _MAC_BYTES and hmac.compare_digest(given, _mac(home, device, nonce))


def field_of(home: Path, device: str) -> Callable[[], Markup]:
    """What writes the hidden field of a form, with another key each time: ``{{ once() }}``."""

    def write() -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, new_key(home, device))

    return write


def _mac(home: Path, device: str, nonce: bytes) -> bytes:
    return signed(key_of(home), b"once" + nonce + device.encode())[:_MAC_BYTES]
