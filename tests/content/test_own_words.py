"""The shop's own words, and the reason that forbidden ones need."""

from __future__ import annotations

import pytest

from siyu.content.wording import words
from siyu.content.wording.asking import findings_in, require_reason, words_of
from siyu.content.wording.checking import check
from siyu.content.wording.words import Draft
from siyu.storage import BadInput, NotFound, Stores


def found(stores: Stores, text: str) -> list[tuple[str, str]]:
    return [(each.kind, each.text) for each in check(text, words.rules_of(stores))]


def test_a_word_is_told_from_the_next_text_on_until_it_is_removed(each_stores: Stores) -> None:
    number = words.add_word(each_stores, "staff:1", Draft("jargon", "盘货", "客户听不懂", ("看看货",)))
    assert found(each_stores, "来盘货") == [("jargon", "盘货")]
    assert words.remove_word(each_stores, number).draft.instead == ("看看货",)
    assert found(each_stores, "来盘货") == []
    with pytest.raises(NotFound):
        words.remove_word(each_stores, number)


def test_an_own_forbidden_word_stops_as_the_others_do(stores: Stores) -> None:
    words.add_word(stores, "staff:1", Draft("forbidden", "某某牌"))
    (finding,) = check("比某某牌好用", words.rules_of(stores))
    assert finding.stops
    assert finding.law == "本店自定"


def test_a_word_that_is_let_through_is_not_told(stores: Stores) -> None:
    assert found(stores, "极致小铺上新了")
    words.add_word(stores, "staff:1", Draft("allowed", "极致小铺"))
    assert found(stores, "极致小铺上新了") == []


def test_the_same_word_again_is_written_anew_and_not_doubled(stores: Stores) -> None:
    first = words.add_word(stores, "staff:1", Draft("jargon", "ＡＢＣ", "旧"))
    assert words.add_word(stores, "staff:1", Draft("jargon", "abc", "新")) == first
    assert [each.draft.why for each in words.all_words(stores)] == ["新"]


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft("jargon", "  "), "word"),
        (Draft("jargon", "长" * 41), "word"),
        (Draft("nowhere", "词"), "list"),
        (Draft("jargon", "词", "长" * 201), "why"),
        (Draft("jargon", "词", "", ("一", "二", "三", "四", "五", "六")), "instead"),
    ],
)
def test_a_wrong_word_is_refused_by_field(stores: Stores, draft: Draft, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        words.add_word(stores, "staff:1", draft)
    assert refused.value.field == field


def test_forbidden_words_need_a_reason_that_is_kept(stores: Stores) -> None:
    rules = words.rules_of(stores)
    stopping = findings_in(["全网最低价", "全网最低价"], rules)
    for reason in ("", "   ", "好的", "长" * 201):
        with pytest.raises(BadInput, match="全网最低价"):
            require_reason(stopping, reason)
    assert require_reason(stopping, "有比价报告为证") == {"wording": "“全网最低价”", "reason": "有比价报告为证"}
    assert require_reason(findings_in(["冲鸭！！！"], rules), "") == {}


def test_addresses_and_media_are_no_words() -> None:
    content = {"sms": {"text": "晚上好"}, "wecom": {"text": "在吗", "link": "https://最佳.example", "image": "ab"}}
    assert words_of(content) == ["晚上好", "在吗"]
