"""The message on the phone: sign, variables, length and price, and what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels.protocol import Look
from siyu.channels.sms.looks import billed, length, look

SIGN = "汀屿美妆"


def shown(text: str, data: str = "", *, marketing: bool = True) -> Look:
    found = look(SIGN, marketing, {"template_text": text, "data": data})
    assert found is not None
    return found


def test_the_sign_stands_before_the_text_with_its_variables() -> None:
    found = shown("${name}，预售今晚八点开始。拒收请回复R", "name: 林晓")
    assert found.text == "【汀屿美妆】林晓，预售今晚八点开始。拒收请回复R"
    assert (found.zh, found.faults) == ("含签名共 24 字，按 1 条计费", ())


def test_a_sign_that_was_pasted_along_stands_once() -> None:
    assert shown("【汀屿美妆】今晚开始。拒收请回复R").text == "【汀屿美妆】今晚开始。拒收请回复R"


def test_a_variable_without_a_value_stays_and_is_named() -> None:
    found = shown("${name}，券码 ${code}，凭 ${code} 领取。拒收请回复R", "name:\ncode2: 1")
    assert "${code}" in found.text
    assert found.faults == (("模板变量没有填：name、code", "Variables without a value: name, code"),)


@pytest.mark.parametrize(("text", "faults"), [("今晚开始", 1), ("今晚开始，拒收请回复R", 0), ("今晚开始，回TD退订", 0)])
def test_marketing_has_to_say_how_to_refuse(text: str, faults: int) -> None:
    assert len(shown(text).faults) == faults
    assert shown(text, marketing=False).faults == ()


@pytest.mark.parametrize(("size", "messages"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (160, 3), (500, 8)])
def test_it_is_billed_by_the_piece(size: int, messages: int) -> None:
    assert billed("好" * size) == messages


@given(st.text(max_size=300), st.text(max_size=50))
def test_more_text_never_costs_less(text: str, more: str) -> None:
    assert billed(text + more) >= billed(text) >= 1


def test_an_emoji_counts_as_two() -> None:
    assert length("好🎁") == 3


def test_too_long_a_message_is_said_to_be_refused() -> None:
    assert [zh for zh, _ in shown("好" * 495, marketing=False).faults] == ["超过 500 字，平台不收"]


def test_without_the_templates_text_there_is_nothing_to_show() -> None:
    assert look(SIGN, True, {"template_text": " ", "data": "name: 林晓"}) is None
