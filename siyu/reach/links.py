"""Signed links in messages: unsubscribe (/u/), a followed link (/l/), a picture that tells of an opening (/o/).

A token holds the message's number and its purpose, signed with the installation's key: nobody can make one for
another person, and a followed link leads only to what was really in the message.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from siyu.channels import keyring, marks
from siyu.channels.marks import signed

__all__ = ["TEST_MESSAGE", "Links", "Purpose", "installation_name", "links_of", "signed"]

Purpose = Literal["u", "l", "o"]
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
        packed = marks.read(self.key, purpose, token, _PLACE.size)
        if packed is None:
            return None
        message, place = _PLACE.unpack(packed)
        return int(message), int(place)

    def _made(self, purpose: Purpose, message: int, place: int) -> str | None:
        if not self.address or place > 255:
            return None
        token = marks.made(self.key, purpose, _PLACE.pack(message, place))
        return f"{self.address.rstrip('/')}/{purpose}/{token}"


def links_of(home: Path, address: str) -> Links:
    """Links of this installation, signed with a key derived from its own, under ``address``."""
    return Links(keyring(home).derive("links"), address)


def installation_name(home: Path) -> str:
    """The middle of every delivery id: differs between installations, stays for ever, tells nothing."""
    return keyring(home).derive("installation").hex()[:8]
