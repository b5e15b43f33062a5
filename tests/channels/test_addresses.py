"""Which addresses may be called."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest

from siyu.channels.addresses import NetworkPolicy, policy_of, resolve
from siyu.storage import BadInput, Stores
from siyu.storage.kept_clock import KeptClock

METADATA = (
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",  # NAT64
    "2002:a9fe:a9fe::1",  # 6to4
    "64:ff9b::a00:1",  # 10.0.0.1
)


@pytest.mark.parametrize("text", METADATA)
def test_no_spelling_of_an_inner_address_is_called(text: str) -> None:
    assert not NetworkPolicy().allows(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_public_addresses_are_called(text: str) -> None:
    assert NetworkPolicy().allows(ipaddress.ip_address(text))


def test_where_time_is_the_rehearsals_own_only_this_machine_is_called(stores: Stores) -> None:
    assert policy_of(stores)().allows(ipaddress.ip_address("1.1.1.1"))
    own = replace(stores, home=stores.home / "fast")
    own.home.mkdir()
    KeptClock(own.home, 60).stop()
    policy = policy_of(own)()
    assert not policy.allows(ipaddress.ip_address("1.1.1.1"))
    assert not policy.allows(ipaddress.ip_address("10.0.0.1"))
    assert resolve("127.0.0.1", 80, policy) == "127.0.0.1"
    with pytest.raises(BadInput) as refused:
        resolve("1.1.1.1", 443, policy)
    assert refused.value.code == "address_outside"
