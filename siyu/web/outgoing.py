"""The ``webhooks`` of the OpenAPI: what Siyu sends to those who subscribed to events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    PathItem,
    Reference,
    RequestBody,
    Schema,
)

from siyu.hooks.payload import schema
from siyu.people.event_names import NAMES

PREFIX = "#/components/schemas/"
CALL = "EventCall"
TEXT = """Signed as Standard Webhooks says (`webhook-id`, `webhook-timestamp`, `webhook-signature`). Answer 2xx within
15 seconds and drop repeats by `webhook-id`."""
ANSWERS: dict[str, OpenAPIResponse | Reference] = {
    "2XX": OpenAPIResponse(description="Taken."),
    "410": OpenAPIResponse(description="No more, please."),
}


def webhooks() -> dict[str, PathItem | Reference]:
    """One entry for each event that has a meaning to the product; names of your own look the same."""
    return {
        each.name: PathItem(
            post=Operation(
                summary=f"{each.zh} · {each.en}",
                description=TEXT,
                operation_id=f"on_{each.name}",
                tags=["hooks"],
                security=[],
                request_body=RequestBody(
                    required=True,
                    content={"application/json": OpenAPIMediaType(schema=Reference(ref=PREFIX + CALL))},
                ),
                responses=ANSWERS,
            )
        )
        for each in NAMES.values()
    }


def shapes() -> dict[str, Schema]:
    """The schemas that they refer to."""
    made = schema()
    named = {name: _spec(each) for name, each in made["$defs"].items() if name != "Envelope"}
    return {**named, CALL: _spec(made["$defs"]["Envelope"])}


def _spec(given: Mapping[str, Any]) -> Schema:
    """A JSON Schema, as msgspec writes it, in the terms of Litestar."""
    properties = cast("Mapping[str, Any]", given.get("properties", {}))
    extra = given.get("additionalProperties")
    items = given.get("items")
    choices = given.get("anyOf")
    return Schema(
        title=given.get("title"),
        description=given.get("description"),
        type=OpenAPIType(given["type"]) if "type" in given else None,
        format=OpenAPIFormat(given["format"]) if "format" in given else None,
        required=given.get("required"),
        properties={name: _part(each) for name, each in properties.items()} or None,
        additional_properties=_part(extra) if isinstance(extra, dict) else None,
        items=_part(items) if items is not None else None,
        any_of=[_part(each) for each in choices] if choices is not None else None,
        default=given.get("default"),
    )


def _part(given: Mapping[str, Any]) -> Schema | Reference:
    if "$ref" in given:
        return Reference(ref=PREFIX + str(given["$ref"]).rpartition("/")[2])
    return _spec(given)
