"""What a message may say of a person: the fields of a template, each with a safe fall-back, and how they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.audiences.tables import person_layers
from siyu.jobs import preferences
from siyu.loyalty.tiers.rights import tiers_held
from siyu.people.tables import people, person_tags, tags
from siyu.storage import Stores, gathered, sent

PERSONS_MAX = 10_000


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
_PROFILE = ("name", "sex", "province", "city", "occupation", "birthday")
_SHOWN_AS = {"sex": "title"}
_TITLES: Mapping[str, tuple[str, str]] = {"male": ("先生", "Mr"), "female": ("女士", "Ms")}


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
        place[last] = field.example
    document["person"]["tags"] = [document["person"]["tags"]]
    document["person"]["attributes"] = {}
    return document


def with_told(document: Mapping[str, Any], told: Mapping[str, str], language: str) -> dict[str, Any]:
    """A person's fields, with what a platform told of them (``name``, ``sex``) where nothing better is known."""
    profile = {"name": told["name"]} if told.get("name") else {}
    title = _TITLES.get(told.get("sex", ""))
    if title:
        profile["title"] = title[0] if language == "zh" else title[1]
    known = {name: value for name, value in document.get("person", {}).items() if value}
    return {**document, "person": {"tags": [], "layers": {}, "attributes": {}, **profile, **known}}


def load(stores: Stores, persons: Sequence[int], roots: Iterable[str]) -> dict[int, dict[str, Any]]:
    """The fields of at most ``PERSONS_MAX`` kept persons, by person. Only what is asked for is read: a root with all
    its fields (``person``), or a field of it (``person.name``)."""
    asked = set(roots)
    wanted = {each.partition(".")[0] for each in asked}
    language = str(preferences.get(stores, "language"))
    shop = {"name": preferences.get(stores, "shop_name")} if "shop" in wanted else {}
    documents: dict[int, dict[str, Any]] = {person: {"shop": shop} for person in persons}
    if "person" in wanted:
        for person, profile in _profiles(stores, persons, language, asked).items():
            documents[person]["person"] = profile
    if wanted & {"orders", "favourite"}:
        for person, found in _bought(stores, persons).items():
            documents[person].update(found)
    return documents


def _profiles(stores: Stores, persons: Sequence[int], language: str, asked: set[str]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {person: {"attributes": {}, "tags": [], "layers": {}} for person in persons}

    def wanted(name: str) -> bool:
        return "person" in asked or f"person.{name}" in asked

    with stores.ledger.read() as conn:
        given = sent(conn, person=(sa.BigInteger, list(persons)))
        _read_profiles(conn, given, [name for name in _PROFILE if wanted(_SHOWN_AS.get(name, name))], found)
        if wanted("attributes"):
            _read_attributes(conn, given, found)
        if wanted("tags"):
            _read_tags(conn, given, stores.clock.now(), found)
        if wanted("layers"):
            layered = sa.select(person_layers.c.person, person_layers.c.scheme, person_layers.c.layer)
            for row in conn.execute(layered.join(given, given.c.person == person_layers.c.person)):
                found[row.person]["layers"][row.scheme] = row.layer
        if wanted("tier"):
            for person, tier in tiers_held(conn, persons).items():
                found[person]["tier"] = tier.name if language == "zh" else tier.name_en or tier.name
    for profile in found.values():
        title = _TITLES.get(str(profile.pop("sex", "")))
        if title:
            profile["title"] = title[0] if language == "zh" else title[1]
    return found


def _read_profiles(
    conn: Connection, given: sa.FromClause, names: Sequence[str], found: Mapping[int, dict[str, Any]]
) -> None:
    """Of merged nodes, the one changed last has the last word."""
    if not names:
        return
    columns = [people.c[name] for name in names]
    query = sa.select(people.c.changed, people.c.person, people.c.kept, *columns)
    rows = list(zip(*gathered(conn, query.join(given, given.c.person == people.c.kept)), strict=True))
    for _, _, kept, *values in sorted(rows) if len(rows) > len(found) else rows:
        profile = found[kept]
        for name, value in zip(names, values, strict=True):
            if value:
                profile[name] = value


def _read_attributes(conn: Connection, given: sa.FromClause, found: Mapping[int, dict[str, Any]]) -> None:
    query = sa.select(people.c.kept, people.c.attributes).join(given, given.c.person == people.c.kept)
    for row in conn.execute(query.order_by(people.c.changed)):
        found[row.kept]["attributes"].update({key: value for key, value in row.attributes.items() if value is not None})


def _read_tags(conn: Connection, given: sa.FromClause, now: datetime, found: Mapping[int, dict[str, Any]]) -> None:
    named = (
        sa.select(person_tags.c.person, tags.c.name)
        .join(tags, tags.c.id == person_tags.c.tag)
        .join(given, given.c.person == person_tags.c.person)
        .where(sa.or_(person_tags.c.expires.is_(None), person_tags.c.expires > now))
        .order_by(person_tags.c.at)
    )
    for row in conn.execute(named):
        found[row.person]["tags"].append(row.name)


_BOUGHT = """
SELECT dictGetOrDefault('person_of', 'kept', toUInt64(person), person) AS who,
    countIf(name = 'order_paid'), toFloat64(sum(amount)), dateDiff('day', max(time), {now:DateTime64(3, 'UTC')}),
    topK(1)(if(name = 'order_paid', arrayFirst(c -> c != '', lines.category), '')) AS category,
    topK(1)(if(name = 'order_paid', arrayFirst(t -> t != '', lines.title), '')) AS title
FROM events
WHERE person IN (SELECT member FROM (
        SELECT arrayJoin({persons:Array(UInt32)}) AS member
        UNION ALL SELECT member FROM aliases WHERE kept IN {persons:Array(UInt32)}))
    AND name IN ('order_paid', 'order_amended')
GROUP BY who
"""


def _bought(stores: Stores, persons: Sequence[int]) -> dict[int, dict[str, Any]]:
    asked = {"persons": list(persons), "now": stores.clock.now()}
    found: dict[int, dict[str, Any]] = {}
    for who, count, amount, days, category, title in stores.events.rows(_BOUGHT, asked):
        favourite = {"category": category[0] if category else "", "title": title[0] if title else ""}
        found[who] = {
            "orders": {"count": count, "amount": f"{amount:.2f}", "days_since": max(int(days), 0)},
            "favourite": {name: value for name, value in favourite.items() if value},
        }
    return found
