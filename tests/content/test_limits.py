"""Limits a way of sending: counted as the platform counts, said with what to do."""

from __future__ import annotations

import pytest

from siyu.content import limits
from siyu.content.limits import WAYS
from siyu.content.pieces.model import KINDS
from siyu.storage import BadInput


def fit_of(way: str, kind: str, body: dict[str, str], sizes: dict[str, int] | None = None) -> limits.Fit:
    return next(each for each in limits.fit(kind, body, sizes=sizes) if each.way.name == way)


@pytest.mark.parametrize(
    ("way", "text", "fits"),
    [
        ("wecom_mass", "好" * 1_333, True),
        ("wecom_mass", "好" * 1_334, False),
        ("wecom_mass", "a" * 4_000, True),
        ("wecom_moment", "好" * 2_000, True),
        ("wecom_moment", "好" * 2_001, False),
        ("wecom_service", "好" * 683, False),
        ("official_account", "a" * 601, False),
    ],
)
def test_a_text_is_counted_as_the_platform_counts(way: str, text: str, fits: bool) -> None:
    assert fit_of(way, "link", {"text": text}).fits is fits


def test_what_is_too_long_says_by_how_much_and_what_to_do() -> None:
    (found,) = limits.over("wecom", ["text"], {"text": "好" * 1_400})
    zh, en = limits.said(found)
    assert all(words in zh for words in ("4,000 字节", "4,200", "删去约 67 个汉字"))
    assert all(words in en for words in ("4,200", "67"))
    with pytest.raises(BadInput) as raised:
        limits.require([found], "content.wecom")
    assert raised.value.field == "content.wecom.text"


def test_a_medium_has_a_size_by_its_way() -> None:
    assert fit_of("wecom_mass", "video", {}, sizes={"medium": 10_000_001}).fits is False
    assert fit_of("wecom_mass", "video", {}, sizes={"medium": 10_000_000}).fits is True


def test_what_a_way_does_not_carry_does_not_fit() -> None:
    assert fit_of("wecom_mass", "voice", {}).fits is False
    assert fit_of("sms", "miniprogram", {}).carried is False


@pytest.mark.parametrize(("length", "messages"), [(0, 1), (70, 1), (71, 2), (134, 2), (135, 3)])
def test_short_messages_are_billed_by_their_length(length: int, messages: int) -> None:
    assert limits.messages_of("好" * length) == messages


def test_every_kind_is_carried_by_some_way() -> None:
    assert {kind for way in WAYS.values() for kind in way.kinds} == set(KINDS)
