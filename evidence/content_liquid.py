"""Templates are Liquid: the golden cases of the language render as they should, but for those that need partials, which
a message may not have, and those in which the engine itself differs; each miss is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from liquid import DictLoader, Environment
from liquid.exceptions import LiquidError

from evidence.harness import Evidence, Scale, at_least, equal, real_data
from siyu.content import templates

CLAIM = "content.liquid"
FAULTS = (LiquidError, RecursionError, ValueError, ArithmeticError)


def measure(scale: Scale) -> Evidence:
    cases = json.loads((real_data("golden") / "liquid" / "golden_liquid.json").read_text("utf-8"))["tests"]
    missed = [case for case in cases if not _holds(templates.environment("zh"), case)]
    partials = [case for case in missed if case.get("templates")]
    engine = [case["name"] for case in missed if not case.get("templates") and not _holds(_plain(case), case)]
    ours = [case["name"] for case in missed if not case.get("templates") and case["name"] not in engine]
    passed = len(cases) - len(missed)
    return Evidence(
        CLAIM,
        f"{len(cases):,} golden cases",
        [
            at_least("percent that pass", round(100 * passed / len(cases), 1), 96, timed=False),
            equal("cases missed for a reason of our own but partials", len(ours), 0),
        ],
        {
            "cases that pass": passed,
            "missed: partials (include, render), which a message may not have": len(partials),
            "missed: the engine differs by itself": len(engine),
            **{f"the engine: {name}": "differs" for name in engine},
            **{f"ours: {name}": "differs" for name in ours},
        },
    )


def _plain(case: Mapping[str, Any]) -> Environment:
    """The engine as it comes."""
    return Environment(loader=DictLoader(case.get("templates") or {}))


def _holds(environment: Environment, case: Mapping[str, Any]) -> bool:
    wanted = case.get("results") or [case.get("result")]
    try:
        written = environment.from_string(case["template"]).render(**case.get("data", {}))
    except FAULTS:
        return bool(case.get("invalid"))
    return not case.get("invalid") and written in wanted
