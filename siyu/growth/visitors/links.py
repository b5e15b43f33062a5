"""Signed links that name a person: ``?me=<token>`` at the end of a public page's address in a message to them."""

from __future__ import annotations

import base64
import hmac
import secrets
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from siyu.channels import keyring
from siyu.reach.links import signed

PARAMETER = "me"
LASTS = timedelta(days=30)
_PACKED = struct.Struct(">QQI")  # node, mark, day on which it was made
_MAC_BYTES = 13  # so that a token is 44 letters, without padding


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a link names, by which mark of its own; ``old``: it names them no longer."""

    person: int
    mark: str
    old: bool


def token_for(home: Path, person: int, now: datetime, mark: int | None = None) -> str:
    """A token that names a person (a node) for 30 days, on the first device that opens it. ``mark``: the same for the
    same link (a message's number), so that making it again makes no second one."""
    packed = _PACKED.pack(person, secrets.randbits(64) if mark is None else mark, _day(now))
    return base64.urlsafe_b64encode(packed + _mac(home, packed)).decode()


def read(home: Path, token: str, now: datetime) -> Named | None:
    """Whom it names; None for a token that was not made here."""
    try:
        raw = base64.b64decode(token.encode(), b"-_", validate=True)
    except ValueError:
        return None
    packed, given = raw[: _PACKED.size], raw[_PACKED.size :]
    if len(raw) != _PACKED.size + _MAC_BYTES or not hmac.compare_digest(given, _mac(home, packed)):
        return None
    person, mark, day = _PACKED.unpack(packed)
    return Named(int(person), f"{mark:x}", _day(now) - int(day) > LASTS.days)


def _mac(home: Path, packed: bytes) -> bytes:
    return signed(key_of(home), b"me" + packed)[:_MAC_BYTES]


@lru_cache(maxsize=16)
def key_of(home: Path) -> bytes:
    """What marks of devices, links and forms of this installation are signed with."""
    return keyring(home).derive("visitors")


def _day(now: datetime) -> int:
    return now.date().toordinal()
