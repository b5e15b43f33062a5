"""What the command line answers, checked against the schema that is published for it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import jsonschema

from siyu.cli import run_command
from siyu.storage import Stores

PUBLISHED = Path(__file__).parents[1] / "docs" / "reference" / "schemas"


def fits(told: Any, schema: str) -> None:
    """Raises where what was told is not as the schema says."""
    jsonschema.validate(told, json.loads((PUBLISHED / f"{schema}.json").read_text("utf-8")))


def answered(stores: Stores, line: str, schema: str) -> Any:
    """What a command tells as JSON; it has to work and to fit its schema."""
    argv = ["--folder", str(stores.home), *shlex.split(line), "--json"]
    status, out, err = run_command(stores, argv)
    assert status == 0, (line, err)
    told = json.loads(out)
    fits(told, schema)
    return told
