"""When a manager is to hear: rules as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.audiences.layers import scheme, schemes
from siyu.people.tags import all_tags
from siyu.reach.lost_friends.tables import lost_rules as table
from siyu.storage import BadInput, Conflict, NotFound, Stores

LEAST_MAX = 100_000
RULES_MAX = 50
KINDS: Mapping[str, tuple[str, str]] = {
    "shop": ("全店一天流失达到人数", "So many of the whole shop in a day"),
    "adviser": ("同一员工一天流失达到人数", "So many of one adviser in a day"),
    "tag": ("带某个标签的客户流失", "Anybody with a tag"),
    "layer": ("某一分层的客户流失", "Anybody in a layer"),
}
COUNTING = ("shop", "adviser")


@dataclass(frozen=True)
class Draft:
    """A rule as it is wished: ``least`` of the kinds that count, ``tag`` by number, ``scheme`` and ``layer`` by key."""

    kind: str
    least: int = 0
    tag: int | None = None
    scheme: str = ""
    layer: str = ""


@dataclass(frozen=True)
class LostRule:
    """A rule; ``zh`` and ``en`` say it."""

    id: int
    kind: str
    least: int
    tag: int | None
    scheme: str
    layer: str
    created: datetime
    by: str
    zh: str = ""
    en: str = ""


_COLUMNS = [table.c[name] for name in list(LostRule.__dataclass_fields__)[:8]]


def add_rule(stores: Stores, by: str, draft: Draft) -> int:
    """Its number. It counts for who leaves from now on. Raises :class:`BadInput`, :class:`Conflict`."""
    with stores.ledger.write() as conn:
        values = _checked(conn, draft)
        if len(known_rules(conn)) >= RULES_MAX:
            words = f"最多 {RULES_MAX} 条提醒，请先删除不用的。", f"{RULES_MAX} alerts at most; remove some."
            raise Conflict("lost_rules_full", *words)
        _new(conn, values)
        row = {**values, "created": stores.clock.now(), "by": by}
        return int(conn.execute(sa.insert(table).values(row).returning(table.c.id)).scalar_one())


def change_rule(stores: Stores, number: int, draft: Draft) -> None:
    """Raises :class:`NotFound`, :class:`BadInput`, :class:`Conflict`."""
    with stores.ledger.write() as conn:
        _one(conn, number)
        values = _checked(conn, draft)
        _new(conn, values, but=number)
        conn.execute(sa.update(table).where(table.c.id == number).values(values))


def remove_rule(stores: Stores, number: int) -> None:
    """No more alerts of it; those that were raised stay. Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        _one(conn, number)
        conn.execute(sa.update(table).where(table.c.id == number).values(removed=stores.clock.now()))


def list_rules(stores: Stores) -> list[LostRule]:
    """Every rule, the oldest first, with its words."""
    with stores.ledger.read() as conn:
        return known_rules(conn)


def get_rule(stores: Stores, number: int) -> LostRule:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return _worded(conn, [_one(conn, number)])[0]


def known_rules(conn: Connection, *, removed: bool = False) -> list[LostRule]:
    """Rules in force, or with ``removed`` all that ever were."""
    query = sa.select(*_COLUMNS).order_by(table.c.id)
    if not removed:
        query = query.where(table.c.removed.is_(None))
    return _worded(conn, [LostRule(*row) for row in conn.execute(query)])


def _one(conn: Connection, number: int) -> LostRule:
    row = conn.execute(sa.select(*_COLUMNS).where(table.c.id == number, table.c.removed.is_(None))).one_or_none()
    if row is None:
        raise NotFound("lost_rule_not_found", f"没有编号为 {number} 的流失提醒。", f"There is no alert {number}.")
    return LostRule(*row)


def _checked(conn: Connection, draft: Draft) -> dict[str, Any]:
    """Columns; of what the kind does not need nothing is kept."""
    if draft.kind not in KINDS:
        raise BadInput("lost_rule_kind", f"可选：{'、'.join(KINDS)}。", f"One of {', '.join(KINDS)}.", field="kind")
    found: dict[str, Any] = {"kind": draft.kind, "least": 0, "tag": None, "scheme": "", "layer": ""}
    if draft.kind in COUNTING:
        if not 1 <= draft.least <= LEAST_MAX:
            words = f"人数须为 1 到 {LEAST_MAX:,}。", f"Between 1 and {LEAST_MAX:,} people."
            raise BadInput("lost_rule_least", *words, field="least")
        return {**found, "least": draft.least}
    if draft.kind == "tag":
        if draft.tag not in {each.id for each in all_tags(conn)}:
            raise BadInput("lost_rule_tag", "请选择标签。", "Choose a tag.", field="tag")
        return {**found, "tag": draft.tag}
    if draft.scheme not in {each.key for each in schemes(conn)}:
        raise BadInput("lost_rule_layer", "请选择分层。", "Choose a layer.", field="layer")
    if draft.layer not in {each.key for each in scheme(conn, draft.scheme).layers}:
        raise BadInput("lost_rule_layer", "请选择分层。", "Choose a layer.", field="layer")
    return {**found, "scheme": draft.scheme, "layer": draft.layer}


def _new(conn: Connection, values: Mapping[str, Any], but: int = 0) -> None:
    same = [table.c[name].is_(None) if value is None else table.c[name] == value for name, value in values.items()]
    if conn.execute(sa.select(table.c.id).where(*same, table.c.removed.is_(None), table.c.id != but)).first():
        raise Conflict("lost_rule_there", "已有相同的提醒。", "There is such an alert already.", field="kind")


def _worded(conn: Connection, rules: list[LostRule]) -> list[LostRule]:
    tags = {each.id: each.name for each in all_tags(conn, archived=True)} if any(each.tag for each in rules) else {}
    layers: dict[tuple[str, str], tuple[str, str]] = {}
    if any(each.scheme for each in rules):
        layers = {(known.key, layer.key): layer.label for known in schemes(conn) for layer in known.layers}
    return [replace(each, **_words(each, tags, layers)) for each in rules]


def _words(
    rule: LostRule, tags: Mapping[int, str], layers: Mapping[tuple[str, str], tuple[str, str]]
) -> dict[str, str]:
    if rule.kind == "shop":
        return {"zh": f"全店一天流失 {rule.least} 位及以上", "en": f"{rule.least} or more of the shop in a day"}
    if rule.kind == "adviser":
        return {"zh": f"同一员工一天流失 {rule.least} 位及以上", "en": f"{rule.least} or more of one adviser in a day"}
    if rule.kind == "tag":
        name = tags.get(rule.tag or 0, "")
        return {"zh": f"带标签「{name}」的客户流失", "en": f"Somebody with the tag {name} left"}
    zh, en = layers.get((rule.scheme, rule.layer), (rule.layer, rule.layer))
    return {"zh": f"分层「{zh}」的客户流失", "en": f"Somebody in the layer {en} left"}
