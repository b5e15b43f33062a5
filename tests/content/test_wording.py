"""What the wording check finds, where, and what it leaves alone."""

from __future__ import annotations

import time

import pytest

from siyu.content.wording.checking import check
from siyu.content.wording.folding import folded
from siyu.content.wording.model import KINDS, Finding, Persona, Rule
from siyu.content.wording.reading import made, shipped

FRIEND = Persona("小美", address="你", never=("宝子们",))


def found(text: str, persona: Persona | None = None) -> list[tuple[str, str]]:
    return [(each.kind, each.text) for each in check(text, shipped(), persona)]


def only(text: str) -> Finding:
    (finding,) = check(text, shipped())
    return finding


def test_a_forbidden_word_is_found_where_it_stands_with_its_law_and_friendlier_words() -> None:
    finding = only("这是国家级的好茶")
    assert (finding.begin, finding.end, finding.text) == (2, 5, "国家级")
    assert finding.law == "广告法 第九条（三）"
    assert finding.zh
    assert finding.en
    assert finding.instead
    assert finding.stops


@pytest.mark.parametrize("written", ["最 佳", "最★佳", "最\u200b佳", "最_佳"])
def test_what_is_put_between_two_characters_hides_no_word(written: str) -> None:
    assert found(f"{written}口感") == [("forbidden", written)]


def test_traditional_and_full_width_characters_are_the_same_word() -> None:
    assert found("國家級茶葉") == [("forbidden", "國家級")]
    assert found("１００％有效") == [("forbidden", "１００％有效")]


@pytest.mark.parametrize(
    "lawful",
    [
        "最近天气转凉",
        "今天是活动最后一天",
        "第一次来店里的朋友",
        "第一时间回复你",
        "外婆的手艺是国家级非遗",
        "奶粉的最佳冲调水温是 45 度",
        "最好空腹吃",
        "最大码到 5XL",
        "特级初榨橄榄油",
        "本品不能代替药物",
        "本品不具有治疗作用",
        "不敢说最好，只说真心喜欢",
        "招财猫杯子到了",
        "货已到转运中心",
        "2025 年 6 月据某机构统计，本市同类第一",
    ],
)
def test_a_lawful_use_of_such_a_word_is_left_alone(lawful: str) -> None:
    assert found(lawful) == []


def test_a_latin_word_counts_as_a_whole() -> None:
    assert found("这个 SKU 断货了") == [("jargon", "SKU")]
    assert found("a skull on the shelf") == []


@pytest.mark.parametrize(
    ("loud", "place"),
    [
        ("来啊！！！", "！！！"),
        ("真的?!!", "?!!"),
        ("BIG SALE 开始", "BIG SALE"),
        ("抢抢抢", "抢抢抢"),
        ("🔥🔥🔥🔥", "🔥🔥🔥🔥"),
    ],
)
def test_shouting_is_found(loud: str, place: str) -> None:
    assert found(loud) == [("shouting", place)]


def test_names_of_things_and_a_smile_are_no_shouting() -> None:
    assert found("支持 USB 和 HDMI，见图😊") == []


def test_a_discount_for_everybody_suggests_one_for_this_reader() -> None:
    finding = only("面膜 8 折")
    assert (finding.kind, finding.text) == ("blanket", "8 折")
    assert "给常买面膜的你留了 10 张券" in finding.instead
    assert not finding.stops


@pytest.mark.parametrize(
    "personal",
    ["给常买面膜的你留了 10 张券，满 100 减 20", "你爱喝的拿铁今天 8 折", "{{ person.name }}，满 300 减 50 的券到了"],
)
def test_a_discount_that_speaks_to_one_reader_is_left_alone(personal: str) -> None:
    assert found(personal) == []


def test_an_opening_that_speaks_of_the_company_has_no_hook() -> None:
    text = "本公司春季系列商品现已到货，款式齐全，品类丰富，质量上乘，价格实惠，期待各位光临选购。"
    assert found(text)[0][0] == "hook"
    assert found("下雨天店里来了一只小猫，缩在面包架下面打呼噜，我们给它起名叫吐司，周末来看它吗？") == []
    assert found("新品到货") == []


def test_a_persona_is_held_to_its_own_words() -> None:
    assert found("宝子们，小编给您送券", FRIEND) == [
        ("persona", "宝子们"),
        ("persona", "小编"),
        ("persona", "您"),
    ]
    assert found("小美给你留了一支", FRIEND) == []
    assert found("尊敬的会员，您好", Persona("管家老周", address="您", formal=True)) == []


def test_liquid_is_not_read_as_words() -> None:
    assert found('{{ person.name | default: "最佳" }}，早') == []


def test_a_phrase_of_the_shop_is_never_at_fault() -> None:
    shop = made(shipped().rules, shipped(), ["极致小铺"])
    assert check("极致小铺上新了", shop) == []
    assert [each.text for each in check("极致小铺的极致", shop)] == ["极致"]


def test_a_word_of_the_shop_is_found_as_the_others_are() -> None:
    own = Rule("own.1", "jargon", "说人话", "plain words", words=("盘货",), instead=("看看货",))
    shop = made([*shipped().rules, own], shipped())
    assert [(each.text, each.instead) for each in check("来盘货", shop)] == [("盘货", ("看看货",))]


def test_every_rule_says_why_in_two_languages_and_what_to_write() -> None:
    for rule in shipped().rules:
        assert all((rule.zh, rule.en, rule.instead)), rule.key
        assert rule.kind != "forbidden" or rule.law, rule.key
        assert rule.kind in KINDS
        assert not rule.patterns or rule.hints, rule.key


def test_places_survive_folding() -> None:
    read = folded("ﬁ最 佳")
    begin = read.text.index("最")
    assert read.given(begin, begin + 2) == (1, 4)


@pytest.mark.parametrize(
    "piece",
    ["最", "满", "！", "A ", "{{", "{% ", "转发", "绝对", "小编", "8折", "1", "瘦满折1", "一1天", "🔥", "抢", "不"],
)
def test_a_hostile_text_ends_quickly(piece: str) -> None:
    text = (piece * 20_000)[:19_000] + "瘦满折最赞"
    began = time.perf_counter()
    check(text, shipped(), FRIEND)
    assert time.perf_counter() - began < 1
