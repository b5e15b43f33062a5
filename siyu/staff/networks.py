"""What an address counts as where something is limited by it: sign-in, calls, people of a campaign."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

PREFIX = 64
"""Of IPv6: whoever has one address there has all that begin as it does."""


def network_of(address: str) -> str:
    """An IPv6 address as its /64 (``2001:db8::/64``), one that holds an IPv4 address as that; any other text as it
    is."""
    return _network(address) if ":" in address else address


@lru_cache(maxsize=10_000)
def _network(address: str) -> str:
    try:
        parsed = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped
    return str(mapped or ipaddress.ip_network((int(parsed), PREFIX), strict=False))
