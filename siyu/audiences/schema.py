"""The JSON Schema of a rule, with examples: what is published in the reference."""

from __future__ import annotations

from typing import Any

import msgspec

from siyu.audiences.fields import EVENT_FIELDS, PERSON_FIELDS
from siyu.audiences.model import Rule
from siyu.audiences.operators import OPERATORS

EXAMPLES: tuple[dict[str, Any], ...] = (
    {
        "type": "did",
        "event": "order_paid",
        "where": [{"field": "line.category", "op": "one_of", "value": ["口红", "面霜"]}],
        "measure": {"of": "count", "op": "at_least", "value": 2},
        "window": {"type": "last", "n": 90},
    },
    {
        "type": "did",
        "event": "order_paid",
        "measure": {"of": "sum", "field": "amount", "op": "at_least", "value": 500},
        "window": {"type": "between", "from": "2026-01-01", "to": "2026-06-30"},
    },
    {"type": "did", "event": "*", "measure": {"of": "last", "op": "longer_ago", "n": 30}},
    {"type": "did_not", "event": "order_paid", "window": {"type": "last", "n": 90, "unit": "day"}},
    {
        "type": "sequence",
        "steps": [{"event": "product_viewed"}, {"event": "cart_added"}],
        "within": {"n": 7},
        "then_not": {"event": "order_paid", "within": {"n": 24, "unit": "hour"}},
    },
    {
        "type": "all",
        "rules": [
            {"type": "profile", "field": "birthday", "op": "anniversary_in_next", "value": 7},
            {"type": "profile", "field": "attributes.skin", "op": "is", "value": "oily"},
            {"type": "layer", "scheme": "lifecycle", "layers": ["sleeping", "lost"]},
            {"type": "consent", "purpose": "marketing", "channel": "email", "op": "given"},
            {"type": "identifier", "kinds": ["phone", "external_userid"], "op": "any"},
            {"type": "none", "rules": [{"type": "tag", "tags": [3], "op": "any"}]},
        ],
    },
    {
        "type": "all",
        "rules": [{"type": "audience", "audience": 1}, {"type": "audience", "audience": 2, "op": "not_in"}],
    },
)


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12. What a schema can't say (limits, dates, which operand an operator takes) the parser says."""
    made = msgspec.json.schema(Rule)
    filtered = made["$defs"]["Filter"]["properties"]
    filtered["op"]["enum"] = list(OPERATORS)
    filtered["field"]["description"] = f"One of {', '.join(EVENT_FIELDS)}, or properties.<path>"
    profile = made["$defs"]["Profile"]["properties"]
    profile["op"]["enum"] = list(OPERATORS)
    profile["field"]["description"] = f"One of {', '.join(PERSON_FIELDS)}, or attributes.<path>"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rule",
        **made,
        "examples": list(EXAMPLES),
    }
