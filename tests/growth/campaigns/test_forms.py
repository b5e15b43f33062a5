"""The form of any mechanic's rules."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest

import siyu.growth.mechanics
from siyu.growth.campaigns import forms
from siyu.growth.campaigns.mechanic import MECHANICS, asked
from siyu.growth.mechanics.invite.model import Rules, Rung

assert siyu.growth.mechanics, "every mechanic is known"
RULES = Rules(
    rungs=(Rung(friends=3, title="面膜"), Rung(friends=10, title="红包", kind="money", amount=1_250)), held_days=7
)


@pytest.mark.parametrize("name", sorted(MECHANICS))
def test_every_mechanic_has_a_form_in_both_languages(name: str) -> None:
    fields = forms.fields_of(MECHANICS[name].rules)
    words = [row.words for each in fields for row in (each, *each.rows)]
    assert words
    for zh, en in words:
        assert zh != en, f"{name}: a field without words"


def test_what_was_filled_in_is_read_as_it_was() -> None:
    written = forms.filled(RULES)
    assert written["rungs.1.amount"] == "12.5"
    assert forms.read(Rules, written) == RULES
    assert forms.from_document(Rules, msgspec.to_builtins(RULES)) == RULES


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("rungs.0.friends", "0", "应为 1 到 1000。"),
        ("rungs.0.friends", "三", "请填写数字。"),
        ("rungs.1.amount", "1.005", "请填写数字，最多 2 位小数。"),
        ("rungs.0.kind", "gold", "请选择一项。"),
        ("held_days", "1e30", "请填写数字。"),
        ("friend_title", "x" * 61, "最多 60 字。"),
    ],
)
def test_what_is_unfit_is_said_at_its_field(name: str, text: str, says: str) -> None:
    with pytest.raises(forms.Unfit) as error:
        forms.read(Rules, {**forms.filled(RULES), name: text})
    assert [(each.field, each.zh) for each in error.value.findings] == [(name, says)]


def test_what_is_left_empty_is_as_it_is_without_saying() -> None:
    read = forms.read(Rules, {"rungs.0.friends": "3", "rungs.0.title": "面膜", "rungs.0.amount": "", "held_days": ""})
    assert read == Rules(rungs=(Rung(friends=3, title="面膜"),))
    with pytest.raises(forms.Unfit, match="1 fields"):  # money is said, always
        forms.read(
            Rules, {"rungs.0.friends": "3", "rungs.0.title": "红包", "rungs.0.kind": "money", "rungs.0.amount": ""}
        )


def test_a_list_without_a_row_is_said() -> None:
    with pytest.raises(forms.Unfit) as error:
        forms.read(Rules, {"held_days": "0"})
    assert [each.field for each in error.value.findings] == ["rungs"]


def test_a_document_that_is_unfit_says_where() -> None:
    document: Any = msgspec.to_builtins(RULES)
    document["rungs"][1]["friends"] = 0
    with pytest.raises(forms.Unfit) as error:
        forms.from_document(Rules, document)
    assert error.value.findings[0].field == "rungs.1.friends"


def test_rules_are_told_with_their_units() -> None:
    told = {line.words[0]: line.value[0] for line in forms.told(RULES)}
    assert told["阶梯奖励 1"] == "邀请人数：3 人，得到：面膜"
    assert told["阶梯奖励 2"].endswith("数量：¥12.50")
    assert told["奖励暂扣"] == "7 天"


def test_one_of_a_unit_is_no_more_than_one_in_english() -> None:
    class Terms(msgspec.Struct):
        hours: Annotated[int, asked("限时", "Within", unit="hours")] = 1
        share: Annotated[int, asked("比例", "Share", unit="percent")] = 10

    assert [line.value for line in forms.told(Terms())] == [("1 小时", "1 hour"), ("10%", "10%")]


def test_shares_of_a_million_are_written_in_percent() -> None:
    class Odds(msgspec.Struct):
        odds: Annotated[int, asked("概率", "Odds", unit="millionth", ge=1, le=1_000_000)]

    assert forms.read(Odds, {"odds": "0.5"}) == Odds(odds=5_000)
    assert forms.filled(Odds(odds=5_000)) == {"odds": "0.5"}
