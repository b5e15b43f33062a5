"""Who acts on a device that nobody is known on: an anonymous person, who becomes somebody when the device is bound."""

from __future__ import annotations

from siyu.growth.visitors import devices
from siyu.people.identity import Identifier, normalise
from siyu.people.resolving import resolve
from siyu.storage import Stores

SOURCE = "visitors"


def mark_of(device: str) -> Identifier:
    """By what the anonymous person of a device is known."""
    return normalise("anonymous_id", f"siyu-{device}")


def person_for(stores: Stores, device: str) -> int:
    """The kept person of a device, made now where nobody is known on it. Asking again gives the same.

    The device is their weak identifier (``anonymous_id``), and bound to them, but not surely: a platform's word goes
    before it.
    """
    known = devices.person_of(stores, device)
    if known is not None:
        return known
    now = stores.clock.now()
    with stores.ledger.hurry(), stores.ledger.write() as conn:
        found = devices.bound(conn, [device])
        if device not in found:
            (node,) = resolve(conn, now, SOURCE, [(mark_of(device),)])
            devices.bind(conn, {device: node}, now)
            found = devices.bound(conn, [device])
        return devices.kept(conn, found.values())[found[device]]
