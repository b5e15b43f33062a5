"""Who comes: a device by a signed cookie of our own, and the person it belongs to as soon as one is known.

A link that we made for somebody (``?me=…``) binds the first device that opens it, and the address is cleaned of it
before the page is shown, so that who shares the page shares nothing of themselves.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from siyu.growth.visitors import devices, links
from siyu.growth.visitors.certainty import sure_person_of
from siyu.growth.visitors.links import key_of
from siyu.people.families import members_of
from siyu.reach.links import signed
from siyu.storage import BadInput
from siyu.web.mobile.visit import Visit

COOKIE = "siyu_device"
COOKIE_SECONDS = 400 * 86_400  # no browser keeps one for longer
_BYTES, _MAC_BYTES = 15, 12


@dataclass(frozen=True, slots=True)
class Visitor:
    """``node``: the person (kept), None where not known."""

    device: str
    node: int | None


def who(visit: Visit) -> Visitor:
    """Who this is. Asks the ledger."""
    return Visitor(visit.device, devices.person_of(visit.stores, visit.device))


def own(visit: Visit) -> int | None:
    """Who this surely is (kept): for what is a person's own. Who is not sure is nobody there."""
    return sure_person_of(visit.stores, visit.device)


def kept(visit: Visit, node: int) -> int:
    """The person that a node belongs to now."""
    with visit.stores.ledger.read() as conn:
        return devices.kept(conn, [node]).get(node, node)


def nodes_of(visit: Visit) -> list[int]:
    """All nodes of the person who this is; none where nobody is known."""
    return _nodes(visit, who(visit).node)


def own_nodes(visit: Visit) -> list[int]:
    """All nodes of the person who this surely is (see :func:`own`)."""
    return _nodes(visit, own(visit))


def _nodes(visit: Visit, person: int | None) -> list[int]:
    if person is None:
        return []
    with visit.stores.ledger.read() as conn:
        return members_of(conn, [person]).get(person, [])


def new_device() -> str:
    """A mark for a device that has none: 20 letters that tell nothing."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_BYTES)).decode()


def cookie_of(home: Path, device: str) -> str:
    """The cookie's value for a device."""
    return f"{device}.{_proof(home, device)}"


def device_in(home: Path, cookie: str) -> str:
    """The device a cookie names; "" where it was not made here."""
    device, _, proof = cookie.partition(".")
    fit = cookie.isascii() and hmac.compare_digest(proof, _proof(home, device))
    return device if fit else ""


def bind(visit: Visit, token: str) -> None:
    """Take in what a link says of who opens it. One that is too old, or was opened elsewhere before, says nothing.
    Raises :class:`BadInput` for one that was changed on its way."""
    named = links.read(visit.stores.home, token, visit.stores.clock.now())
    if named is None:
        raise BadInput(
            "link_changed", "这个链接不完整，或被改动过。", "This link is not whole, or was changed.", field="me"
        )
    if not named.old:
        devices.bind_by_link(visit.stores, visit.device, named.person, named.mark)


def _proof(home: Path, device: str) -> str:
    return base64.urlsafe_b64encode(signed(key_of(home), b"device" + device.encode())[:_MAC_BYTES]).decode()
