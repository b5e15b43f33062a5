"""What the command line and the API call: a report by its name, and the list of reports."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any

import msgspec

from siyu.insight.answers import plain
from siyu.insight.period import checked_zone
from siyu.insight.report import Report, read_parameters
from siyu.insight.reports import report_named, reports
from siyu.storage import Stores


def report(stores: Stores, name: str, params: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    """The answer of a report as plain data. ``params`` are texts (as typed after ``--param``) or JSON values.

    Raises :class:`NotFound` for an unknown report, :class:`BadInput` for wrong parameters or an unknown zone.
    """
    found = report_named(name)
    zone = checked_zone(timezone)
    return plain(found.run(stores, read_parameters(found, params), zone))


def list_reports() -> list[dict[str, Any]]:
    """Every report with its parameters: name, what it means, default, whether it must be given."""
    return [
        {
            "name": each.name,
            "zh": each.zh,
            "en": each.en,
            "shows_zh": each.shows_zh,
            "shows_en": each.shows_en,
            "parameters": _parameters(each),
        }
        for each in reports().values()
    ]


def _parameters(found: Report) -> list[dict[str, Any]]:
    hints = typing.get_type_hints(found.parameters, include_extras=True)
    schema = parameter_schema(found)["properties"]
    described: list[dict[str, Any]] = []
    for field in msgspec.structs.fields(found.parameters):
        meta = next(each for each in typing.get_args(hints[field.name]) if isinstance(each, msgspec.Meta))
        described.append(
            {
                "name": field.encode_name,
                "zh": (meta.extra or {}).get("zh", ""),
                "en": meta.description,
                "required": field.required,
                "default": _default(field),
                "schema": {k: v for k, v in schema[field.encode_name].items() if k not in ("description", "default")},
            }
        )
    return described


def _default(field: msgspec.structs.FieldInfo) -> Any:
    given = field.default_factory() if callable(field.default_factory) else field.default
    return None if given is msgspec.NODEFAULT else msgspec.to_builtins(given)


def parameter_schema(found: Report) -> dict[str, Any]:
    """JSON Schema of a report's parameters, definitions in place."""
    (_,), components = msgspec.json.schema_components([found.parameters], ref_template="#/$defs/{name}")
    return components[found.parameters.__name__] | {"$defs": components}


def answer_schema(found: Report) -> dict[str, Any]:
    """JSON Schema (2020-12) of a report's answer, as published in the reference."""
    schema = msgspec.json.schema(found.answer)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"report {found.name}",
        "description": found.shows_en,
        **schema,
    }
