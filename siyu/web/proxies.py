"""Who is really asking, behind the proxies that this installation trusts.

``X-Forwarded-For`` can be written by anybody, so it counts for nothing unless the setting ``trusted_proxies`` says how
to read it: as a number of proxies in front (each adds one address at the end), or as their networks. What is found
is the address in the audit log, and what limits and lock-outs count by.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HOPS_MAX = 10


@dataclass(frozen=True)
class Proxies:
    """``hops`` proxies in front, or those inside ``networks``; neither: nobody is trusted."""

    hops: int = 0
    networks: tuple[Network, ...] = ()

    @classmethod
    def read(cls, text: str) -> Proxies:
        """``2``, or ``10.0.0.0/8, 192.0.2.7``. Raises :class:`ValueError`."""
        parts = [part for part in text.replace(",", " ").split() if part]
        if len(parts) == 1 and parts[0].isascii() and parts[0].isdigit():
            if int(parts[0]) > HOPS_MAX:
                raise ValueError(f"at most {HOPS_MAX} proxies")
            return cls(hops=int(parts[0]))
        return cls(networks=tuple(ipaddress.ip_network(part, strict=False) for part in parts))

    def __bool__(self) -> bool:
        return bool(self.hops or self.networks)

    def address(self, peer: str, forwarded: Sequence[str]) -> str:
        """The address of the one who asks: ``peer`` is who connected, ``forwarded`` the header's values in order."""
        if not self:
            return peer
        chain = [part.strip() for value in forwarded for part in value.split(",")]
        found, left = peer, self.hops
        while chain and (left > 0 if self.hops else self._trusts(found)):
            said = _address(chain.pop())
            if not said:  # whoever wrote this is not telling addresses
                break
            found, left = said, left - 1
        return found

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.networks)


NOBODY_TRUSTED = Proxies()


def _address(text: str) -> str:
    """One entry as an address, without a port; "" where it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return ""
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)
