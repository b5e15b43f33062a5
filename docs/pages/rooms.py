"""Registries of the rooms: events, identifiers, rules, the guard, roles."""

from __future__ import annotations

import msgspec

from docs.pages.markdown import json_text, page, table
from siyu.audiences.model import Rule
from siyu.audiences.operators import OPERATORS
from siyu.audiences.schema import schema as rule_schema
from siyu.people.event_names import NAMES
from siyu.people.identity import KINDS
from siyu.reach.rules import RULES
from siyu.staff.roles import PERMISSIONS, ROLES

RULE_HEAD = """A rule is one tree in JSON ([schema](schemas/rule.json)). Each condition and operator says once its SQL,
its plain reading and its sentence; a condition holds or does not, never "unknown"; negative operators are exact
opposites.
人群规则是一棵 JSON 树；每个条件和运算符只定义一次。
"""
EVENT_HEAD = """Names of your own events are kept as they are. These have a meaning to the product.
自有事件名照原样保留；下列名称在系统里有固定含义。
"""


def pages() -> dict[str, str]:
    return {
        "events.md": page("Events · 事件", EVENT_HEAD, _events()),
        "identifiers.md": page("Identifiers · 身份标识", _identifiers()),
        "rules.md": page(
            "Rules · 人群规则",
            RULE_HEAD,
            "## Conditions · 条件\n",
            _conditions(),
            "## Operators · 运算符\n",
            _operators(),
        ),
        "guard.md": page("Guard · 分寸", _guard()),
        "roles.md": page("Roles · 角色与权限", _roles()),
        "schemas/rule.json": json_text(rule_schema()),
    }


def _events() -> str:
    rows = [(f"`{each.name}`", each.zh, each.en, ", ".join(each.shown) or "–") for each in NAMES.values()]
    return table(["event", "中文", "English", "properties shown"], rows)


def _identifiers() -> str:
    rows = [
        (
            f"`{each.name}{':…' if each.parted else ''}`",
            each.zh,
            each.en,
            "strong" if each.strong else "weak",
            "one" if each.single else "many",
        )
        for each in KINDS.values()
    ]
    return table(["kind", "中文", "English", "merges", "per person"], rows)


def _conditions() -> str:
    schema = msgspec.json.schema(Rule)
    rows = [
        (f"`{parts['properties']['type']['enum'][0]}`", _flat(parts.get("description", "")), _members(parts))
        for parts in schema["$defs"].values()
        if "type" in parts.get("properties", {}) and "enum" in parts["properties"]["type"]
    ]
    return table(["type", "means", "members"], rows)


def _members(parts: dict[str, dict[str, object]]) -> str:
    return ", ".join(f"`{name}`" for name in parts["properties"] if name != "type")


def _flat(text: object) -> str:
    return " ".join(str(text).split("\n\n")[0].split())


def _operators() -> str:
    rows = [
        (
            f"`{each.key}`",
            each.kind,
            each.takes,
            each.label[0],
            each.label[1],
            f"`{each.opposite_of}`" if each.opposite_of else "–",
        )
        for each in OPERATORS.values()
    ]
    return table(["operator", "applies to", "takes", "中文", "English", "opposite of"], rows)


def _guard() -> str:
    rows = [
        (f"`{each.name}`", each.zh, each.en, each.reason_zh, each.reason_en, "yes" if each.switchable else "no")
        for each in RULES
    ]
    return table(["rule", "中文", "English", "拦截原因", "held because", "may be switched off"], rows)


def _roles() -> str:
    names = list(ROLES)
    rows = [
        (f"`{each.name}`", each.zh, each.en, *("✓" if each.name in ROLES[name].permissions else "" for name in names))
        for each in PERMISSIONS.values()
    ]
    return table(["permission", "中文", "English", *(ROLES[name].en for name in names)], rows)
