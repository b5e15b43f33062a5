"""The published schema is the one of the code, and its examples are rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from siyu.audiences.model import parse
from siyu.audiences.schema import EXAMPLES, schema
from tests.audiences.worlds import rules

VALIDATOR = jsonschema.Draft202012Validator(schema())
PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "schemas" / "rule.json"


def test_what_is_published_is_what_the_code_reads() -> None:
    """To publish anew: ``python -m docs.generate``."""
    assert json.loads(PUBLISHED.read_text("utf-8")) == json.loads(json.dumps(schema()))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["type"])
def test_every_example_is_a_rule(example: dict[str, Any]) -> None:
    jsonschema.validate(example, schema())

    assert parse(example)


@given(raw=rules)
def test_whatever_is_a_rule_fits_the_schema(raw: dict[str, Any]) -> None:
    VALIDATOR.validate(json.loads(json.dumps(raw)))
