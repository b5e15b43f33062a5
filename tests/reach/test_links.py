"""Signed links: the signature is HMAC-SHA-256 to the letter, so that links in messages of long ago stay good."""

from __future__ import annotations

import hmac

from hypothesis import given
from hypothesis import strategies as st

from siyu.reach.links import Links, signed


@given(key=st.binary(min_size=1, max_size=200), message=st.binary(max_size=200))
def test_the_signature_is_hmac_sha256(key: bytes, message: bytes):
    assert signed(key, message) == hmac.digest(key, message, "sha256")


def test_a_link_is_read_for_its_own_purpose_only():
    links = Links(b"k" * 32, "https://shop.example/")
    made = links.followed(12, 3)
    assert made is not None
    token = made.removeprefix("https://shop.example/l/")
    assert links.read("l", token) == (12, 3)
    assert links.read("u", token) is None
