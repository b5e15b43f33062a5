"""Which network addresses Siyu may call on a user's word.

Without this, whoever may enter an address could make the server call services that only it can reach (the metadata
service of a cloud, a router, a data base). A name is resolved once and the call goes to the very address that was
checked, so that a name that answers differently the second time gains nothing.

Public addresses are always allowed. Loopback is allowed by default, because Siyu is often run beside its receiver on
one machine; private networks only where the owner says so. Link-local, multicast and reserved ones never.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from siyu.jobs import preferences
from siyu.storage import BadInput, Stores, kept_clock

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """What the owner of the installation allows; where time is the rehearsal's own, nothing but this machine."""

    loopback: bool = True
    private: bool = False
    public: bool = True

    def allows(self, address: Address) -> bool:
        address = _inner(address)
        if address.is_loopback:
            return self.loopback
        if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
            return False
        return self.public if address.is_global else self.private and address.is_private


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped, NAT64, 6to4, Teredo): the call ends there."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


Policy = Callable[[], NetworkPolicy]
"""What is allowed now: asked before each call, so that a change counts at once."""


def policy_of(stores: Stores) -> Policy:
    """The policy that the owner set in the preferences; of a home with a time of its own, this machine alone."""
    if kept_clock.has_own_time(stores.home):
        return partial(NetworkPolicy, public=False)

    def allowed() -> NetworkPolicy:
        with stores.ledger.read() as conn:
            return NetworkPolicy(
                loopback=bool(preferences.get(conn, "call_this_machine")),
                private=bool(preferences.get(conn, "call_private_networks")),
            )

    return allowed


def resolve(host: str, port: int, policy: NetworkPolicy) -> str:
    """The address to call for a host: the first one, where all are allowed.

    Raises :class:`OSError` where the name has no address, :class:`BadInput` where the policy forbids one.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for text in addresses:
        if policy.allows(ipaddress.ip_address(text.partition("%")[0])):
            continue
        if not policy.public:
            raise BadInput(
                "address_outside",
                f"这里是快速预演，时间不是真实时间，所以只访问本机的模拟平台，不访问 {host}。",
                f"In a rehearsal with a time of its own only simulators on this machine are called, not {host}.",
                field="address",
            )
        raise BadInput(
            "address_not_allowed",
            f"出于安全，不允许访问 {host}（{text}）。如确需访问内网地址，请由所有者在设置中允许。",
            f"For safety, {host} ({text}) may not be called. An owner can allow private networks in the settings.",
            field="address",
        )
    return addresses[0]


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine, by every address it has."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_loopback for entry in found)
