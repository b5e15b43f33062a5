"""Personas: what one would say and what not, who speaks as whom, what drifts."""

from __future__ import annotations

import pytest

from siyu.content.personas import keeping
from siyu.content.personas.model import Draft, advice, check
from siyu.storage import BadInput, Stores
from tests.content.library import a_piece

SI = Draft("小思", address="您", never=("赋能", "限时秒杀"), calls=("姐妹",), emoji_most=1)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("您好，今天想聊聊面膜", []),
        ("你好，今天想聊聊面膜", ["persona_address"]),
        ("给您赋能", ["persona_never"]),
        ("宝子，来看看", ["persona_called"]),
        ("姐妹，来看看", []),
        ("您好，我是小美", ["persona_name"]),
        ("您好，我是小思", []),
        ("我是您的美妆顾问", []),
        ("我是说，这款更适合您", []),
        ("好看😀😀", ["persona_emoji"]),
        ("{{ person.name | default: '你' }}，您好", []),
        ("给你们看看", []),
    ],
)
def test_a_text_is_checked_against_who_says_it(text: str, rules: list[str]) -> None:
    found = check(text, SI)
    assert [each.rule for each in found] == rules
    assert all(text[each.begin : each.end] == each.text for each in found)


def test_what_would_make_it_more_of_a_person_is_told() -> None:
    assert len(advice(Draft("官方客服"))) == 5
    assert advice(Draft("小思", portrait="x", signature="y", stories=("a",), moments=("1", "2", "3"))) == []


@pytest.mark.parametrize(
    ("draft", "where"),
    [
        (Draft(""), "name"),
        (Draft("小思", kind="robot"), "kind"),
        (Draft("小思", address="亲"), "address"),
        (Draft("小思", emoji_most=-1), "emoji_most"),
        (Draft("小思", never=("长" * 21,)), "never"),
        (Draft("小思", portrait="0" * 64), "portrait"),
    ],
)
def test_a_persona_is_refused_at_its_field(stores: Stores, draft: Draft, where: str) -> None:
    with pytest.raises(BadInput) as raised:
        keeping.add_persona(stores, "staff:1", draft)
    assert raised.value.field == where


def test_one_member_speaks_as_one_persona(stores: Stores) -> None:
    one = keeping.add_persona(stores, "staff:1", SI)
    two = keeping.add_persona(stores, "staff:1", Draft("小花"))
    keeping.set_speakers(stores, "staff:1", one.id, 1, ["zhang", "li"])
    keeping.set_speakers(stores, "staff:1", two.id, 1, ["li"])
    assert keeping.speakers_of(stores, one.id) == {1: ["zhang"]}
    found = keeping.persona_of(stores, 1, "li")
    assert found is not None
    assert found.draft.name == "小花"
    assert keeping.persona_of(stores, 2, "li") is None
    keeping.archive(stores, two.id, archived=True)
    assert keeping.persona_of(stores, 1, "li") is None


def test_scripts_and_pieces_that_drift_are_listed(stores: Stores) -> None:
    persona = keeping.add_persona(stores, "staff:1", SI)
    wrong = a_piece(stores, kind="script", body={"text": "亲爱的，你好"}, persona=persona.id)
    a_piece(stores, kind="script", body={"text": "您好"}, persona=persona.id)
    (drift,) = keeping.drifting(stores, persona)
    assert (drift.piece.id, drift.field) == (wrong.id, "text")
    assert {each.rule for each in drift.findings} == {"persona_called", "persona_address"}
