"""Calls of platforms in words."""

from __future__ import annotations

import pytest

from siyu.channels.registry import PLATFORMS
from siyu.web.call_words import WORDS


@pytest.mark.parametrize("name", sorted(PLATFORMS))
def test_every_call_and_limit_of_a_platform_has_words(name: str) -> None:
    platform = PLATFORMS[name]
    assert platform.endpoints
    assert [each for each in (*platform.endpoints, *platform.limits) if each not in WORDS] == []


def test_no_words_are_left_over() -> None:
    known = {each for platform in PLATFORMS.values() for each in (*platform.endpoints, *platform.limits)}
    assert {each.rpartition(":")[2] for each in WORDS} <= known


def test_words_say_whose_call_it_is_where_platforms_share_a_name() -> None:
    assert WORDS["user/get"] != WORDS["official_account:user/get"]
