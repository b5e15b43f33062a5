"""A rule that can't be used is refused with the JSON path and what to do, in both languages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from siyu.audiences.model import DEPTH_MAX, NODES_MAX, RULE_BYTES_MAX, parse
from siyu.storage import BadInput

DID: dict[str, Any] = {"type": "did", "event": "order_paid"}


@pytest.mark.parametrize(
    ("rule", "path", "code"),
    [
        ({"type": "dreamt"}, "$.type", "rule_shape"),
        ({"type": "did"}, "$", "rule_shape"),
        ({"type": "did", "event": 3}, "$.event", "rule_shape"),
        ({"type": "did", "event": ""}, "$.event", "rule_event"),
        (DID | {"colour": "red"}, "$", "rule_shape"),
        ({"type": "any", "rules": []}, "$.rules", "rule_empty"),
        ({"type": "all", "rules": [DID, {"type": "tag", "tags": []}]}, "$.rules[1].tags", "rule_list"),
        (DID | {"where": [{"field": "colour", "op": "is", "value": "red"}]}, "$.where[0].field", "rule_field"),
        (DID | {"where": [{"field": "properties.a`b", "op": "set"}]}, "$.where[0].field", "rule_path"),
        (DID | {"where": [{"field": "amount", "op": "like", "value": "1"}]}, "$.where[0].op", "rule_operator"),
        (DID | {"where": [{"field": "amount", "op": "gt", "value": "1"}]}, "$.where[0].value", "rule_value"),
        (DID | {"where": [{"field": "amount", "op": "gt", "value": True}]}, "$.where[0].value", "rule_shape"),
        (DID | {"where": [{"field": "amount", "op": "between", "value": [3, 1]}]}, "$.where[0].value", "rule_value"),
        (DID | {"measure": {"of": "count", "op": "at_least", "value": -1}}, "$.measure.value", "rule_count"),
        (DID | {"measure": {"of": "sum", "field": "line.sku", "op": "at_least", "value": 1}}, "$.measure.field",
         "rule_field_not_number"),
        (DID | {"measure": {"of": "last", "op": "before"}}, "$.measure.date", "rule_date"),
        (DID | {"window": {"type": "last", "n": 0}}, "$.window.n", "rule_span"),
        (DID | {"window": {"type": "between", "from": "2026-02-01", "to": "2026-01-01"}}, "$.window.from",
         "rule_window"),
        (DID | {"window": {"type": "since", "from": "2026-02-31"}}, "$.window.from", "rule_date"),
        ({"type": "sequence", "steps": [{"event": "a"}]}, "$.steps", "rule_steps"),
        ({"type": "profile", "field": "city", "op": "is", "value": "x" * 2000}, "$.value", "rule_value"),
        ({"type": "profile", "field": "birthday", "op": "date_before", "value": "1.1.2020"}, "$.value", "rule_value"),
    ],
)  # fmt: skip
def test_it_says_where_and_what(rule: dict[str, Any], path: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(json.dumps(rule))

    assert (refused.value.field, refused.value.code) == (path, code)
    assert refused.value.zh
    assert refused.value.en


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(BadInput, match="no valid JSON"):
        parse(b"\xff\xfe{")


def test_a_rule_as_large_as_a_book_is_refused_unread() -> None:
    with pytest.raises(BadInput) as refused:
        parse("x" * (RULE_BYTES_MAX + 1))

    assert refused.value.code == "rule_too_large"


def test_depth_has_a_limit() -> None:
    rule = DID
    for _ in range(DEPTH_MAX):
        rule = {"type": "all", "rules": [rule]}

    with pytest.raises(BadInput, match="too large"):
        parse(json.dumps(rule))


def test_endless_nesting_does_not_break_the_reader() -> None:
    with pytest.raises(BadInput):
        parse('{"type":"all","rules":[' * 3_000 + "]}" * 3_000)


def test_the_number_of_conditions_has_a_limit() -> None:
    with pytest.raises(BadInput, match="too large"):
        parse(json.dumps({"type": "all", "rules": [DID] * NODES_MAX}))
