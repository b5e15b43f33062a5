"""What a text may say of a person: the fields of a template, each with what stands there where it isn't known. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TemplateField:
    """One field: its path in Liquid, its name, an example, and what stands there where nothing is known."""

    path: str
    zh: str
    en: str
    example: str
    instead_zh: str = ""
    instead_en: str = ""


FIELDS: tuple[TemplateField, ...] = (
    TemplateField("person.name", "姓名", "Name", "王小雨", "您", "you"),
    TemplateField("person.title", "称呼（先生/女士）", "Title", "女士", "", ""),
    TemplateField("person.province", "省份", "Province", "浙江", "", ""),
    TemplateField("person.city", "城市", "City", "杭州", "您所在的城市", "your city"),
    TemplateField("person.occupation", "职业", "Occupation", "教师", "", ""),
    TemplateField("person.birthday", "生日", "Birthday", "1992-05-20", "", ""),
    TemplateField("person.tags", "标签", "Tags", "敏感肌", "", ""),
    TemplateField("person.layers.lifecycle", "生命周期分层", "Lifecycle layer", "活跃", "", ""),
    TemplateField("person.tier", "会员等级", "Tier", "金卡", "", ""),
    TemplateField("orders.count", "下单次数", "Number of orders", "6", "0", "0"),
    TemplateField("orders.amount", "累计消费", "Spent in all", "1280.00", "0", "0"),
    TemplateField("orders.days_since", "距上次下单天数", "Days since the last order", "18", "", ""),
    TemplateField("favourite.category", "最常买的品类", "Category bought most", "面膜", "好物", "good things"),
    TemplateField(
        "favourite.title", "最常买的商品", "Product bought most", "玻尿酸面膜", "您喜欢的商品", "what you like"
    ),
    TemplateField("shop.name", "店铺名称", "Shop name", "思屿小店", "", ""),
)
ROOTS: Mapping[str, frozenset[str]] = {
    "person": frozenset(
        {"name", "title", "province", "city", "occupation", "birthday", "tags", "layers", "tier", "attributes"}
    ),
    "orders": frozenset({"count", "amount", "days_since"}),
    "favourite": frozenset({"category", "title"}),
    "shop": frozenset({"name"}),
}
TITLES: Mapping[str, tuple[str, str]] = {"male": ("先生", "Mr"), "female": ("女士", "Ms")}
"""Forms of address, by sex."""


WHOLE = frozenset({"orders.count", "orders.days_since"})
"""Fields that are numbers, so that a template may compare them."""


def instead(path: str, language: str) -> str:
    """What stands for a field that isn't known of a person."""
    for field in FIELDS:
        if field.path == path:
            return field.instead_zh if language == "zh" else field.instead_en
    return ""


def example(language: str) -> dict[str, Any]:
    """A made-up person with everything filled in, for a preview before there is anybody."""
    document: dict[str, Any] = {}
    for field in FIELDS:
        place = document
        *roots, last = field.path.split(".")
        for root in roots:
            place = place.setdefault(root, {})
        place[last] = int(field.example) if field.path in WHOLE else field.example
    document["person"]["tags"] = [document["person"]["tags"]]
    document["person"]["attributes"] = {}
    return document


def with_told(document: Mapping[str, Any], told: Mapping[str, str], language: str) -> dict[str, Any]:
    """A person's fields, with what a platform told of them (``name``, ``sex``) where nothing better is known."""
    profile = {"name": told["name"]} if told.get("name") else {}
    title = TITLES.get(told.get("sex", ""))
    if title:
        profile["title"] = title[0] if language == "zh" else title[1]
    known = {name: value for name, value in document.get("person", {}).items() if value}
    return {**document, "person": {"tags": [], "layers": {}, "attributes": {}, **profile, **known}}
