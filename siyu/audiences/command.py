"""What the command line asks of this room."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from siyu.audiences import queries
from siyu.audiences.model import parse, to_json
from siyu.people.identity import normalise
from siyu.people.tables import identifiers
from siyu.storage import BadInput, NotFound, Stores


def count(stores: Stores, rule_json: bytes | str) -> dict[str, Any]:
    """``{"people", "rule", "zh", "en", "now"}`` of a rule."""
    rule = parse(rule_json)
    zh, en = queries.said(stores, rule)
    return {
        "people": queries.count(stores, rule),
        "zh": zh,
        "en": en,
        "now": stores.clock.now().isoformat(),
        "rule": to_json(rule),
    }


def explain(stores: Stores, rule_json: bytes | str, person: str) -> dict[str, Any]:
    """The explanation of a rule for a person, given as a number or as ``kind=value``."""
    rule = parse(rule_json)
    return queries.explained(stores, rule, person_number(stores, person))


def person_number(stores: Stores, person: str) -> int:
    """The node that ``123`` or ``phone=13800138000`` stands for. Raises :class:`BadInput`, :class:`NotFound`."""
    kind, mark, value = person.partition("=")
    if not mark:
        if not person.isascii() or not person.isdigit() or not 0 < int(person) < 2**32:
            raise BadInput(
                "person_argument",
                f"「{person[:40]}」不是客户编号。请给出编号，或写成 phone=13800138000 这样的身份标识。",
                f"“{person[:40]}” is no person number. Give a number, or an identifier such as phone=13800138000.",
                field="person",
            )
        return int(person)
    wanted = normalise(kind, value)
    query = sa.select(identifiers.c.person).where(
        identifiers.c.kind == wanted.kind, identifiers.c.value == wanted.value
    )
    with stores.ledger.read() as conn:
        found = conn.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("person_unknown", "没有这个身份标识的客户。", "Nobody has this identifier.", field="person")
    return found
