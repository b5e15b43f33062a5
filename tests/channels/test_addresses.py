"""Which addresses may be called."""

from __future__ import annotations

import ipaddress

import pytest

from siyu.channels.addresses import NetworkPolicy

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
